import ArgumentParser
import EnrollmentIntake
import PerisaiModels
import Postgres

struct EnforcementCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enforcement",
        abstract: "Employers that are called to account: warnings, fine, withheld services, inspectors, prosecutor.",
        discussion: "The ladder, its deadlines and grounds: docs/enforcement.md.",
        subcommands: [List.self, Show.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Open cases, the most pressing first.")

        @OptionGroup var database: DatabaseOptions
        @Option(help: "Only this stage, such as warned-once; clear lists those that are settled.")
        var stage: EnforcementStage?
        @Option(help: "Only this breach: arrears, not_registered or partial.") var breach: EnforcementBreach?
        @Option(help: "Only those whose deadline ends on this day or before, YYYY-MM-DD.") var dueBy: CivilDate?
        @Option(help: "Most cases.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...EnforcementReport.mostCases).contains(limit) else {
                throw ValidationError("--limit must lie between 1 and \(EnforcementReport.mostCases)")
            }
        }

        func run() throws {
            let connection = try database.connect(schema: EnrollmentIntakeService().schema)
            defer { connection.close() }
            var filter = EnforcementReport.Filter()
            filter.stage = stage
            filter.breach = breach
            filter.dueBy = dueBy
            filter.limit = limit
            let cases = try EnforcementReport.list(filter, connection)
            guard !cases.isEmpty || json else { return Console.out("no such cases") }
            EnforcementText.table(cases).print(json: json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One employer's case with its file: every step, its deadline and its legal ground.")

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "NPP (8 digits, and -DDD for a division), or NIB (13 digits) of a firm not registered.")
        var employer: String
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try subject() }

        func subject() throws -> EnforcementSubject {
            do {
                return employer.utf8.count == NIB.digitCount
                    ? .business(try NIB(employer)) : .employer(try NPP(employer))
            } catch { throw ValidationError("\(error)") }
        }

        func run() throws {
            let connection = try database.connect(schema: EnrollmentIntakeService().schema)
            defer { connection.close() }
            guard let (found, steps) = try EnforcementReport.of(subject(), connection) else {
                throw OperationsError("\(employer) has never been called to account")
            }
            Console.out(json ? EnforcementText.json(found, steps) : EnforcementText.text(found, steps))
        }
    }
}

/// Cases for people, or as JSON.
enum EnforcementText {
    static func table(_ cases: [EnforcementCase]) -> Table {
        var table = Table([
            .init("NPP"), .init("NIB"), .init("Name"), .init("Case", number: true), .init("Breaches"), .init("Stage"),
            .init("Since"), .init("Deadline"), .init("Months", number: true), .init("Arrears", number: true),
            .init("Late fines", number: true), .init("Sanction fine", number: true), .init("Offices"),
        ])
        for found in cases {
            table.append([
                found.npp?.text ?? "", found.nib?.text ?? "", found.name, "\(found.number)", breaches(found),
                found.stage.word, "\(found.stageOn)", found.deadline?.description ?? "", "\(found.unpaidMonths)",
                "\(found.arrears.amount)", "\(found.lateFines.amount)", "\(found.sanctionFine.amount)",
                offices(found),
            ])
        }
        return table
    }

    static func file(_ steps: [EnforcementReport.Step]) -> Table {
        var table = Table([
            .init("Case", number: true), .init("Step"), .init("On"), .init("Deadline"), .init("Legal ground"),
            .init("Arrears", number: true), .init("Sanction fine", number: true),
        ])
        for step in steps {
            table.append([
                "\(step.number)", step.step.rawValue, "\(step.on)", step.deadline?.description ?? "",
                step.legalGround, "\(step.arrears.amount)", "\(step.fine.amount)",
            ])
        }
        return table
    }

    static func text(_ found: EnforcementCase, _ steps: [EnforcementReport.Step]) -> String {
        var lines = [
            "\(found.name): case \(found.number), \(found.caseID.text)",
            "Stage \(found.stage.word) since \(found.stageOn), opened on \(found.openedOn)",
        ]
        if found.stage != .clear {
            lines.append("For \(breaches(found)); deadline \(found.deadline?.description ?? "none by itself")")
            lines.append(
                "\(found.unpaidMonths) months unpaid: contributions \(found.arrears), late fines \(found.lateFines), "
                    + "sanction fine \(found.sanctionFine)")
        }
        if !found.offices.isEmpty { lines.append("Services withheld by \(offices(found))") }
        return (lines + ["", file(steps).text]).joined(separator: "\n")
    }

    static func json(_ found: EnforcementCase, _ steps: [EnforcementReport.Step]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("case_id", found.caseID)
        writer.name("case" as String)
        table([found]).write(to: &writer)
        writer.name("steps" as String)
        file(steps).write(to: &writer)
        writer.endObject()
        return writer.text
    }

    private static func breaches(_ found: EnforcementCase) -> String {
        EnforcementBreach.allCases.filter(found.breaches.contains).map(\.rawValue).joined(separator: ", ")
    }

    private static func offices(_ found: EnforcementCase) -> String {
        found.offices.sorted().map(\.text).joined(separator: ", ")
    }
}

extension EnforcementBreach: ExpressibleByArgument {}

extension EnforcementStage: ExpressibleByArgument {
    public init?(argument: String) { self.init(word: argument) }
    public static var allValueStrings: [String] { allCases.map(\.word) }
}
