import PerisaiModels
import Postgres
import Worker

/// The person that a command names.
enum SubjectArgument {
    case nik(NIK)
    case kpj(KPJ)

    /// 16 digits: a NIK; 11: a KPJ. `-` reads one line of standard input, so that the number stands in no process list.
    init(_ text: String) throws {
        let number = text == "-" ? (readLine(strippingNewline: true) ?? "") : text
        let digits = number.filter { !$0.isWhitespace }
        do {
            self = digits.utf8.count == NIK.digitCount ? .nik(try NIK(digits)) : .kpj(try KPJ(digits))
        } catch {
            throw OperationsError("give a NIK (16 digits) or a KPJ (11 digits): \(error)")
        }
    }
}

/// All that is held about a person, by service and table.
struct SubjectReport {
    struct Row {
        /// Column and value, without those that are empty.
        let facts: [(name: String, value: String)]
    }

    struct Part {
        let table: SubjectTable
        let rows: [Row]
    }

    /// Most rows of one table.
    static let rowLimit = 1_000

    let nik: NIK?
    let kpj: KPJ?
    let agents: [String]
    let parts: [Part]

    /// Reads the four schemas; each row as it stands.
    static func read(_ subject: SubjectArgument, connect: (String) throws -> Connection) throws -> SubjectReport {
        let registry = try connect(SubjectTable.enrollment)
        defer { registry.close() }
        let (nik, kpj) = try numbers(subject, registry)
        let agents = try nik.map { nik in
            let rows = try registry.query(Self.agentsOf, Parameters { $0.append(nik.code) })
            return try (0..<rows.rowCount).map { try rows.text($0, 0) }
        }
        let parameters = parameters(nik, kpj, agents ?? [])
        var parts: [Part] = []
        for schema in [
            SubjectTable.enrollment, SubjectTable.reconciler, SubjectTable.commission, SubjectTable.notifier,
        ] {
            let connection = schema == SubjectTable.enrollment ? registry : try connect(schema)
            defer { if schema != SubjectTable.enrollment { connection.close() } }
            for table in SubjectTable.all where table.schema == schema {
                let rows = try read(table, parameters, connection)
                if !rows.isEmpty { parts.append(Part(table: table, rows: rows)) }
            }
        }
        return SubjectReport(nik: nik, kpj: kpj, agents: agents ?? [], parts: parts)
    }

    private static let byNIK = Statement(
        "subject_by_nik", "SELECT nik, kpj FROM participant WHERE nik = $1::int8")
    private static let byKPJ = Statement(
        "subject_by_kpj", "SELECT nik, kpj FROM participant WHERE kpj = $1::int8")
    private static let agentsOf = Statement(
        "subject_agents_of", "SELECT agent_id FROM agent WHERE nik = $1::int8 ORDER BY agent_id")

    private static func numbers(_ subject: SubjectArgument, _ connection: Connection) throws -> (NIK?, KPJ?) {
        switch subject {
        case .nik(let nik):
            let rows = try connection.query(byNIK, Parameters { $0.append(nik.code) })
            let kpj = try rows.rowCount > 0 ? rows.optionalInt64(0, 1).map { try KPJ(code: $0) } : nil
            return (nik, kpj)
        case .kpj(let kpj):
            let rows = try connection.query(byKPJ, Parameters { $0.append(kpj.code) })
            return (try rows.rowCount > 0 ? NIK(code: rows.int64(0, 0)) : nil, kpj)
        }
    }

    private static func parameters(_ nik: NIK?, _ kpj: KPJ?, _ agents: [String]) -> Parameters {
        let refs =
            (kpj.map { ["participant:\($0.text)", "worker:\($0.text)"] } ?? []) + agents.map { "agent:\($0)" }
        return Parameters {
            $0.append(nik?.code)
            $0.append(kpj?.code)
            $0.append(kpj.map { PayerNumber.participant($0).code })
            $0.append(agents)
            $0.append(refs)
        }
    }

