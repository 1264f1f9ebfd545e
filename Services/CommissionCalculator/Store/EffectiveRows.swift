import PerisaiModels
import Postgres

/// What effective-dated rows hold.
public enum EffectiveKind: Int16, Sendable, CaseIterable {
    case scheme = 1
    case tax = 2
    case payout = 3

    /// The word for it in commands and events.
    public var name: String {
        switch self {
        case .scheme: "scheme"
        case .tax: "tax"
        case .payout: "payout"
        }
    }
}

/// Rates and policies as they are stored: read by every batch, so that workers and commands never differ.
public enum EffectiveRows {
    static let read = Statement(
        "commission_effective_rows",
        """
        SELECT valid_from, valid_until, regulation, definition::text, code FROM effective_row WHERE kind = $1
        ORDER BY valid_from
        """)

    static func parameters(_ kind: EffectiveKind) -> Parameters { Parameters { $0.append(kind.rawValue) } }

    /// The schemes of this connection's database; its search path must be the service's schema.
    /// - Throws: `PostgresError`; `StoredDataFault` for a row that cannot be read.
    public static func schemes(on connection: Connection) throws -> SchemeTable {
        try schemes(connection.query(read, parameters(.scheme)))
    }

    static func schemes(_ rows: QueryResult) throws -> SchemeTable {
        try table(rows) { (definition: SchemeDefinition) in definition.scheme }
    }

    /// The tax rules of this connection's database.
    /// - Throws: as `schemes(on:)`.
    public static func taxes(on connection: Connection) throws -> TaxTable {
        try table(.tax, on: connection) { (definition: TaxDefinition) in definition.rule }
    }

    /// The payout policies of this connection's database.
    /// - Throws: as `schemes(on:)`.
    public static func payoutPolicies(on connection: Connection) throws -> PayoutPolicyTable {
        try table(.payout, on: connection) { (definition: PayoutPolicyDefinition) in definition.policy }
    }

    /// The rows of a kind, each read as `Definition`.
    static func table<Definition: JSONObject, Value: Sendable>(
        _ kind: EffectiveKind, on connection: Connection, _ value: (Definition) -> Value
    ) throws -> EffectiveTable<Value> {
        try table(connection.query(read, parameters(kind)), value)
    }

    private static func table<Definition: JSONObject, Value: Sendable>(
        _ rows: QueryResult, _ value: (Definition) -> Value
    ) throws -> EffectiveTable<Value> {
        let effective = try (0..<rows.rowCount).map { row in
            var text = try rows.text(row, 3)
            let definition: Definition
            do {
                definition = try text.withUTF8 { bytes in try Definition.read(bytes: UnsafeRawBufferPointer(bytes)) }
            } catch {
                throw StoredDataFault(column: "definition of \(try rows.text(row, 4))", reason: "\(error)")
            }
            return Effective(
                from: try CommissionStore.date(rows, row, 0),
                through: try rows.isNull(row, 1) ? nil : CommissionStore.date(rows, row, 1),
                regulation: try rows.text(row, 2), value: value(definition))
        }
        return try EffectiveTable(effective)
    }
}

extension EffectiveTable where Value == Scheme {
    /// What a statement's line is called, in Indonesian; `earns`: whether new participants reach the first tier.
    public func label(of key: LineKey, earns: Bool = true) -> String {
        if key.rule == .acquisition, !earns { return "Peserta baru, ambang belum tercapai (skema \(key.scheme))" }
        let scheme = rows.first { $0.value.code == key.scheme }?.value
        return (scheme ?? Scheme.a).label(of: key)
    }

    /// The scheme of a code.
    public func scheme(_ code: String) -> Scheme? { rows.first { $0.value.code == code }?.value }
}
