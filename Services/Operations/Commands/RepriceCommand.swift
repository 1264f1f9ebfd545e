import ArgumentParser
import Foundation
import PaymentReconciler
import PerisaiModels
import Worker

struct RepriceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reprice",
        abstract: "Has months already open computed again, after a change of rates.",
        discussion: """
            Only asks: the reconciler's leader does it, in chunks, with the rates of the version that runs. What was \
            paid beyond a lower amount becomes credit and fills the next months (PP 50/2025). Lapsed and exited payers \
            are skipped and counted: see `perisai cover --progress`.
            """)

    @OptionGroup var database: DatabaseOptions

    @Option(help: "The first month to compute again, YYYY-MM.")
    var from: String

    @Option(help: "Who asks: 2 to 64 characters.")
    var by: String

    func validate() throws {
        guard ContributionMonth(parsing: from) != nil else { throw ValidationError("--from must be YYYY-MM") }
        guard (2...64).contains(by.count) else { throw ValidationError("--by needs 2 to 64 characters") }
    }

    func run() throws {
        guard let month = ContributionMonth(parsing: from) else { throw ValidationError("--from must be YYYY-MM") }
        let connection = try database.connect(schema: PaymentReconcilerService().schema)
        defer { connection.close() }
        // A person asks now: the moment only orders requests and dates them.
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) ?? .earliest
        let isNew = try connection.transaction {
            try AuditChain.appendPerson(
                #"{"action":"reprice","from":"\#(month)","by":"\#(by.filter { $0 != "\"" && $0 != "\\" })"}"#,
                on: connection)
            return try RepricingJob.request(id: UUID(), from: month, by: by, at: now, connection)
        }
        Console.out(isNew ? "asked for: months from \(month) on" : "already asked for: months from \(month) on")
    }
}
