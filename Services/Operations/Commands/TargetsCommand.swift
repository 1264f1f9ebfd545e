import ArgumentParser
import CommissionCalculator
import Foundation
import PerisaiModels
import Worker

struct TargetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: "Targets of groups of agents, wadah, branches, regions and the nation, and where branches are.",
        discussion: "How far they are reached: perisai report targets. The files are described in docs/results.md.",
        subcommands: [TargetsImport.self, TargetsList.self, TargetsPlaces.self])
}

/// What both imports are told.
struct TargetsFileOptions: ParsableArguments {
    @Flag(help: "Change what is known otherwise; who changed what is kept.") var replace = false
    @Flag(help: "Only say what would be done.") var dryRun = false
    @Option(help: "Write all faults to this file, CSV or (by the name .json) JSON.", completion: .file())
    var report: String?

    /// Most faults that are shown; the report has all.
    private static let shown = 100

    static func bytes(of file: String) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: file) else { throw OperationsError("\(file) cannot be read") }
        defer { try? handle.close() }
        // One byte more than the limit tells that the file is too long.
        guard let data = try? handle.read(upToCount: 16 << 20 + 1) else {
            throw OperationsError("\(file) cannot be read")
        }
        return Array(data)
    }

    static func isJSON(_ file: String) -> Bool { file.lowercased().hasSuffix(".json") }

    /// Runs an import and says what it did, or every fault of the file.
    func run(_ file: String, _ what: String, _ body: () throws -> ImportOutcome) throws {
        do {
            let outcome = try body()
            let verb = dryRun ? "would be " : ""
            Console.out(
                "\(what): \(outcome.added) \(verb)added, \(outcome.replaced) \(verb)replaced, "
                    + "\(outcome.unchanged) unchanged")
        } catch let refused as RowFaults {
            let faults = try report.map { try FaultReport(path: $0) }
            for (index, fault) in refused.faults.enumerated() {
                try faults?.add(.init(line: fault.line, field: fault.field, reason: fault.reason))
                if index < Self.shown { Console.note("\(file) \(fault)") }
            }
            try faults?.close()
            let more = refused.faults.count > Self.shown && report == nil ? "; --report writes all" : ""
            throw OperationsError("\(refused.faults.count) faults; nothing was stored\(more)")
        }
    }
}
