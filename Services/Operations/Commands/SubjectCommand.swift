import ArgumentParser
import EnrollmentIntake
import Foundation
import Kafka
import PerisaiModels
import Postgres
import Worker

struct SubjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subject",
        abstract: "A person's data on request: shown, corrected, erased (UU 27/2022).",
        discussion: """
            A NIK on the command line stands in the process list and the shell's history: give - and write it to \
            standard input instead. A request must be met within 3 x 24 hours: perisai subject requests.
            """,
        subcommands: [Show.self, Correct.self, Erase.self, Requests.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Everything that is held about a person; who has looked, and why, is written down.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "NIK or KPJ; - reads it from standard input.") var subject: String
        @Option(help: "Why, without a NIK.") var reason: String
        @Flag(help: "In clear; otherwise names and numbers are masked.") var clear = false
        @Flag(help: "Print JSON.") var json = false

        func validate() throws { _ = try wrongUse { try DeskReason(reason) } }

        func run() throws {
            let report = try database.subject(SubjectArgument(subject))
            let registry = try database.connect(schema: SubjectTable.enrollment)
            defer { registry.close() }
            try SubjectDesk(connection: registry).note(
                access: actor.name(), reason: DeskReason(reason), kpj: report.kpj)
            Console.out(json ? report.json(clear: clear) : report.text(clear: clear))
        }
    }

    struct Correct: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks that a person's name or phone number be corrected.",
            discussion: """
                A NIK is never corrected this way: another NIK is another person until Dukcapil says otherwise. End \
                the membership and enrol the person anew.
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The NIK; - reads it from standard input.") var nik: String
        @Option(help: "The name as it is right.") var name: String?
        @Option(help: "The phone number as it is right.") var phone: String?

        func validate() throws {
            guard name != nil || phone != nil else { throw ValidationError("give --name, --phone or both") }
            do { _ = try phone.map { try PhoneNumber($0) } } catch { throw ValidationError("\(error)") }
        }

        func run() throws {
            try SubjectSender(database: database, kafka: kafka).send(nik, by: actor.name()) { id, nik, date, by in
                SubjectCorrectionAsked(
                    requestID: id, nik: nik, name: name, phone: try phone.map { try PhoneNumber($0) }, askedOn: date,
                    askedBy: by)
            }
        }
    }

    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks that a person's data be erased; two persons are needed.",
            discussion: """
                With --dry-run only what would go, table by table. The registry decides: a membership or agency that \
                goes on, or ended less than the retention ago, refuses (perisai subject requests says with which code).
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The NIK; - reads it from standard input.") var nik: String
        @Option(help: "Who else has looked at the plan and agrees.") var approvedBy: String?
        @Flag(help: "Only say what would go.") var dryRun = false

        func validate() throws {
            guard !dryRun else { return }
            guard let approvedBy else {
                throw ValidationError("someone else must agree: --approved-by, after --dry-run")
            }
            let second = try wrongUse { try OperatorName(approvedBy) }
            guard try !second.isSamePerson(as: actor.name()) else {
                throw ValidationError("--approved-by must name someone else than --by")
            }
        }

        func run() throws {
            let argument = try SubjectArgument(nik)
            guard case .nik(let number) = argument else { throw OperationsError("an erasure is asked for by the NIK") }
            let report = try database.subject(argument)
            Console.out(report.parts.isEmpty ? "nothing is held under this number" : report.plan.text)
            guard !dryRun, let approvedBy else { return }
            let second = try OperatorName(approvedBy)
            try SubjectSender(database: database, kafka: kafka).send(
                number.text, by: actor.name(), approvedBy: second, kpj: report.kpj
            ) { id, nik, date, by in
                SubjectErasureAsked(
                    requestID: id, nik: nik, askedOn: date, askedBy: by, approvedBy: second.text)
            }
        }
    }

    struct Requests: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Requests with their deadline of 3 x 24 hours, the latest first; exit code 1 when one is overdue."
        )

        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Only those that are not decided.") var open = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let registry = try database.connect(schema: SubjectTable.enrollment)
            defer { registry.close() }
            let requests = try SubjectDesk(connection: registry).requests(all: !open) {
                try database.connect(schema: $0)
            }
            var table = Table([
                .init("Request"), .init("Kind"), .init("KPJ"), .init("Asked (WIB)", "asked_at"),
                .init("Deadline (WIB)", "deadline"), .init("State"), .init("Done in"),
            ])
            for request in requests {
                table.append([
                    request.id, request.kind, request.kpj, request.askedAt, request.deadline, request.state,
                    request.doneIn,
                ])
            }
            table.print(json: json)
            let late = requests.count { $0.state == "OVERDUE" }
            if late > 0 { throw OperationsError("\(late) requests are overdue") }
        }
    }
}

/// Takes a request in and publishes it.
private struct SubjectSender {
    let database: DatabaseOptions
    let kafka: KafkaOptions

    func send<Data: EventData>(
        _ text: String, by person: OperatorName, approvedBy: OperatorName? = nil, kpj: KPJ? = nil,
        _ make: (SubmissionID, NIK, CivilDate, String) throws -> Data
    ) throws {
        guard case .nik(let nik) = try SubjectArgument(text) else { throw OperationsError("give the NIK") }
        let registry = try database.connect(schema: SubjectTable.enrollment)
        defer { registry.close() }
        let desk = SubjectDesk(connection: registry)
        let id = try SubmissionID("SR-" + UUID().text)
        let event = try make(id, nik, desk.askedOn(), person.text)
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) ?? .earliest
        let attributes = EventAttributes(id: id.text, source: "/perisai/subject", type: Data.type, time: now)
        try desk.take(
            id, isErasure: event is SubjectErasureAsked, by: person, approvedBy: approvedBy, kpj: kpj
        ) {
            let producer = try Producer(configuration: kafka.producer())
            defer { producer.close() }
            try producer.send(EventRecord.make(attributes, event))
            try producer.awaitAcknowledgements(within: .seconds(60))
        }
        Console.out("request \(id.text) is handed on: perisai subject requests")
    }
}

extension DatabaseOptions {
    fileprivate func subject(_ argument: SubjectArgument) throws -> SubjectReport {
        try SubjectReport.read(argument) { try connect(schema: $0, statementTimeout: .seconds(300)) }
    }
}
