import PerisaiModels

/// A scheme that nobody has approved: its definition alone, or wrapped with its days as it is proposed.
public struct SchemeDraft: Sendable, Hashable {
    /// Most bytes of a file.
    public static let byteLimit = 1 << 20
    /// Under which it is known while it is tried: no scheme in force can have it.
    static let code = "draft"

    /// As written.
    public let scheme: Scheme

    public init(_ scheme: Scheme) { self.scheme = scheme }

    /// - Throws: `JSONFault` with the field and the reason.
    public init(_ text: UnsafeRawBufferPointer) throws(JSONFault) {
        guard text.count <= Self.byteLimit else { throw JSONFault(reason: "has more than \(Self.byteLimit) bytes") }
        if let wrapped = try Wrapping.read(bytes: text).definition {
            scheme = wrapped.scheme
        } else {
            scheme = try SchemeDefinition.read(bytes: text).scheme
        }
    }

    /// The schemes in force, with this one in place of them from a month through another. One of them tried unchanged
    /// keeps its code, for lines of one scheme are rounded together.
    func replacing(
        _ table: SchemeTable, from: ContributionMonth, through: ContributionMonth
    ) throws -> SchemeTable {
        let isInForce = table.rows.contains { $0.value == scheme }
        let trial = Scheme(
            code: isInForce ? scheme.code : Self.code, tiers: scheme.tiers, countsWorkers: scheme.countsWorkers,
            steps: scheme.steps,
            employer: scheme.employer, share: scheme.share, payee: scheme.payee,
            wadahMinimumAgents: scheme.wadahMinimumAgents, contractYears: scheme.contractYears)
        var rows: [Effective<Scheme>] = []
        for row in table.rows {
            func part(_ first: CivilDate, _ last: CivilDate?) {
                guard last.map({ first <= $0 }) ?? true else { return }
                rows.append(Effective(from: first, through: last, regulation: row.regulation, value: row.value))
            }
            let before = from.firstDay.adding(days: -1)
            let after = through.lastDay.adding(days: 1)
            part(row.from, min(row.through ?? before, before))
            part(max(row.from, after), row.through)
        }
        rows.append(Effective(from: from.firstDay, through: through.lastDay, regulation: "draft", value: trial))
        return try SchemeTable(rows)
    }

    /// What a file may wrap the definition in.
    private struct Wrapping: JSONObject {
        static let summary = "A scheme with the days on which it shall apply"

        let definition: SchemeDefinition?

        init(fields reader: inout FieldReader) throws(JSONFault) {
            let scheme: SchemeDefinition? = try reader.optional("scheme")
            let definition: SchemeDefinition? = try reader.optional("definition")
            self.definition = scheme ?? definition
        }

        func write(fields writer: inout JSONWriter) { writer.field("scheme", definition) }
    }
}
