import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// Each code about agents, produced by what it says.
@Suite struct AgentCodesTests {
    /// What is told when an application with one thing wrong is signed.
    private func refusal(
        _ change: (inout AgentApplied) -> Void = { _ in }, signed: EnrollmentInput? = nil, passed: Bool = true
    ) throws -> [String] {
        let bench = try Bench()
        var applied = try Make.applied()
        change(&applied)
        var told = try bench.told(.participant(try Make.participant("own", nik: try Make.nik(1))))
        told += try bench.told(.agentApplied(applied))
        told += try bench.told(.agentTrained(try Make.trained()))
        told += try bench.told(.agentExamined(try Make.examined(passed: passed)))
        told += try bench.told(signed ?? .agentSigned(try Make.signed()))
        return Array(told.dropFirst())
    }

    @Test func theGates() throws {
        #expect(try refusal() == ["agent-activated", "papers 2018-02-09 2021-02-08"])
        let bank = try BankCode("014")
        #expect(try refusal({ $0.bank = bank }) == ["BANK_NOT_DESIGNATED"])
        #expect(try refusal({ $0.accountHolder = "Orang Lain" }) == ["ACCOUNT_NOT_OWN_NAME"])
        #expect(try refusal({ $0.hasDevice = false }) == ["NO_DEVICE"])
        #expect(try refusal(passed: false) == ["EXAM_FAILED"])
        let other = AgentFacts.signed
        #expect(try refusal(signed: other("2018-02-09", "2021-02-08", nil, "W-2")) == ["WADAH_MISMATCH"])
        #expect(try refusal(signed: other("2018-02-09", "2018-02-08", nil, "W-1")) == ["CONTRACT_PERIOD"])
    }

    /// Three years and three agents until March 2022, one year and five from April (S04).
    @Test(arguments: [
        ("2018-02-09", "2021-02-09", 3, ""), ("2018-02-09", "2021-02-10", 3, "CONTRACT_TERM"),
        ("2018-02-09", "2021-02-08", 2, "WADAH_MINIMUM"), ("2022-03-31", "2025-03-31", 3, ""),
        ("2022-04-01", "2023-04-01", 5, ""), ("2022-04-01", "2023-04-02", 5, "CONTRACT_TERM"),
        ("2022-04-01", "2023-03-31", 4, "WADAH_MINIMUM"),
        ("2022-04-01", "2024-03-31", 4, "CONTRACT_TERM,WADAH_MINIMUM"),
    ])
    func theContract(on: String, until: String, listed: Int, code: String) throws {
        let told = try refusal(signed: AgentFacts.signed(on, until: until, listed: listed))
        #expect(told == (code.isEmpty ? ["agent-activated", "papers \(on) \(until)"] : [code]))
    }

