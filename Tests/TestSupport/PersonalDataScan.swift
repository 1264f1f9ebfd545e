import Postgres

/// Looks through every column of every table of a schema that can hold text or a number.
public enum PersonalDataScan {
    /// Where any of `needles` stands: "table.column". The outbox of the worker is left out: it is handed over and
    /// emptied.
    public static func places(
        of needles: [String], schema: String, on connection: Connection, leavingOut: Set<String> = ["outbox"]
    ) throws -> [String] {
        let columns = try connection.query(
            Statement(
                "scan columns \(schema)",
                """
                SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns AS c
                JOIN information_schema.tables AS t USING (table_schema, table_name)
                WHERE c.table_schema = '\(schema)' AND t.table_type = 'BASE TABLE'
                    AND c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'bigint', 'numeric', 'bytea', 'uuid')
                ORDER BY 1, 2
                """))
        var found: [String] = []
        for row in 0..<columns.rowCount {
            let table = try columns.text(row, 0)
            guard !leavingOut.contains(table) else { continue }
            let (column, type) = (try columns.text(row, 1), try columns.text(row, 2))
            let text = type == "bytea" ? "encode(\"\(column)\", 'escape')" : "\"\(column)\"::text"
            for needle in needles {
                let hits = try connection.texts(
                    """
                    SELECT 1::text FROM "\(schema)"."\(table)"
                    WHERE position(lower('\(needle)') IN lower(\(text))) > 0 LIMIT 1
                    """)
                if !hits.isEmpty { found.append("\(table).\(column)") }
            }
        }
        return Array(Set(found)).sorted()
    }
}
