extension Migrations {
    private static let lock = Statement(
        "migration_lock", "SELECT pg_advisory_lock(hashtextextended('schema_migration ' || $1, 0))")
    private static let unlock = Statement(
        "migration_unlock", "SELECT pg_advisory_unlock(hashtextextended('schema_migration ' || $1, 0))")
    private static let checksums = Statement(
        "migration_checksums",
        """
        SELECT encode(sha256(convert_to(sql, 'UTF8')), 'hex')
        FROM unnest($1) WITH ORDINALITY AS given(sql, position) ORDER BY position
        """)

    /// Longest wait for another process that migrates the same schema, in milliseconds.
    private static let lockWaitMilliseconds = 600_000

    /// Applies what is missing to `schema` (default: the connection's), each migration in a transaction of its own, and
    /// returns what was applied. Processes that start together wait for one another. The schema and its table
    /// `schema_migration` are created when absent.
    /// - Throws: `MigrationError`, before anything is applied, for a changed checksum, a gap in what the database has or
    ///   a number that this program doesn't know; later for a migration that fails (it is rolled back whole).
    @discardableResult
    public func apply(
        on connection: Connection, schema: String? = nil
    ) throws(MigrationError) -> [Migration] {
        let schema = schema ?? connection.settings.schema ?? "public"
        guard !schema.isEmpty, schema.utf8.count <= 63 else { throw MigrationError("schema name: 1 to 63 bytes") }
        guard connection.transactionStatus == .idle else { throw MigrationError("connection is not idle") }
        let key = Parameters { $0.append(schema) }
        do throws(PostgresError) {
            try connection.execute(
                "SET statement_timeout = 0; SET lock_timeout = \(Migrations.lockWaitMilliseconds)")
            _ = try connection.query(Migrations.lock, key)
        } catch {
            if connection.isUsable { try? connection.restoreSession() }
            throw MigrationError("track \(track): waiting for the lock of schema \(schema)", underlying: error)
        }
        defer {  // a lost connection has given up the lock and its settings already
            if connection.rollbackIfNeeded() {
                _ = try? connection.query(Migrations.unlock, key)
                try? connection.restoreSession()
            }
        }
        let missing = try pending(connection, schema)
        for (migration, checksum) in missing { try apply(migration, checksum, connection, schema) }
        return missing.map { $0.0 }
    }

    private func table(_ schema: String) -> String { quoteIdentifier(schema) + ".schema_migration" }

    /// Compares what the database has with what this program knows.
    private func pending(_ connection: Connection, _ schema: String) throws(MigrationError) -> [(Migration, String)] {
        let applied: [(number: Int, checksum: String)]
        let known: [String]
        do throws(PostgresError) {
            try createTable(connection, schema)
            let read = Statement(
                "migration_read \(schema)",
                "SELECT number, checksum FROM \(table(schema)) WHERE track = $1 ORDER BY number")
            let rows = try connection.query(read, Parameters { $0.append(track) })
            var list: [(Int, String)] = []
            for row in 0..<rows.rowCount { list.append((Int(try rows.int32(row, 0)), try rows.text(row, 1))) }
            applied = list
            let sums = try connection.query(Migrations.checksums, Parameters { $0.append(all.map(\.sql)) })
            var texts: [String] = []
            for row in 0..<sums.rowCount { texts.append(try sums.text(row, 0)) }
            known = texts
        } catch {
            throw MigrationError("track \(track): reading the state of schema \(schema)", underlying: error)
        }
        for (index, row) in applied.enumerated() {
            guard row.number == index + 1 else {
                throw MigrationError("track \(track): schema \(schema) has \(row.number) but not \(index + 1)")
            }
            guard index < all.count else {
                throw MigrationError(
                    "track \(track): schema \(schema) is at \(applied.count), newer than this program knows (\(all.count))"
                )
            }
            guard row.checksum == known[index] else {
                throw MigrationError("track \(track): \(all[index].label) was changed after it was applied")
            }
        }
        return Array(zip(all, known).dropFirst(applied.count))
    }

    private func createTable(_ connection: Connection, _ schema: String) throws(PostgresError) {
        try connection.execute(
            """
            CREATE SCHEMA IF NOT EXISTS \(quoteIdentifier(schema));
            CREATE TABLE IF NOT EXISTS \(table(schema)) (
                track text NOT NULL, number int4 NOT NULL CHECK (number > 0), name text NOT NULL,
                checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (track, number))
            """)
    }

    private func apply(
        _ migration: Migration, _ checksum: String, _ connection: Connection, _ schema: String
    ) throws(MigrationError) {
        let insert = Statement(
            "migration_insert \(schema)",
            "INSERT INTO \(table(schema)) (track, number, name, checksum) VALUES ($1, $2, $3, $4)")
        do throws(PostgresError) {
            try connection.execute("BEGIN; SET LOCAL search_path TO \(quoteIdentifier(schema))")
            try connection.execute(migration.sql)
            guard connection.transactionStatus == .inTransaction else {
                throw PostgresError(.programming, "the migration ends its transaction itself")
            }
            let row = Parameters {
                $0.append(track)
                $0.append(Int32(truncatingIfNeeded: migration.number))
                $0.append(migration.name)
                $0.append(checksum)
            }
            _ = try connection.query(insert, row)
            try connection.execute("COMMIT")
        } catch {
            connection.rollbackIfNeeded()
            throw MigrationError("track \(track): \(migration.label) failed", underlying: error)
        }
    }
}
