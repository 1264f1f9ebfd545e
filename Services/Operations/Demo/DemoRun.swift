import Foundation
import PaymentReconciler
import PerisaiModels

/// A branch through a local stack: its events month by month, and the banks' statements at the end of each.
struct DemoRun {
    let stack: LocalStack
    let probe: StackProbe
    let branch: SimulatedBranch
    /// Holds the events; the statements in a folder of their own.
    let folder: String
    let incentives: DemoIncentives

    /// Days after the last statement until notices that it does not show are told of: PERISAI_MATCH_EVIDENCE_DAYS, and
    /// the day after.
    private static let daysAfter = 4

    var statementsFolder: String { folder + "/" + SimulationFolder.statementsFolder }

    /// Publishes and imports all; returns the number of input events and of statements' lines.
    func run() throws -> (events: Int, lines: Int) {
        let desk = try StatementDesk(stack)
        defer { desk.close() }
        var left = branch.statements
        var (events, lines) = (0, 0)
        var isPrepared = false
        for phase in branch.phases {
            if [BranchSimulation.reversalsFile, BranchSimulation.clockFile].contains(where: phase.file.hasSuffix) {
                let month = phase.file.prefix(7)
                lines += try take(left.filter { $0.month.description == month }, desk)
                left.removeAll { $0.month.description == month }
            }
            events += try probe.publish(folder + "/" + phase.file) {
                Console.progress("\(phase.file): \($0) of \(phase.count)")
            }
            try probe.settle(messages: false)
            Console.progress("")
            Console.note("  \(phase.file.replacing(".jsonl", with: "")): \(phase.count) events")
            try closeMonths(&isPrepared)
        }
        lines += try take(left, desk)
        try startDaysAfter()
        try closeMonths(&isPrepared)
        return (events, lines)
    }

    /// Two persons close the months that are over; once there is a business date the rest of their work is prepared.
    private func closeMonths(_ isPrepared: inout Bool) throws {
        for month in try incentives.desk.closeMonths() { Console.note("  \(month) is closed: statements are issued") }
        if !isPrepared, try incentives.desk.hasBusinessDate {
            try incentives.prepare()
            isPrepared = true
        }
        try probe.settle(messages: false)
    }

    private func take(_ statements: [SimulatedStatement], _ desk: StatementDesk) throws -> Int {
        guard let month = statements.first?.month else { return 0 }
        var files: [StatementDesk.File] = []
        for statement in statements {
            let path = "\(statementsFolder)/\(statement.file)"
            try desk.fill(path)
            files.append(
                StatementDesk.File(
                    path: path, bank: statement.bank.text,
                    profile: SimulatedBanks.profiles[statement.bank.text].map { "\(statementsFolder)/\($0.file)" }))
        }
        let lines = try desk.take(files)
        try probe.settle(messages: false)
        Console.note("  \(month)-statements: \(files.count) files of banks, \(lines) lines")
        return lines
    }

    /// The business dates on which payments are missed that no statement shows.
    private func startDaysAfter() throws {
        let last = branch.expected.lastDate
        try probe.publish((1...Self.daysAfter).map { BusinessDates.record(last.adding(days: $0)) })
        try probe.settle(messages: false)
        try LocalStack.wait("the statements to be examined", 60) {
            try probe.count(
                PaymentReconcilerService().schema,
                "SELECT count(*) FROM statement_file WHERE NOT examined AND opened_on IS NOT NULL") == 0
        }
        try probe.settle(messages: false)
    }
}
