import ArgumentParser
import BankStatements
import CommissionCalculator
import Foundation
import PerisaiModels
import Worker

extension PayoutsCommand {
    enum ExportFormat: String, ExpressibleByArgument, CaseIterable { case pain001, csv }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the bank file of a run: ISO 20022 pain.001.001.03, or CSV.",
            discussion: """
                RUN is the id of the approved proposal: of a payout, or of a payout made again. The same run gives the \
                same file, with the same ids, on the same business date. Once a bank has answered, the run is not \
                written again, so that nothing is paid twice by hand.
                """)

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The run's id, or its first 8 digits and more.") var runID: String
        @Option(help: "pain001 or csv.") var format = ExportFormat.pain001
        @Option(help: "The file to write, readable by you alone (default: standard output).", completion: .file())
        var out: String?
        @Flag(help: "For the archive: though a bank has answered already.") var answered = false

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(runID) } }

        func run() throws {
            let connection = try database.commissions()
            defer { connection.close() }
            let id = try PayoutRegister(connection).run(IdentifierPrefix(runID))
            let file = try PayoutFile(run: id, on: connection)
            guard file.answered == 0 || answered else {
                throw OperationsError(
                    "\(file.answered) of \(file.lines.count) instructions of this run are answered or made again: "
                        + "it went to the bank before (--answered writes it for the archive)")
            }
            let transfers = try Self.transfers(file)
            let bytes = format == .csv ? transfers.csv : transfers.pain001
            try file.noteExport(on: connection)
            if let out {
                try Self.write(bytes, to: out)
            } else {
                FileHandle.standardOutput.write(Data(bytes))
            }
            Console.note(
                "\(transfers.instructions.count) instructions, \(transfers.sum), to be paid on \(transfers.executeOn)")
        }

        static func transfers(_ file: PayoutFile) throws -> CreditTransfers {
            do {
                return try CreditTransfers(
                    messageID: PayoutReference.message(file.runID), paymentID: PayoutReference.payment(file.runID),
                    createdAt: file.approvedAt, executeOn: file.executeOn,
                    debtor: .init(
                        name: file.debtor.name, bank: file.debtor.bank, number: file.debtor.account,
                        bic: file.debtor.bic),
                    instructions: file.lines.map { line in
                        .init(
                            endToEndID: line.endToEnd,
                            creditor: .init(
                                name: line.account.holder, bank: line.account.bank, number: line.account.number),
                            amount: line.net, remittance: line.remittance)
                    })
            } catch { throw OperationsError("the bank file: \(error)") }
        }

        /// Full account numbers are in it: nobody else may read it, and no other file is written over by mistake.
        private static func write(_ bytes: [UInt8], to path: String) throws {
            guard !FileManager.default.fileExists(atPath: path) else {
                throw OperationsError("--out: \(path) exists already")
            }
            let isMade = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            guard isMade, let handle = FileHandle(forWritingAtPath: path) else {
                throw OperationsError("--out: \(path) cannot be written")
            }
            try handle.write(contentsOf: Data(bytes))
            try handle.close()
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a bank's report on payouts: pain.002, camt.054 with returns, or CSV.",
            discussion: """
                CSV has a header with end_to_end_id and status (paid, rejected, returned; ISO codes and Indonesian words \
                are understood), perhaps reason and amount. The commission-calculator applies what is final. Each line of \
                which nothing can follow is named, and kept where it can be read; the exit code is then 1. The same file again changes nothing.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The file.", completion: .file()) var file: String
        @Option(help: "pain002, camt054 or csv.") var format: PaymentStatusFormat
        @Flag(help: "Only say what would be taken.") var dryRun = false

        func run() throws {
            let read = try PaymentStatusReader.read(path: file, format: format)
            let connection = try database.commissions()
            defer { connection.close() }
            let summary = try PayoutReports(connection).take(
                read.statuses.map(Self.line), file: URL(fileURLWithPath: file).lastPathComponent, sha256: read.sha256,
                by: actor.name(), dryRun: dryRun)
            for fault in read.faults.prefix(Self.shown) { Console.note("\(file) \(fault)") }
            for one in summary.unknown.prefix(Self.shown) { Console.note("\(file) line \(one.line): \(one.reason)") }
            let counts = PayoutReportStatus.allCases.map { "\(summary.waiting[$0, default: 0]) \($0.rawValue)" }
            Console.out(
                "\(dryRun ? "would be taken" : "taken"): " + counts.joined(separator: ", ")
                    + ", \(summary.pending) pending, \(summary.takenBefore) taken before")
            let refused = read.faults.count + summary.unknown.count
            guard refused == 0 else {
                throw OperationsError(
                    "\(refused) lines tell of nothing that is known: perisai payouts list --conflicts")
            }
        }

        /// Most lines that are shown; all of them are kept.
        private static let shown = 1_000

        static func line(_ status: PaymentStatus) -> PayoutReportLine {
            let final: PayoutReportStatus? =
                switch status.outcome {
                case .paid: .paid
                case .rejected: .rejected
                case .returned: .returned
                case .pending, .unknown: nil
                }
            return PayoutReportLine(
                line: status.line, reference: status.reference, bankStatus: status.code, status: final,
                isPending: status.outcome == .pending, amount: status.amount, reason: status.reason)
        }
    }
}

extension PaymentStatusFormat: ExpressibleByArgument {}
