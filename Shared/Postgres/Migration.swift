import Foundation

/// One numbered step of a schema: a file `0001_name.sql`.
public struct Migration: Sendable, Equatable {
    public let number: Int
    public let name: String
    public let sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    var label: String { String(repeating: "0", count: max(0, 4 - String(number).count)) + "\(number)_\(name)" }
}

/// Why a schema could not be brought up to date. Holds no data.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    /// The database's error, where one is the cause.
    public let underlying: PostgresError?

    init(_ reason: String, underlying: PostgresError? = nil) {
        self.reason = reason
        self.underlying = underlying
    }

    public var description: String {
        "migration: \(reason)" + (underlying.map { ": \($0.description)" } ?? "")
    }
}

/// An ordered set of migrations, 1, 2, 3 … Several sets ("tracks") can live in one schema.
public struct Migrations: Sendable {
    public let track: String
    public let all: [Migration]

    public static let maximumFiles = 9_999
    public static let maximumBytes = 1 << 20

    /// - Throws: `MigrationError` when numbers repeat, leave a gap or don't start at 1.
    public init(track: String = "main", _ migrations: [Migration]) throws(MigrationError) {
        guard !track.isEmpty, track.utf8.count <= 63 else { throw MigrationError("track name: 1 to 63 bytes") }
        guard migrations.count <= Migrations.maximumFiles else { throw MigrationError("more than 9999 migrations") }
        all = migrations.sorted { $0.number < $1.number }
        self.track = track
        for (index, migration) in all.enumerated() where migration.number != index + 1 {
            let problem = index > 0 && all[index - 1].number == migration.number ? "appears twice" : "follows a gap"
            throw MigrationError("track \(track): \(migration.label) \(problem), expected number \(index + 1)")
        }
    }

    /// Reads the files `0001_name.sql` of a directory; a `.sql` file named otherwise is an error.
    public init(track: String = "main", directory: URL) throws(MigrationError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        } catch {
            throw MigrationError("track \(track): directory \(directory.lastPathComponent) can't be read")
        }
        var found: [Migration] = []
        for file in names where file.hasSuffix(".sql") {
            found.append(try Migrations.read(directory.appendingPathComponent(file), file))
        }
        guard !found.isEmpty else {
            throw MigrationError("track \(track): no .sql files in \(directory.lastPathComponent)")
        }
        try self.init(track: track, found)
    }

    /// Reads the files of a bundle's folder.
    public init(track: String = "main", bundle: Bundle, folder: String = "Migrations") throws(MigrationError) {
        guard let resources = bundle.resourceURL else {
            throw MigrationError("track \(track): bundle without resources")
        }
        try self.init(track: track, directory: resources.appendingPathComponent(folder))
    }

    private static func read(_ url: URL, _ file: String) throws(MigrationError) -> Migration {
        guard let match = file.wholeMatch(of: /([0-9]{4})_([a-z0-9_]{1,80})\.sql/), let number = Int(match.1) else {
            throw MigrationError("\(file): name is not of the form 0001_name.sql")
        }
        guard let data = try? Data(contentsOf: url) else { throw MigrationError("\(file): can't be read") }
        guard data.count <= maximumBytes else { throw MigrationError("\(file): longer than \(maximumBytes) bytes") }
        guard let sql = String(bytes: data, encoding: .utf8) else { throw MigrationError("\(file): not UTF-8") }
        return Migration(number: number, name: String(match.2), sql: sql)
    }
}
