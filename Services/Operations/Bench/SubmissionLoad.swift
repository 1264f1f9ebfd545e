import EnrollmentIntake
import Kafka
import PerisaiModels
import Worker

/// Submissions as agents hand them in: of 1,000, 850 are valid and of persons who are not known, 50 of persons whom the
/// same agent has enrolled, 30 of persons whom another agent has, 25 of persons who are too old, 25 with a programme left
/// out, and 20 are employers with five new workers each, who come without an agent.
struct SubmissionLoad: BenchSource {
    /// What must come of them.
    struct Expected: Hashable {
        /// By the codes of the refusal; "" of those accepted.
        var outcomes: [String: Int] = [:]
        var persons = 0
        var employers = 0
    }

    static let workersEach = 5

    let known: Int
    let agents: Int
    let count: Int
    let day: CivilDate
    private let label: String
    private(set) var expected = Expected()
    /// The person who comes next of those who are not known.
    private(set) var fresh: Int64
    private var random: SimulatedRandom
    private var number = 0
    private let branch: BranchCode

    /// `run` parts submissions, persons and firms of one run from those of another.
    init(known: Int, agents: Int, count: Int, run: Int, seed: UInt64, fresh: Int64) throws {
        self.known = known
        self.agents = agents
        self.count = count
        self.fresh = fresh
        label = "B\(seed)-\(run)-"
        day = BenchAgents.month.day(1 + run % 28)
        random = SimulatedRandom(seed: seed &+ UInt64(run) &* 7_919)
        branch = try BranchCode("N00")
    }

    mutating func next(_ limit: Int, send: (OutgoingRecord) throws -> Void) throws -> Int {
        let end = min(count, number + min(limit, count))
        let first = number
        while number < end {
            try send(try record())
            number += 1
        }
        return end - first
    }

    private mutating func record() throws -> OutgoingRecord {
        let draw = random.below(1_000)
        switch draw {
        case ..<850: return try participant(BenchPeople.nik(takeFresh()), agent: anyAgent(), nil)
        case ..<930:
            let person = random.below(known)
            let other = draw < 900 ? 0 : 1
            return try participant(
                BenchPeople.nik(Int64(person)), agent: (person + other) % agents,
                other == 0 ? .alreadyEnrolled : .claimed)
        case ..<955: return try participant(BenchPeople.elder(takeFresh()), agent: anyAgent(), .ageLimit)
        case ..<980:
            return try participant(BenchPeople.nik(takeFresh()), agent: anyAgent(), .programmes, programmes: [.jkk])
        default: return try employer()
        }
    }

    private mutating func takeFresh() -> Int64 {
        defer { fresh += 1 }
        return fresh
    }

    private mutating func anyAgent() -> Int { random.below(agents) }

    private mutating func participant(
        _ nik: Int64, agent: Int, _ refusal: RefusalCode?, programmes: [Programme] = [.jkk, .jkm]
    ) throws -> OutgoingRecord {
        let submitted = ParticipantSubmitted(
            submissionID: try SubmissionID("\(label)\(number)"), agentID: try AgentID(BenchIntakeTables.agentID(agent)),
            nik: try NIK(code: nik), name: "Ni Wayan \(random.pick(Self.names)) \(random.pick(Self.names))",
            phone: try PhoneNumber(code: 628_120_000_000 + Int64(random.below(100_000_000))), programmes: programmes,
            monthlyIncome: Rupiah(1_000_000), occupation: .other, branch: branch, submittedOn: day,
            firstMonth: day.contributionMonth)
        expected.outcomes[refusal?.rawValue ?? "", default: 0] += 1
        if refusal == nil { expected.persons += 1 }
        return event(submitted)
    }

    private mutating func employer() throws -> OutgoingRecord {
        let person = fresh
        let workers = try (0..<Self.workersEach).map { index in
            SubmittedWorker(
                nik: try NIK(code: BenchPeople.nik(takeFresh())), name: "I Made \(random.pick(Self.names))",
                wage: Rupiah(3_000_000 + Int64(index) * 100_000))
        }
        let submitted = EmployerSubmitted(
            submissionID: try SubmissionID("\(label)\(number)"), nib: try NIB(code: 2_000_000_000_000 + person),
            name: "UD \(random.pick(Self.names)) \(number)",
            phone: try PhoneNumber(code: 628_130_000_000 + Int64(random.below(100_000_000))), size: .micro,
            riskClass: .low, branch: branch, workers: workers, submittedOn: day, firstMonth: day.contributionMonth)
        expected.outcomes["", default: 0] += 1
        expected.persons += Self.workersEach
        expected.employers += 1
        return event(submitted)
    }

    private mutating func event<Data: EventData>(_ data: Data) -> OutgoingRecord {
        let time = BenchAgents.time(on: day, number: number)
        return EventRecord.make(
            EventAttributes(id: random.uuid(at: time).text, source: "/wadah/bench", type: Data.type, time: time), data)
    }

    private static let names = [
        "Adnyani", "Agustini", "Artini", "Asih", "Ayu", "Dewi", "Eka", "Indrawati", "Kartika", "Kusuma", "Lestari",
        "Mahayani", "Murni", "Parwati", "Puspa", "Rai", "Ratna", "Sari", "Suastini", "Sukerti", "Sulastri", "Trisna",
        "Wahyuni", "Widiasih",
    ]
}
