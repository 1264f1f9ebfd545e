import PerisaiModels

/// Everything that is wrong with a file written by a person.
public struct DefinitionFaults: Error, Sendable, CustomStringConvertible {
    public let faults: [JSONFault]
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Files of rows to propose.
extension EffectiveRowAction {
    /// Longest file in bytes.
    public static let fileLimit = 65_536

    /// Reads a row from a file: names, kinds of values and bounds first, then the rules between fields.
    /// - Throws: `DefinitionFaults` with all faults of the first of the two.
    public static func read(file bytes: [UInt8]) throws -> EffectiveRowAction {
        func refuse(_ faults: [JSONFault]) throws { if !faults.isEmpty { throw DefinitionFaults(faults: faults) } }
        guard bytes.count <= fileLimit else {
            throw DefinitionFaults(faults: [JSONFault(reason: "is longer than \(fileLimit) bytes")])
        }
        do {
            try refuse(SchemaCheck.faults(of: JSONTree(bytes: bytes), by: schema))
            let draft = try bytes.withUnsafeBytes { try Draft<EffectiveRowAction>.read(bytes: $0) }
            try refuse(draft.value.faults)
            return draft.value
        } catch let fault as JSONFault {
            throw DefinitionFaults(faults: [fault])
        }
    }
}