    /// The wadah is told why; the agent stays active under the contract that runs.
    @Test func aRenewalAgainstTheRulesChangesNothing() throws {
        let (bench, _) = try Bench.withAgent()
        let long = try bench.apply(AgentFacts.signed("2021-02-01", until: "2024-02-02"))
        let refused = try #require(long.first).read(AgentRefused.self)
        #expect(refused.reasons.map(\.code) == ["CONTRACT_TERM"])
        #expect(refused.reasons[0].text.hasSuffix("Perjanjian yang berjalan tetap berlaku sampai 2021-02-08."))
        #expect(refused.decidedOn == Make.date("2021-02-01"))
        #expect(try bench.told(AgentFacts.signed("2021-02-01", until: "2024-02-01", listed: 2)) == ["WADAH_MINIMUM"])
        #expect(try bench.handIn(1, on: "2021-02-08") == "participant-enrolled")
        #expect(try bench.handIn(2, on: "2021-02-09") == "AGENT_NOT_ACTIVE")
        #expect(
            try bench.told(AgentFacts.signed("2021-02-01", until: "2024-02-01", listed: 3)) == [
                "papers 2021-02-01 2024-02-01"
            ])
        #expect(try bench.handIn(3, on: "2021-02-09") == "participant-enrolled")
        // Another wadah's contract; an old one again is no news.
        #expect(
            try bench.told(AgentFacts.signed("2021-03-01", until: "2024-02-01", wadah: "W-2")) == ["WADAH_MISMATCH"])
        #expect(try bench.told(AgentFacts.signed("2018-02-01", until: "2024-02-01", wadah: "W-2")).isEmpty)
        // What is not longer renews nothing.
        #expect(try bench.told(AgentFacts.signed("2021-02-01", until: "2023-02-01")).isEmpty)
    }

    @Test func employeesOfTheFund() throws {
        #expect(try refusal({ $0.isStaff = true }) == ["AGENT_IS_STAFF"])
        // Listed before the application is decided, up to its day, and after the employment.
        for (since, until, code) in [
            ("2010-01-01", nil, "AGENT_IS_STAFF"), ("2018-02-08", nil, "AGENT_IS_STAFF"),
            ("2010-01-01", "2018-02-06", "AGENT_IS_STAFF"), ("2010-01-01", "2018-02-05", nil),
        ] as [(String, String?, String?)] {
            let bench = try Bench()
            var told = try bench.told(AgentFacts.listed(since, until: until))
            for fact in try Make.activeAgent() { told += try bench.told(fact) }
            #expect(told.contains("AGENT_IS_STAFF") == (code != nil), "\(since) \(until ?? "")")
            #expect(told.contains("agent-activated") == (code == nil))
        }
    }

    /// A worker of the fund's own NPP.
    @Test func workersOfTheFundsOwnNumber() throws {
        var settings = EnrollmentSettings()
        let probe = try Bench()
        let firm = try Make.employer("e", nib: try Make.nib(1), niks: [try Make.nik(1)], on: "2018-03-01")
        let npp = try #require(try probe.apply(.employer(firm)).first).read(EmployerEnrolled.self).npp
        settings.staffEmployers = [npp]
        let (bench, _) = try Bench.withAgent(settings)
        #expect(try bench.told(.employer(firm)) == ["employer-enrolled", "staff 2018-03-01"])
        #expect(try bench.handIn(1, on: "2018-02-28") == "participant-enrolled")
        #expect(try bench.handIn(2, on: "2018-03-01") == "AGENT_IS_STAFF")
        // Before the gates are passed.
        let other = try Bench(settings)
        #expect(try other.told(.employer(firm)) == ["employer-enrolled"])
        #expect(try other.told(.agentApplied(try Make.applied(on: "2018-03-02"))) == ["AGENT_IS_STAFF"])
    }

    @Test func submissionsOfHinderedDays() throws {
        let (bench, kpj) = try Bench.withAgent()
        _ = try bench.apply(AgentFacts.suspended("2018-04-10", until: "2018-04-20"))
        #expect(try bench.handIn(1, on: "2018-04-09") == "participant-enrolled")
        #expect(try bench.handIn(2, on: "2018-04-10") == "AGENT_SUSPENDED")
        #expect(try bench.handIn(3, on: "2018-04-20") == "AGENT_SUSPENDED")
        #expect(try bench.handIn(4, on: "2018-04-21") == "participant-enrolled")
        // Months of grace hinder nobody.
        _ = try bench.apply(AgentFacts.cover(kpj, .grace, "2018-05-16"))
        #expect(try bench.handIn(5, on: "2018-05-17") == "participant-enrolled")
        for (number, status) in [(6, CoverStatus.lapsed), (8, .exited)] {
            _ = try bench.apply(AgentFacts.cover(kpj, status, "2018-08-16"))
            #expect(try bench.handIn(number, on: "2018-08-15") == "participant-enrolled")
            #expect(try bench.handIn(number + 1, on: "2018-08-16") == "AGENT_MEMBERSHIP_LAPSED")
        }
        _ = try bench.apply(AgentFacts.cover(kpj, .returned, "2018-09-01"))
        #expect(try bench.handIn(10, on: "2018-09-01") == "participant-enrolled")
        _ = try bench.apply(AgentFacts.listed("2018-10-01"))
        #expect(try bench.handIn(11, on: "2018-10-01") == "AGENT_IS_STAFF")
        #expect(try bench.handIn(12, on: "2018-09-30") == "participant-enrolled")
    }

    @Test func settings() throws {
        var reader = SettingsReader(environment: [
            "PERISAI_AGENT_DOCUMENTS": "ktp,photo", "PERISAI_BPJS_NPP": "15092870, 15092871",
        ])
        let read = EnrollmentSettings(from: &reader)
        #expect(read.agentDocuments == [.ktp, .photo])
        #expect(read.staffEmployers.count == 2)
        for wrong in [["PERISAI_AGENT_DOCUMENTS": "ktp,passport"], ["PERISAI_BPJS_NPP": "1"]] {
            var reader = SettingsReader(environment: wrong)
            _ = EnrollmentSettings(from: &reader)
            #expect(throws: SettingsError.self) { try reader.finish() }
        }
        var none = SettingsReader(environment: ["PERISAI_AGENT_DOCUMENTS": "none"])
        #expect(EnrollmentSettings(from: &none).agentDocuments.isEmpty)
        try none.finish()
        var empty = SettingsReader(environment: [:])
        #expect(EnrollmentSettings(from: &empty).agentDocuments == EnrollmentSettings().agentDocuments)
    }

    /// The command says what the document says.
    @Test func remediesAreThoseOfTheDocument() throws {
        let text = try String(contentsOf: repositoryFile("docs/refusal-codes.md"), encoding: .utf8)
        var rows: [String: String] = [:]
        for match in text.matches(of: /(?m)^\| `([A-Z_]+)` \| [^|]+ \| ([^|]+) \|/) {
            rows[String(match.1)] = String(match.2)
        }
        for code in RefusalCode.allCases {
            guard let remedy = code.agentRemedy else { continue }
            #expect(rows[code.rawValue] == remedy)
        }
    }
}