    private static func read(
        _ table: SubjectTable, _ parameters: Parameters, _ connection: Connection
    ) throws -> [Row] {
        // JSON keeps the order of the columns.
        let statement = Statement(
            "subject_\(table.table)",
            """
            WITH p AS (
                SELECT $1::int8 AS nik, $2::int8 AS kpj, $3::int8 AS payer, $4::text[] AS agents, $5::text[] AS refs)
            SELECT r.n, e.key, e.value
            FROM (SELECT row_number() OVER ()::int8 AS n, t.* FROM (\(table.sql)) AS t LIMIT \(rowLimit)) AS r
            CROSS JOIN LATERAL json_each_text(to_json(r)) AS e
            WHERE e.key <> 'n' AND e.value IS NOT NULL AND e.value <> ''
            """)
        let found = try connection.query(statement, parameters)
        var rows: [Row] = []
        var facts: [(name: String, value: String)] = []
        var last: Int64 = 1
        for row in 0..<found.rowCount {
            let number = try found.int64(row, 0)
            if number != last, !facts.isEmpty {
                rows.append(Row(facts: facts))
                facts = []
            }
            last = number
            facts.append((name: try found.text(row, 1), value: try found.text(row, 2)))
        }
        if !facts.isEmpty { rows.append(Row(facts: facts)) }
        return rows
    }
}

/// Hides what names a person, unless it is asked for in clear.
enum SubjectMask {
    private static let names: Set<String> = ["name", "account_holder", "name_of_whom"]
    private static let numbers: Set<String> = ["nik", "phone", "address", "account_number"]
    /// Words to the person or by operators: only their length is told.
    private static let words: Set<String> = ["body", "suspended_reason"]

    static func value(_ name: String, _ value: String, clear: Bool) -> String {
        if clear { return value }
        if names.contains(name) {
            return value.split(separator: " ").map { $0.prefix(1) + "***" }.joined(separator: " ")
        }
        if numbers.contains(name) {
            guard value.count > 6 else { return String(repeating: "*", count: value.count) }
            return value.prefix(4) + String(repeating: "*", count: value.count - 6) + value.suffix(2)
        }
        if words.contains(name) { return "(\(value.count) characters)" }
        return NIK.hidden(in: value)
    }
}

extension SubjectReport {
    func text(clear: Bool) -> String {
        var lines: [String] = [heading(clear: clear)]
        for part in parts {
            lines.append("\n\(part.table.schema.replacing("_", with: "-")): \(part.table.what) (\(part.table.table))")
            for (index, row) in part.rows.enumerated() {
                let facts = row.facts.map { name, value in
                    "\(name.replacing("_", with: " ")) \(SubjectMask.value(name, value, clear: clear))"
                }
                lines.append((part.rows.count > 1 ? "  \(index + 1). " : "  ") + facts.joined(separator: "; "))
            }
            if part.rows.count == Self.rowLimit { lines.append("  … the first \(Self.rowLimit) rows only") }
        }
        if parts.isEmpty { lines.append("nothing is held under this number") }
        return lines.joined(separator: "\n")
    }

    private func heading(clear: Bool) -> String {
        let number = nik.map { clear ? "NIK \($0.text)" : "NIK \($0.masked)" }
        return
            ([number, kpj.map { "KPJ \($0.text)" }].compactMap(\.self)
            + (agents.isEmpty ? [] : ["agent \(agents.joined(separator: ", "))"])).joined(separator: ", ")
    }

    func json(clear: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("nik", nik.map { clear ? $0.text : $0.masked })
        writer.field("kpj", kpj)
        writer.name("held" as String)
        writer.beginArray()
        for part in parts {
            writer.beginObject()
            writer.field("service", part.table.schema.replacing("_", with: "-"))
            writer.field("table", part.table.table)
            writer.field("what", part.table.what)
            writer.field("on_erasure", part.table.fate)
            writer.name("rows" as String)
            writer.beginArray()
            for row in part.rows {
                writer.beginObject()
                for (name, value) in row.facts {
                    writer.name(name)
                    writer.string(SubjectMask.value(name, value, clear: clear))
                }
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.text
    }

    /// What an erasure would do, table by table.
    var plan: Table {
        var table = Table([.init("Service"), .init("Table"), .init("Rows", number: true), .init("On erasure")])
        for part in parts {
            table.append([
                part.table.schema.replacing("_", with: "-"), part.table.table, "\(part.rows.count)", part.table.fate,
            ])
        }
        return table
    }
}
