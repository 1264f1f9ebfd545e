import Foundation
import Testing

@testable import Postgres

@Suite struct TypesTests {
    static let columns = ["i2", "i4", "i8", "f8", "b", "t", "u", "y", "d", "z", "j"]
    static let table = """
        CREATE TABLE v (n serial, i2 int2, i4 int4, i8 int8, f8 float8, b bool, t text, u uuid, y bytea, d date,
        z timestamptz, j jsonb)
        """

    struct Row: Equatable {
        var i2: Int16?
        var i4: Int32?
        var i8: Int64?
        var f8: Double?
        var b: Bool?
        var t: String?
        var u: UUID?
        var y: [UInt8]?
        var d: Int32?
        var z: Int64?
        var j: String?

        func append(to fields: inout some FieldWriter) {
            fields.append(i2)
            fields.append(i4)
            fields.append(i8)
            fields.append(f8)
            fields.append(b)
            fields.append(t)
            fields.append(u)
            fields.append(y)
            fields.append(date: d)
            fields.append(timestamp: z)
            fields.append(jsonb: j)
        }

        init() {}

        init(_ rows: QueryResult, _ row: Int) throws {
            i2 = try rows.optionalInt16(row, 0)
            i4 = try rows.optionalInt32(row, 1)
            i8 = try rows.optionalInt64(row, 2)
            f8 = try rows.optionalDouble(row, 3)
            b = try rows.optionalBool(row, 4)
            t = try rows.optionalText(row, 5)
            u = try rows.optionalUUID(row, 6)
            y = try rows.optionalBytes(row, 7)
            d = try rows.optionalDate(row, 8)
            z = try rows.optionalTimestamp(row, 9)
            j = try rows.optionalText(row, 10)
        }
    }

    static let rows: [Row] = {
        var low = Row()
        (low.i2, low.i4, low.i8, low.f8, low.b) = (.min, .min, .min, -0.5, false)
        (low.t, low.u, low.y, low.d, low.z, low.j) = ("", UUID(), [], -719_162, -1, "{}")
        var high = Row()
        (high.i2, high.i4, high.i8, high.f8, high.b) = (.max, .max, .max, .greatestFiniteMagnitude, true)
        (high.t, high.u) = (String(repeating: "Iuran é 🇮🇩 ", count: 200_000), UUID())
        (high.y, high.d, high.z, high.j) = ([UInt8](0...255), 2_932_896, 253_402_300_799_999_999, "[1, null]")
        return [low, high, Row()]
    }()

    @Test func parametersRoundTrip() throws {
        let connection = try Cluster.connect()
        try connection.execute(TypesTests.table)
        let list = TypesTests.columns.joined(separator: ", ")
        let insert = Statement(
            "insert", "INSERT INTO v (\(list)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING \(list)")
        for row in TypesTests.rows {
            let back = try connection.query(insert, Parameters { row.append(to: &$0) })
            #expect(back.affectedRows == 1)
            #expect(try Row(back, 0) == row)
        }
    }

