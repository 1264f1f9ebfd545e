import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import CommissionCalculator

@Suite(.serialized) struct StatementDocumentTests {
    /// domain.md T6 (scheme A) and T9 (scheme B) through the store: 50 members at 36.800.
    @Test(
        arguments: [
            ("2018-03", "A", "638.000", "574.200", "63.800", "500.000", "138.000"),
            ("2022-05", "B", "1.026.000", "1.026.000", "102.600", "750.000", "276.000"),
        ])
    func fiftyMembers(
        _ month: String, _ scheme: String, _ total: String, _ agent: String, _ wadah: String, _ acquisition: String,
        _ contribution: String
    ) throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1)] + bench.members(1...50, agent: 1, on: "\(month)-10"))
        try bench.start("\(CloseBench.month(month).next)-01")
        try bench.close(month)
        let document = try StatementReader.agent(CloseBench.agent(1), CloseBench.month(month), on: bench.connection)
        #expect(try document.sum(\.total).grouped == total)
        #expect(try document.sum(\.agentShare).grouped == agent)
        #expect(try document.sum(\.wadahShare).grouped == wadah)
        #expect(document.scheme == scheme && document.account.carried.grouped == agent)
        let text = try document.rendered(.text)
        for line in [
            "Jumlah insentif", "Bagian agen", "Bagian wadah", "Saldo dibawa ke bulan berikutnya",
            scheme == "A" ? "A, mulai 50 peserta baru" : "B, mulai 25 peserta baru",
            scheme == "A" ? "Juknis Perisai 2017/2018" : "Perdir 13/PERDIR.02/042022",
            "50 dari \(scheme == "A" ? 50 : 25)",
            total, agent, wadah, acquisition, contribution, "1.840.000",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(document.issues[0].groups.flatMap(\.details).count == (scheme == "A" ? 101 : 100))
        let sums = try StatementReader.wadah(WadahID("W-1"), CloseBench.month(month), on: bench.connection)
        #expect(try sums.sum(\.agentShare).grouped == agent && sums.account.due.grouped == wadah)
        for format in StatementFormat.allCases { #expect(try sums.rendered(format).contains("PRS-1")) }
    }

    private func small() throws -> CloseBench {
        let bench = try CloseBench()
        let payment = try bench.payment(3, on: "2022-05-12", 36_805)
        try bench.apply([
            bench.activated(1), bench.enrolled(1, agent: 1, on: "2022-05-09"),
            bench.enrolled(2, agent: 1, on: "2022-05-09", new: false, savings: false),
            bench.enrolled(3, agent: 1, on: "2022-05-10", savings: false),
            .posted(bench.payment(1, on: "2022-05-10")), .posted(bench.payment(2, on: "2022-05-11", 16_800)),
            .posted(payment),
        ])
        try bench.start("2022-06-01")
        try bench.close("2022-05")
        try bench.apply([bench.reversal(of: payment, on: "2022-05-31")])
        try bench.start("2022-07-01")
        try bench.close("2022-06")
        return bench
    }

    @Test func golden() throws {
        let bench = try small()
        let document = try StatementReader.agent(CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection)
        #expect(try document.rendered(.text) == Self.goldenText)
        let first = try StatementReader.agent(
            CloseBench.agent(1), CloseBench.month("2022-05"), sequence: 1, on: bench.connection)
        #expect(first.issues.map(\.sequence) == [1] && first.issues[0].total.amount == -5_521)
        #expect(
            bench.refusal {
                _ = try StatementReader.agent(
                    CloseBench.agent(1), CloseBench.month("2022-05"), sequence: 2, on: bench.connection)
            } == "sequence: PRS-1 has statements 0 to 1 of 2022-05")
    }

    @Test func sameInputSameBytes() throws {
        let bench = try small()
        let read = try StatementReader.agent(CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection)
        let schemes = try EffectiveRows.schemes(on: bench.connection)
        var generator = SeededGenerator("sameInputSameBytes")
        for _ in 0..<20 {
            let issues = read.issues.map { issue in
                StatementIssue(
                    sequence: issue.sequence, issuedOn: issue.issuedOn, newParticipants: issue.newParticipants,
                    contributions: issue.contributions,
                    groups: StatementReader.groups(
                        issue.groups.map { ($0.key, $0.figures) }.shuffled(using: &generator),
                        issue.groups.flatMap(\.details).shuffled(using: &generator), schemes),
                    total: issue.total, agentShare: issue.agentShare, wadahShare: issue.wadahShare)
            }
            let shuffled = StatementDocument(
                agent: read.agent, agentName: read.agentName, wadah: read.wadah, wadahName: read.wadahName,
                branch: read.branch, month: read.month, scheme: read.scheme, regulation: read.regulation,
                newParticipants: read.newParticipants, threshold: read.threshold, issues: issues,
                account: read.account)
            for format in StatementFormat.allCases {
                #expect(try shuffled.rendered(format) == read.rendered(format))
            }
        }
    }

    /// The same events in another order and other batches, on another database, print the same bytes.
    @Test func anyOrderOfEventsPrintsTheSame() throws {
        var texts: Set<String> = []
        var generator = SeededGenerator("anyOrderOfEventsPrintsTheSame")
        let (month, agent) = (try CloseBench.month("2022-05"), try CloseBench.agent(1))
        let maker = try CloseBench()
        let events = try ([maker.activated(1)] + maker.members(1...30, agent: 1, on: "2022-05-10")).map {
            try maker.event($0)
        }
        let date = try maker.event(.dateStarted(BusinessDateStarted(date: CloseBench.day("2022-06-01"))))
        for _ in 0..<3 {
            let bench = try CloseBench()
            var rest = events.shuffled(using: &generator)[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...20, using: &generator)
                #expect(try bench.applier.apply(Array(rest.prefix(size))).isEmpty)
                rest = rest.dropFirst(size)
            }
            #expect(try bench.applier.apply([date]).isEmpty)
            try bench.close("2022-05")
            let document = try StatementReader.agent(agent, month, on: bench.connection)
            texts.insert(try StatementFormat.allCases.map { try document.rendered($0) }.joined())
        }
        #expect(texts.count == 1)
    }

    @Test func formsAreSafe() throws {
        let bench = try small()
        let document = try StatementReader.agent(CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection)
        let page = try document.rendered(.html)
        #expect(page.contains("Made &lt;Wira&gt; &amp; &quot;Co&quot; (PRS-1)") && !page.contains("<Wira>"))
        #expect(page.contains("@page { size: A4") && !page.contains("<script") && !page.contains("http:"))
        let csv = try document.rendered(.csv).split(separator: "\r\n")
        #expect(csv.count == 1 + document.issues.flatMap(\.groups).flatMap(\.details).count)
        #expect(csv[1].hasPrefix("PRS-1,2022-05,0,2022-06-01,B,acquisition,"))
        #expect(csv.contains { $0.contains(",5520.75,") } && csv.contains { $0.contains(",-5520.75,") })
        var cells = CSVText(["a"])
        cells.append(["=1+1", "-5520.75", "-x", "a,b", "\"", "+6281", "-1+1"])
        #expect(cells.text == "a\r\n'=1+1,-5520.75,'-x,\"a,b\",\"\"\"\",'+6281,'-1+1\r\n")
        let json = try document.rendered(.json)
        #expect(json.hasPrefix(#"{"agent_id":"PRS-1","name":"Made <Wira> & \"Co\"","wadah_id":"W-1""#))
        #expect(json.contains(#""amount":"5520.75""#) && json.contains(#""carried_forward":8040"#))
    }

    @Test func whatIsNotKnownIsRefused() throws {
        let bench = try small()
        func refusal(_ agent: Int, _ month: String) -> String {
            bench.refusal {
                _ = try StatementReader.agent(CloseBench.agent(agent), CloseBench.month(month), on: bench.connection)
            }
        }
        #expect(refusal(9, "2022-05") == "agent: PRS-9 is not known")
        #expect(refusal(1, "2022-07").hasPrefix("month: no statement of PRS-1 for 2022-07 is issued"))
        #expect(
            bench.refusal {
                _ = try StatementReader.wadah(WadahID("W-9"), CloseBench.month("2022-05"), on: bench.connection)
            } == "wadah: W-9 is not known")
        #expect(
            bench.refusal {
                _ = try StatementReader.wadah(WadahID("W-1"), CloseBench.month("2022-07"), on: bench.connection)
            } == "month: no statement of an agent of W-1 for 2022-07 is issued")
    }

    /// For every seed: details add up to their lines over all statements of a month, and what is provisional is what was
    /// issued.
    @Test func detailsAddUpAndProvisionalIsWhatIsIssued() throws {
        var generator = SeededGenerator("detailsAddUpAndProvisionalIsWhatIsIssued")
        let bench = try CloseBench(chunk: 3, closing: .automatic)
        let events = Branch(seed: generator.next()).events
        // Agents first: all months are closed in the middle, and what comes after corrects them.
        let agents = events.filter { if case .agentActivated = $0.input { true } else { false } }
        let others = events.filter { if case .agentActivated = $0.input { false } else { true } }
            .shuffled(using: &generator)
        let middle = others.count / 2
        for (half, date) in [(agents + others[..<middle], "2023-01-10"), (Array(others[middle...]), "2023-01-11")] {
            var rest = half[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...60, using: &generator)
                #expect(try bench.applier.apply(Array(rest.prefix(size))).isEmpty)
                rest = rest.dropFirst(size)
                try bench.work()
            }
            try bench.start(date)
        }
        try bench.start("2023-01-12")
        #expect(bench.issued.contains { $0.sequence > 0 })
        for month in Set(bench.issued.map(\.month)).sorted() {
            for one in try Provisional.of(month, on: bench.connection) {
                #expect(one.difference.isEmpty, "\(one.agent) \(month)")
                let document = try StatementReader.agent(AgentID(one.agent), month, on: bench.connection)
                #expect(try document.sum(\.total) == one.figures.total)
                try addUp(document, "\(one.agent) \(month)")
                #expect(document.newParticipants == one.newParticipants)
            }
        }
    }

    private func addUp(_ document: StatementDocument, _ name: String) throws {
        let groups = document.issues.flatMap(\.groups)
        for (key, same) in Dictionary(grouping: groups, by: \.key) {
            let details = same.flatMap(\.details)
            let exact = try details.reduce(MicroRupiah.zero) { try $0.adding($1.amount) }
            #expect(try exact.roundedHalfUp() == Rupiah.sum(of: same.map(\.figures.amount)), "\(name) \(key)")
            #expect(details.reduce(0) { $0 + $1.count } == same.reduce(0) { $0 + $1.figures.count }, "\(name) \(key)")
            guard key.rule != .acquisition else { continue }
            #expect(try Rupiah.sum(of: details.map(\.base)) == Rupiah.sum(of: same.map(\.figures.base)), "\(name)")
        }
    }
}
