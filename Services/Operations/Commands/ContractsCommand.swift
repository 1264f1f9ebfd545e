import ArgumentParser
import Foundation
import PerisaiModels

struct ContractsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contracts",
        abstract: "Exports the contracts between the services, or compares them with what was published.",
        subcommands: [Export.self, Check.self])

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes JSON Schemas, examples and the AsyncAPI document; refuses a change that breaks readers.")

        @Option(help: "Folder of the contracts.", completion: .directory)
        var out = "deploy/contracts"

        @Flag(help: "Write even what breaks readers of the published contracts.")
        var force = false

        func run() throws {
            let comparison = try ContractFolder(path: out).compare()
            if !comparison.isCompatible, !force {
                throw OperationsError(
                    (["These changes break readers (--force writes them all the same):"]
                        + comparison.breaks.map { "  \($0)" }).joined(separator: "\n"))
            }
            try ContractFolder(path: out).write(Contracts.files)
            Console.out("\(comparison.changed.count) of \(Contracts.files.count) files written anew in \(out)")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fails when the contracts differ from the published ones, and says what breaks readers.")

        @Option(help: "Folder of the contracts.", completion: .directory)
        var out = "deploy/contracts"

        func run() throws {
            let comparison = try ContractFolder(path: out).compare()
            for found in comparison.breaks { Console.out("BREAKS READERS \(found)") }
            for path in comparison.changed { Console.out("DIFFERS \(path)") }
            guard comparison.isSame else {
                throw OperationsError("\(comparison.changed.count) files differ; run `perisai contracts export`")
            }
            Console.out("\(Contracts.files.count) files are as published")
        }
    }
}

/// The published contracts on disk.
struct ContractFolder {
    /// Most files and bytes of one file that are read.
    private static let maxFiles = 1_000
    private static let maxBytes = 4 << 20

    let path: String

    func compare() throws -> ContractComparison {
        ContractComparison(published: try read(), current: Contracts.files)
    }

    /// Every JSON file by its path in the folder; none when the folder does not exist.
    func read() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [] where name.hasSuffix(".json") {
            guard files.count < Self.maxFiles else {
                throw OperationsError("\(path): more than \(Self.maxFiles) files")
            }
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)"), data.count <= Self.maxBytes else {
                throw OperationsError("\(path)/\(name) cannot be read, or is longer than \(Self.maxBytes) bytes")
            }
            files[name] = Array(data)
        }
        return files
    }

    func write(_ files: [Contracts.File]) throws {
        for file in files {
            let url = URL(fileURLWithPath: "\(path)/\(file.path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: url, options: .atomic)
        }
        let kept = Set(files.map(\.path))
        for name in try read().keys where !kept.contains(name) {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }
}