    @Test func copyRoundTrip() throws {
        let connection = try Cluster.connect()
        try connection.execute(TypesTests.table)
        var buffer = CopyBuffer(table: "public.v", columns: TypesTests.columns)
        for _ in 0..<2 {  // the second time with the memory kept
            for row in TypesTests.rows {
                buffer.beginRow()
                row.append(to: &buffer)
            }
            #expect(try connection.copy(&buffer) == 3)
            buffer.removeAll(keepingCapacity: true)
            #expect(try connection.copy(&buffer) == 0)
        }
        let list = TypesTests.columns.joined(separator: ", ")
        let back = try connection.query(Statement("all", "SELECT \(list) FROM v ORDER BY n"))
        #expect(back.rowCount == 6)
        for row in 0..<6 { #expect(try Row(back, row) == TypesTests.rows[row % 3]) }
    }

    @Test func arrays() throws {
        let connection = try Cluster.connect()
        let unnest = Statement(
            "unnest",
            "SELECT * FROM unnest($1::int8[], $2::int4[], $3::int2[], $4::text[], $5::uuid[], $6::bool[], $7::bytea[], "
                + "$8::date[], $9::timestamptz[]) AS u(a, b, c, d, e, f, g, h, i)")
        let id = UUID()
        let full = try connection.query(
            unnest,
            Parameters {
                $0.append([Int64.min, nil, .max])
                $0.append([Int32.min, 0, .max])
                $0.append([nil, Int16.min, .max])
                $0.append(["", nil, "x\"{},\\"])
                $0.append([id, nil, id])
                $0.append([true, false, true])
                $0.append([[], [0, 255], [1]])
                $0.append(dates: [0, nil, -1])
                $0.append(timestamps: [0, -1, 1])
            })
        #expect(full.rowCount == 3)
        #expect(try (0..<3).map { try full.optionalInt64($0, 0) } == [.min, nil, .max])
        #expect(try (0..<3).map { try full.int32($0, 1) } == [.min, 0, .max])
        #expect(try (0..<3).map { try full.optionalInt16($0, 2) } == [nil, .min, .max])
        #expect(try (0..<3).map { try full.optionalText($0, 3) } == ["", nil, "x\"{},\\"])
        #expect(try (0..<3).map { try full.optionalUUID($0, 4) } == [id, nil, id])
        #expect(try (0..<3).map { try full.bool($0, 5) } == [true, false, true])
        #expect(try (0..<3).map { try full.bytes($0, 6) } == [[], [0, 255], [1]])
        #expect(try (0..<3).map { try full.optionalDate($0, 7) } == [0, nil, -1])
        #expect(try (0..<3).map { try full.timestamp($0, 8) } == [0, -1, 1])
        let empty = try connection.query(
            Statement("empty", "SELECT cardinality($1), cardinality($2), array_to_string($3, ',', '-')"),
            Parameters {
                $0.append([Int64]())
                $0.append([String?]())
                $0.append([Int32?]([1, nil, 3]))
            })
        #expect(try empty.int32(0, 0) == 0)
        #expect(try empty.int32(0, 1) == 0)
        #expect(try empty.text(0, 2) == "1,-,3")
    }

    @Test func sumsAndMismatches() throws {
        let connection = try Cluster.connect()
        let sums = try connection.query(
            Statement(
                "sums",
                """
                SELECT 9223372036854775807::numeric, (-9223372036854775808)::numeric, 0::numeric, 120000000::numeric,
                    9223372036854775808::numeric, 1.5::numeric, 7::int2, 'x'::text AS label, -10001::numeric, 1.00::numeric
                """))
        #expect(
            try [0, 1, 2, 3, 6, 8, 9].map { try sums.int64(0, $0) } == [.max, .min, 0, 120_000_000, 7, -10_001, 1])
        for column in [4, 5] { #expect(throws: PostgresError.self) { try sums.int64(0, column) } }
        let mismatch = try caught { _ = try sums.int32(0, 7) }
        #expect(mismatch.kind == .programming)
        #expect(mismatch.description.contains("label") && mismatch.description.contains("expected int4 (OID 23)"))
        #expect(mismatch.description.contains("text (OID 25)"))
        #expect(throws: PostgresError.self) { try sums.int64(1, 0) }
        #expect(throws: PostgresError.self) { try sums.int64(0, 99) }
        let null = try connection.query(Statement("null", "SELECT NULL::int8 AS amount"))
        #expect(try null.optionalInt64(0, 0) == nil && null.isNull(0, 0))
        #expect(try caught { _ = try null.int64(0, 0) }.description.contains("amount"))
    }

    @Test func malformedRowsAreRefused() throws {
        let connection = try Cluster.connect()
        try connection.execute("CREATE TABLE p (a int8, b text)")
        var buffer = CopyBuffer(table: "p", columns: ["a", "b"])
        buffer.beginRow()
        buffer.append(Int64(1))
        #expect(try caught { try connection.copy(&buffer) }.kind == .programming)
        buffer.removeAll()
        buffer.beginRow()
        buffer.append(Int64(1))
        buffer.append("nul\0byte")
        #expect(try caught { try connection.copy(&buffer) }.kind == .data)
        #expect(connection.isUsable && connection.transactionStatus == .idle)
        var copied = buffer
        copied.removeAll()
        #expect(copied.byteCount == 0 && buffer.count == 1 && buffer.byteCount > 0)
    }
}
