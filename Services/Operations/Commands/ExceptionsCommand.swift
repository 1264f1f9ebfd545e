import ArgumentParser
import Foundation
import PaymentReconciler
import PerisaiModels
import Postgres
import Worker

struct ExceptionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exceptions",
        abstract: "The queue of payments that someone has to look at.",
        discussion: """
            Money moves by two persons: one proposes, another approves; the database refuses the same one. The \
            reconciler applies what is approved. Who acts is named by --by, or by PERISAI_OPERATOR.
            """,
        subcommands: [
            List.self, Show.self, Proposals.self, Assign.self, Propose.self, Approve.self, Reject.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open exceptions, the most pressing first, and their sums by code.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only this code, such as UNKNOWN_PAYER.") var code: String?
        @Option(help: "Only this owner's.") var owner: String?
        @Flag(help: "Only those past their deadline.") var overdue = false
        @Option(help: "Only those opened more than so many days ago.") var olderThan: Int?
        @Option(help: "Most exceptions; the sums count all.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...ExceptionQueue.mostItems).contains(limit) else {
                throw ValidationError("--limit must lie between 1 and \(ExceptionQueue.mostItems)")
            }
            if let olderThan, !(0...36_500).contains(olderThan) {
                throw ValidationError("--older-than must lie between 0 and 36500")
            }
            _ = try filter()
        }

        func filter() throws -> ExceptionQueue.Filter {
            var filter = ExceptionQueue.Filter()
            if let code {
                guard let known = ExceptionCode(rawValue: code.uppercased()) else {
                    let all = ExceptionCode.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("\(code) is no code; there are \(all)")
                }
                filter.code = known
            }
            filter.owner = try owner.map { text in try wrongUse { try OperatorName(text).text } }
            filter.overdue = overdue
            filter.olderThanDays = olderThan
            return filter
        }

        func run() throws {
            let connection = try database.reconciler()
            defer { connection.close() }
            let filter = try filter()
            let today = try ExceptionQueue.today(on: connection)
            let items = try ExceptionQueue.open(filter, today: today, limit: limit, on: connection)
            let sums = try ExceptionQueue.sums(filter, today: today, on: connection)
            ExceptionList(today: today, items: items, sums: sums).print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One exception: its payment, where the money is, candidates, proposals, history.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The exception's id, or its first 8 digits and more.") var id: String

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(id) } }

        func run() throws {
            let connection = try database.reconciler()
            defer { connection.close() }
            let found = try ExceptionQueue.caseID(IdentifierPrefix(id), on: connection)
            let story = try ExceptionStory(found, on: connection)
            Console.out(ExceptionList.text(of: story, today: try ExceptionQueue.today(on: connection)))
        }
    }

    struct Proposals: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What waits for a second person.")

        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.reconciler()
            defer { connection.close() }
            ExceptionList.table(of: try ExceptionStory.openProposals(on: connection)).print(json: json)
        }
    }
}

extension DatabaseOptions {
    /// A connection to the tables of the reconciler.
    func reconciler() throws -> Connection { try connect(schema: PaymentReconcilerService().schema) }
}
