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

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
