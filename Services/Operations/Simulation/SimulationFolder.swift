import Foundation

/// The files of a simulation.
enum SimulationFolder {
    /// Name of the file with the expected figures.
    static let expectedFile = "expected.json"

    /// Writes every file; refuses a folder that holds other event files, which a driver would publish too.
    static func write(_ phases: [SimulatedPhase], _ expected: ExpectedFigures, to path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let names = Set(phases.map(\.file))
        let present = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        if let stranger = present.first(where: { $0.hasSuffix(".jsonl") && !names.contains($0) }) {
            throw OperationsError("\(path) holds \(stranger) of another simulation; give an empty folder")
        }
        for phase in phases { try write(phase.bytes, to: "\(path)/\(phase.file)") }
        try write(expected.json, to: "\(path)/\(expectedFile)")
    }

    /// The folder of the banks' statements within that of a simulation.
    static let statementsFolder = "statements"

    /// With the statements of the banks and the profiles that read their CSV.
    static func write(_ branch: SimulatedBranch, to path: String) throws {
        try write(branch.phases, branch.expected, to: path)
        let folder = "\(path)/\(statementsFolder)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for statement in branch.statements { try write(statement.bytes, to: "\(folder)/\(statement.file)") }
        for profile in SimulatedBanks.profiles.values {
            try write(Array(profile.json.utf8), to: "\(folder)/\(profile.file)")
        }
    }

    /// The files of statements in a simulation's folder, without the profiles.
    static func statements(in path: String) throws -> [String] {
        let folder = "\(path)/\(statementsFolder)"
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw OperationsError("\(folder) cannot be read")
        }
        return names.filter { !$0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
