import BankStatements
import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import Operations

/// What the simulated banks write must pass the readers of real files, and add up.
@Suite struct SimulationStatementTests {
    private static func branch(seed: UInt64, oneIn: Int = 40) throws -> SimulatedBranch {
        var plan = try BranchPlan(
            name: "small", seed: seed, agents: 3, employers: 6, workers: 48, participants: 240,
            start: #require(ContributionMonth(parsing: "2018-01")), months: 4,
            mix: PaymentMix(parsing: "partial=10,over=10,duplicate=8,reversed=8,unknown=5,advance=8"),
            latePerMille: 60, permits: 12, target: nil)
        plan.differences = BankDifferences(oneIn: oneIn)
        return try BranchSimulation.make(plan)
    }

    /// Every submission has a number.
    private static func directory(_ branch: SimulatedBranch) throws -> EnrollmentDirectory {
        var directory = EnrollmentDirectory()
        for line in branch.phases.flatMap({ $0.bytes.split(separator: UInt8(ascii: "\n")) }) {
            let tree = try JSONTree(bytes: Array(line))
            guard let submission = tree["data"]?["submission_id"]?.text else { continue }
            let number = directory.count + 1
            directory.insert(
                tree["type"]?.text == EmployerSubmitted.type
                    ? try .employer(NPP(number: Int64(number)))
                    : try .participant(KPJ(month: branch.expected.plan.start, serial: number)), for: submission)
        }
        return directory
    }

    private static func withFolder(_ branch: SimulatedBranch, _ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try SimulationFolder.write(branch, to: folder.path + "/events")
        try body(folder.path + "/events")
    }

    @Test(arguments: [UInt64(7), 8]) func everyFilePassesItsReaderAndBalancesContinue(seed: UInt64) throws {
        let branch = try Self.branch(seed: seed)
        let directory = try Self.directory(branch)
        try Self.withFolder(branch) { folder in
            #expect(try SimulationFolder.statements(in: folder).count == branch.statements.count)
            var closings: [BankCode: Rupiah] = [:]
            var formats: Set<StatementFormat> = []
            for statement in branch.statements {
                guard case .filled(let bytes) = Placeholders.fill(statement.bytes, from: directory) else {
                    Issue.record("\(statement.file): a placeholder of nobody")
                    continue
                }
                #expect(!Placeholders.occur(in: bytes))
                let path = "\(folder)/\(SimulationFolder.statementsFolder)/\(statement.file)"
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                let profile = try SimulatedBanks.profiles[statement.bank.text].map {
                    try CSVProfile(json: Array($0.json.utf8))
                }
                let summary = try StatementFile.check(path: path, profile: profile)
                formats.insert(summary.format)
                #expect(summary.faults == [], "\(statement.file), seed \(seed)")
                #expect(summary.entries == statement.lines)
                guard profile == nil, let only = summary.statements.first else { continue }
                if let before = closings[statement.bank] { #expect(only.head.openingBalance == before) }
                closings[statement.bank] = only.end?.closingBalance
            }
            #expect(closings.count == 4)
            #expect(formats == [.mt940, .camt053, .csv])
        }
    }

    /// What is received without a notice is in the statements, and the other way round.
    @Test func plantedDifferencesAreCounted() throws {
        let branch = try Self.branch(seed: 3)
        let banks = branch.expected.banks.values
        #expect(banks.reduce(0) { $0 + $1.statementOnly.payments } > 0)
        #expect(banks.reduce(0) { $0 + $1.noticeOnly.payments } > 0)
        #expect(banks.reduce(0) { $0 + $1.dateDiffers.payments } > 0)
        // A CSV file does not say which days it covers.
        #expect(branch.expected.banks[.cimbNiaga]?.noticeOnly.payments == 0)
        let all = banks.reduce(Int64(0)) { $0 + $1.confirmed.amount + $1.noticeOnly.amount + $1.statementOnly.amount }
        let received = branch.expected.months.values.reduce(Int64(0)) { $0 + $1.received }
        #expect(all == received + branch.expected.suspenseAmount)
        let without = try Self.branch(seed: 3, oneIn: 0)
        #expect(
            without.expected.banks.values.allSatisfy { bank in
                [bank.statementOnly, bank.noticeOnly, bank.dateDiffers].allSatisfy { $0.payments == 0 }
            })
    }

    @Test func theSameSeedWritesTheSameStatements() throws {
        let runs = try (0..<2).map { _ in try Self.branch(seed: 5) }
        #expect(runs[0].statements.map(\.bytes) == runs[1].statements.map(\.bytes))
        #expect(Set(runs[0].statements.map(\.file)).count == runs[0].statements.count)
    }

    /// A line of a bank has 65 characters at most; a number as long as its placeholder is short fits too.
    @Test func linesOfTextKeepTheirWidth() throws {
        let branch = try Self.branch(seed: 4)
        let directory = try Self.directory(branch)
        for statement in branch.statements where statement.file.hasSuffix(".sta") || statement.file.hasSuffix(".txt") {
            guard case .filled(let bytes) = Placeholders.fill(statement.bytes, from: directory) else { continue }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                #expect(line.count <= 65 + 4, "\(statement.file): \(String(decoding: line, as: UTF8.self))")
            }
        }
    }
}
