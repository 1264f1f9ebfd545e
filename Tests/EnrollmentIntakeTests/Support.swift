import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// One cluster for the suite, a database for each test.
enum Cluster {
    private static let shared = TestCluster(settings: ["deadlock_timeout": "100ms"])

    static func newDatabase() throws -> String { try shared.newDatabase() }
}

/// The service on a database of its own.
struct Bench {
    let url: String
    let connection: Connection
    let applier: BatchApplier<EnrollmentIntakeService>

    init(_ settings: EnrollmentSettings = .init(), url: String? = nil) throws {
        let url = try url ?? Cluster.newDatabase()
        self.url = url
        connection = try Connection(ConnectionSettings(url: url, schema: "enrollment_intake"))
        applier = try BatchApplier(service: EnrollmentIntakeService(settings: settings), connection: connection)
    }

    func apply(_ inputs: EnrollmentInput...) throws -> [PublishedEvent] {
        try applier.apply(inputs.map { Make.event($0) })
    }

    /// All rows of the service, in order; the last answers' wording of a permit too.
    func rows() throws -> String {
        try [
            "participant WHERE kpj IS NOT NULL", "agent", "submission", "parked_submission", "employer",
            "employer_worker", "permit", "kpj_counter", "npp_counter", "business_date",
        ].map { table in
            let sql =
                "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM (SELECT * FROM \(table)) t"
            return "\(table):\n" + (try connection.query(Statement("dump \(table)", sql)).text(0, 0))
        }.joined(separator: "\n")
    }
}

extension PublishedEvent {
    /// "agent-activated".
    var kind: String { String(type.dropFirst("id.perisai.".count).dropLast(".v1".count)) }

    func read<Data: EventData>(_ type: Data.Type = Data.self) throws -> Data {
        try data.withUnsafeBytes { try Data.read(bytes: $0) }
    }

    /// Codes of a refusal or of a held permit.
    func codes() throws -> [String] {
        switch kind {
        case "agent-refused": try read(AgentRefused.self).reasons.map(\.code)
        case "submission-refused": try read(SubmissionRefused.self).reasons.map(\.code)
        case "permit-held": try read(PermitHeld.self).missing.map(\.code.rawValue)
        default: []
        }
    }
}

/// Sample facts.
enum Make {
    static func date(_ text: String) -> CivilDate { CivilDate(parsing: text) ?? .earliest }
    static func month(_ text: String) -> ContributionMonth { ContributionMonth(parsing: text) ?? .earliest }

    /// NIKs of Denpasar, all different.
    static func nik(_ number: Int, born: String = "010180") throws -> NIK {
        let padded = String(10_000 + number / 99 + 1).suffix(4)
        return try NIK("5171\(String(100 + number % 99 + 1).suffix(2))\(born)\(padded)")
    }

    static func nib(_ number: Int) throws -> NIB { try NIB(code: 9_120_000_000_000 + Int64(number)) }

    static func event(_ input: EnrollmentInput, partition: Int32 = 0, id: String = UUID().uuidString)
        -> Event<EnrollmentInput>
    {
        Event(
            key: EventKey.of(source: "test", id: id),
            time: Instant(date("2018-03-01"), secondsFromMidnight: 0, in: .wita)
                ?? .earliest, partition: partition, input: input)
    }

    static func applied(
        _ id: String = "A-1", nik: Int = 1, bank: BankCode = .bni, holder: String? = nil, device: Bool = true,
        on: String = "2018-02-06"
    ) throws -> AgentApplied {
        AgentApplied(
            agentID: try AgentID(id), wadahID: try WadahID("W-1"), branch: try BranchCode("DPS"),
            name: "I Made Wirawan", nik: try Self.nik(nik), phone: try PhoneNumber("081234567890"), bank: bank,
            accountNumber: try AccountNumber("0123456789"), accountHolder: holder ?? "I MADE  WIRAWAN",
            hasDevice: device, appliedOn: date(on))
    }
    static func trained(_ id: String = "A-1", on: String = "2018-02-07") throws -> AgentTrained {
        AgentTrained(agentID: try AgentID(id), trainedOn: date(on))
    }
    static func examined(_ id: String = "A-1", passed: Bool = true, on: String = "2018-02-08") throws -> AgentExamined {
        AgentExamined(agentID: try AgentID(id), passed: passed, examinedOn: date(on))
    }
    static func signed(_ id: String = "A-1", wadah: String = "W-1", on: String = "2018-02-09") throws -> AgentSigned {
        AgentSigned(
            agentID: try AgentID(id), wadahID: try WadahID(wadah), signedOn: date(on), contractUntil: date("2021-02-08")
        )
    }

    static func participant(
        _ submission: String, nik: NIK, agent: String? = nil, programmes: [Programme] = [.jkk, .jkm],
        income: Int64 = 1_000_000, on: String = "2018-02-05", first: String? = nil
    ) throws -> ParticipantSubmitted {
        ParticipantSubmitted(
            submissionID: try SubmissionID(submission), agentID: try agent.map { try AgentID($0) }, nik: nik,
            name: "Ni Luh Sari", programmes: programmes, monthlyIncome: Rupiah(income), occupation: .other,
            branch: try BranchCode("DPS"), submittedOn: date(on), firstMonth: month(first ?? String(on.prefix(7))))
    }

    static func employer(
        _ submission: String, agent: String? = nil, nib: NIB? = nil, niks: [NIK], wages: [Int64] = [2_000_000],
        on: String = "2018-03-01", size: EmployerSize = .micro, first: String? = nil
    ) throws -> EmployerSubmitted {
        EmployerSubmitted(
            submissionID: try SubmissionID(submission), agentID: try agent.map { try AgentID($0) }, nib: nib,
            name: "Warung Sari", size: size, riskClass: .veryLow, branch: try BranchCode("DPS"),
            workers: niks.enumerated().map { index, nik in
                SubmittedWorker(nik: nik, name: "Pekerja", wage: Rupiah(wages[index % wages.count]))
            }, submittedOn: date(on), firstMonth: month(first ?? String(on.prefix(7))))
    }

    static func permit(
        _ id: String, nib: NIB, office: String = "PTSP-DPS", npp: NPP? = nil, declared: Int = 2, listed: [NIK]? = nil,
        on: String = "2018-03-05"
    ) throws -> PermitApplied {
        PermitApplied(
            applicationID: try ApplicationID(id), office: try OfficeCode(office), kind: .new, nib: nib, npp: npp,
            employerName: "Warung Sari", workersDeclared: declared,
            readiness: listed.map { ReadinessStatement(signedOn: date(on), workers: $0) }, appliedOn: date(on))
    }
    static func withdrawn(_ id: String, nib: NIB) throws -> PermitWithdrawn {
        PermitWithdrawn(
            applicationID: try ApplicationID(id), office: try OfficeCode("PTSP-DPS"), nib: nib,
            withdrawnOn: date("2018-03-06"))
    }

    /// Everything that makes A-`id` active, its own registration included.
    static func activeAgent(_ id: String = "A-1", nik: Int = 1) throws -> [EnrollmentInput] {
        [
            .participant(try participant("self-\(id)", nik: try Self.nik(nik))),
            .agentApplied(try applied(id, nik: nik)),
            .agentTrained(try trained(id)), .agentExamined(try examined(id)), .agentSigned(try signed(id)),
        ]
    }
}
