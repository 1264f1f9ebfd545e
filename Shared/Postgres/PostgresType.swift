/// A PostgreSQL type by its OID (`pg_type.dat`; the built-in ones never change).
public struct PostgresType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let bool = PostgresType(rawValue: 16)
    public static let bytea = PostgresType(rawValue: 17)
    public static let int8 = PostgresType(rawValue: 20)
    public static let int2 = PostgresType(rawValue: 21)
    public static let int4 = PostgresType(rawValue: 23)
    public static let text = PostgresType(rawValue: 25)
    public static let float8 = PostgresType(rawValue: 701)
    public static let date = PostgresType(rawValue: 1082)
    public static let timestamptz = PostgresType(rawValue: 1184)
    public static let numeric = PostgresType(rawValue: 1700)
    public static let uuid = PostgresType(rawValue: 2950)
    public static let jsonb = PostgresType(rawValue: 3802)
    public static let boolArray = PostgresType(rawValue: 1000)
    public static let byteaArray = PostgresType(rawValue: 1001)
    public static let int2Array = PostgresType(rawValue: 1005)
    public static let int4Array = PostgresType(rawValue: 1007)
    public static let textArray = PostgresType(rawValue: 1009)
    public static let int8Array = PostgresType(rawValue: 1016)
    public static let dateArray = PostgresType(rawValue: 1182)
    public static let timestamptzArray = PostgresType(rawValue: 1185)
    public static let uuidArray = PostgresType(rawValue: 2951)

    /// Types whose binary form is plain UTF-8: char, name, text, json, xml, bpchar, varchar, "unknown".
    static let textual: Set<PostgresType> = Set(
        [18, 19, 25, 114, 142, 705, 1042, 1043].map { PostgresType(rawValue: $0) })

    private static let names: [UInt32: String] = [
        16: "bool", 17: "bytea", 20: "int8", 21: "int2", 23: "int4", 25: "text", 114: "json", 700: "float4",
        701: "float8", 1042: "bpchar", 1043: "varchar", 1082: "date", 1114: "timestamp", 1184: "timestamptz",
        1700: "numeric", 2950: "uuid", 3802: "jsonb", 2278: "void",
    ]

    public var description: String {
        PostgresType.names[rawValue].map { "\($0) (OID \(rawValue))" } ?? "OID \(rawValue)"
    }
}

/// 2000-01-01, PostgreSQL's epoch, counted from 1970-01-01.
@usableFromInline
enum PostgresEpoch {
    @usableFromInline static let days: Int32 = 10_957
    @usableFromInline static let microseconds: Int64 = 946_684_800_000_000
}
