import ArgumentParser
import EnrollmentIntake
import PerisaiModels
import Postgres

struct PermitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permits",
        abstract: "Permit applications of the PTSP offices: who waits for what, and until when.",
        subcommands: [List.self, Show.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Applications, those with the nearest deadline first.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only of this office, such as PTSP-DPS.") var office: String?
        @Option(help: "Only held, cleared, issued or closed.") var state: String?
        @Flag(help: "Only held ones whose deadline has passed.") var overdue = false
        @Option(help: "Most applications.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...PermitDesk.mostItems).contains(limit) else {
                throw ValidationError("--limit must lie between 1 and \(PermitDesk.mostItems)")
            }
            _ = try filter()
        }

        func filter() throws -> PermitDesk.Filter {
            var filter = PermitDesk.Filter()
            do { filter.office = try office.map { try OfficeCode($0) } } catch { throw ValidationError("\(error)") }
            filter.isOverdue = overdue
            if let state {
                let stages: [PermitStage] = [.held, .cleared, .issued, .closed]
                guard let stage = stages.first(where: { "\($0)" == state }) else {
                    throw ValidationError("--state must be held, cleared, issued or closed")
                }
                guard !overdue || stage == .held else { throw ValidationError("--overdue is for held applications") }
                filter.stage = stage
            }
            return filter
        }

        func run() throws {
            let connection = try database.enrollment()
            defer { connection.close() }
            let today = try PermitDesk.today(on: connection)
            let items = try PermitDesk.list(filter(), limit: limit, on: connection)
            PermitsList.table(of: items, today: today).print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One application: the firm, what was declared, the last answer and its dates.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Code of the PTSP office.") var office: String
        @Argument(help: "The office's own number of the application.") var application: String

        func validate() throws {
            do { _ = try (OfficeCode(office), ApplicationID(application)) } catch { throw ValidationError("\(error)") }
        }

        func run() throws {
            let connection = try database.enrollment()
            defer { connection.close() }
            let found = try PermitDesk.find(ApplicationID(application), office: OfficeCode(office), on: connection)
            guard !found.isEmpty else { throw OperationsError("\(office) has no application \(application)") }
            let today = try PermitDesk.today(on: connection)
            Console.out(found.map { PermitsList.text(of: $0, today: today) }.joined(separator: "\n\n"))
        }
    }
}
