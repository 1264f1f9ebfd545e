import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

@Suite struct RulesTests {
    let settings = EnrollmentSettings()

    func file(bank: BankCode = .bni, holder: String? = nil, device: Bool = true, on: String = "2018-02-06") throws
        -> AgentFile
    {
        var file = AgentFile()
        file.application = try Make.applied(bank: bank, holder: holder, device: device, on: on)
        file.trainedOn = Make.date("2018-02-07")
        file.exam = AgentFile.Exam(passed: true, on: Make.date("2018-02-08"))
        file.signature = AgentFile.Signature(
            wadah: try WadahID("W-1"), on: Make.date("2018-02-09"), until: Make.date("2021-02-08"))
        return file
    }

    @Test func allGatesMakeAnAgent() throws {
        let verdict = AgentGates.evaluate(try file(), registeredOn: Make.date("2018-02-20"), settings: settings)
        #expect(verdict == .active(on: Make.date("2018-02-20")))
    }

    @Test func missingGatesWait() throws {
        #expect(
            AgentGates.evaluate(AgentFile(), registeredOn: nil, settings: settings)
                == .waiting(Set(AgentGate.allCases)))
        #expect(AgentGates.evaluate(try file(), registeredOn: nil, settings: settings) == .waiting([.registration]))
        // Wrong facts are no refusal while the wadah has not signed.
        var unsigned = try file(bank: try BankCode("014"))
        unsigned.signature = nil
        #expect(
            AgentGates.evaluate(unsigned, registeredOn: nil, settings: settings)
                == .waiting([.signature, .registration]))
    }

    @Test func wrongFactsRefuseAllAtOnce() throws {
        var wrong = try file(bank: try BankCode("014"), holder: "Orang Lain", device: false)
        wrong.exam = AgentFile.Exam(passed: false, on: Make.date("2018-02-10"))
        wrong.signature?.wadah = try WadahID("W-2")
        guard case .refused(let reasons, let date) = AgentGates.evaluate(wrong, registeredOn: nil, settings: settings)
        else { throw Fault() }
        #expect(
            reasons.map(\.code) == [
                "BANK_NOT_DESIGNATED", "ACCOUNT_NOT_OWN_NAME", "NO_DEVICE", "EXAM_FAILED", "WADAH_MISMATCH",
            ])
        #expect(date == Make.date("2018-02-10"))
    }

    struct Fault: Error {}

    @Test(arguments: ["2017-11-01", "2018-02-05", "2026-01-01"])
    func theKnownListOfBanksHoldsOn(day: String) throws {
        #expect(settings.isPartner(.cimbNiaga, on: Make.date(day)))
        #expect(!settings.isPartner(try BankCode("002"), on: Make.date(day)))
    }

    @Test func namesAreComparedAsPeopleMeanThem() {
        #expect(PersonName.same("I Made Wirawan, S.E.", "i  made wirawan S.E"))
        #expect(PersonName.same("Siti Nur-Aini", "SITI NUR AINI"))
        #expect(!PersonName.same("I Made Wirawan", "I Made Wirawati"))
        #expect(!PersonName.same("", " "))
    }

    func codes(_ submission: ParticipantSubmitted) -> [String] {
        ParticipantRules.faults(submission, settings: settings).map(\.code)
    }

    @Test func participantRules() throws {
        // Born on 5 February 1953: 65 on 5 February 2018.
        let old = try Make.nik(1, born: "050253")
        #expect(codes(try Make.participant("s", nik: old, on: "2018-02-04")).isEmpty)
        #expect(codes(try Make.participant("s", nik: old, on: "2018-02-05")) == ["AGE_LIMIT"])
        let nik = try Make.nik(1)
        #expect(codes(try Make.participant("s", nik: nik, programmes: [.jkk, .jkm, .jht])).isEmpty)
        for wrong in [[Programme.jkk], [.jkk, .jht], [.jkk, .jkm, .jp], [.jkk, .jkk, .jkm], []] {
            #expect(codes(try Make.participant("s", nik: nik, programmes: wrong)) == ["PROGRAMMES_NOT_OFFERED"])
        }
        #expect(codes(try Make.participant("s", nik: nik, first: "2018-01")) == ["FIRST_MONTH_PAST"])
        #expect(codes(try Make.participant("s", nik: nik, first: "2018-03")).isEmpty)
        #expect(codes(try Make.participant("s", nik: nik, on: "2014-02-01")) == ["NO_RATES"])
        let several = try Make.participant("s", nik: old, programmes: [.jp], first: "2018-01")
        #expect(codes(several) == ["AGE_LIMIT", "PROGRAMMES_NOT_OFFERED", "FIRST_MONTH_PAST"])
    }

    /// Article 000 says less than 7 million, the briefing of 2022 at most 7 million (domain.md 10).
    @Test func employerLimit() throws {
        func codes(_ wage: Int64, agent: String? = "A-1", rule: EnrollmentSettings.LimitRule) throws -> [String] {
            var settings = EnrollmentSettings()
            settings.employerLimitRule = rule
            let submission = try Make.employer("s", agent: agent, niks: [try Make.nik(1)], wages: [wage])
            return EmployerRules.check(submission, settings: settings).faults.map(\.code)
        }
        // 0,24 % and 0,30 % of it are 3.111.111 and 3.888.889: exactly 7.000.000.
        let exact: Int64 = 1_296_296_296
        #expect(
            EmployerRules.check(
                try Make.employer("s", niks: [try Make.nik(1)], wages: [exact]), settings: settings
            ).contribution == Rupiah(7_000_000))
        #expect(try codes(exact, rule: .below) == ["CONTRIBUTION_LIMIT"])
        #expect(try codes(exact, rule: .upTo).isEmpty)
        #expect(try codes(exact - 1_000, rule: .below).isEmpty)
        #expect(try codes(exact + 1_000, rule: .upTo) == ["CONTRIBUTION_LIMIT"])
        #expect(try codes(exact + 1_000, agent: nil, rule: .below).isEmpty)
    }

    @Test func employerRules() throws {
        func codes(_ submission: EmployerSubmitted) -> [String] {
            EmployerRules.check(submission, settings: settings).faults.map(\.code)
        }
        let nik = try Make.nik(1)
        #expect(codes(try Make.employer("s", niks: [])) == ["NO_WORKERS"])
        #expect(codes(try Make.employer("s", niks: [nik, nik])) == ["WORKER_TWICE"])
        #expect(codes(try Make.employer("s", niks: [nik], wages: [0])) == ["WAGE_NOT_POSITIVE"])
        #expect(codes(try Make.employer("s", agent: "A-1", niks: [nik], on: "2022-03-31")).isEmpty)
        #expect(
            codes(try Make.employer("s", agent: "A-1", niks: [nik], on: "2022-04-01")) == ["EMPLOYERS_NOT_BY_AGENTS"])
        #expect(codes(try Make.employer("s", niks: [nik], on: "2022-04-01")).isEmpty)
        // Micro owes JKK and JKM, small JHT too (Perpres 109/2013 Art. 6; domain.md 3).
        let micro = EmployerRules.check(try Make.employer("s", niks: [nik]), settings: settings)
        let small = EmployerRules.check(try Make.employer("s", niks: [nik], size: .small), settings: settings)
        #expect(micro.contribution == Rupiah(10_800))
        #expect(small.contribution == Rupiah(124_800))
    }

    @Test func permitRules() throws {
        let nib = try Make.nib(1)
        let workers = [try Make.nik(1), try Make.nik(2)]
        let employer = RegisteredEmployer(
            npp: try NPP(number: 65), branch: try BranchCode("DPS"), enrolledOn: Make.date("2018-03-01"),
            firstMonth: Make.month("2018-03"), monthlyContribution: Rupiah(21_600), workers: 2, wages: Rupiah(4_000_000)
        )
        func answer(_ permit: PermitApplied, _ employer: RegisteredEmployer?, _ settings: EnrollmentSettings) -> String
        {
            PermitRules.evaluate(
                permit, firm: employer.map(PermitFirm.registered) ?? .unknown, servicesWithheld: false,
                policy: settings.permits
            ).answer
        }
        #expect(answer(try Make.permit("1", nib: nib), employer, settings) == "cleared:registered")
        #expect(answer(try Make.permit("1", nib: nib), nil, settings) == "held:NOT_REGISTERED")
        #expect(answer(try Make.permit("1", nib: nib, listed: workers), nil, settings) == "cleared:readiness")
        let twice = try Make.permit("1", nib: nib, listed: [workers[0], workers[0]])
        #expect(answer(twice, nil, settings) == "held:WORKERS_MISSING")
        var strict = settings
        strict.permits.firstPaymentOffices = ["PTSP-D*"]
        #expect(answer(try Make.permit("1", nib: nib), employer, strict) == "held:FIRST_PAYMENT_MISSING")
        #expect(
            answer(try Make.permit("1", nib: nib), nil, strict) == "held:NOT_REGISTERED,FIRST_PAYMENT_MISSING")
        var paid = employer
        paid.firstPaidOn = Make.date("2018-04-02")
        let verdict = PermitRules.evaluate(
            try Make.permit("1", nib: nib), firm: .registered(paid), servicesWithheld: false, policy: strict.permits)
        #expect(verdict == .cleared(.firstPayment, on: Make.date("2018-04-02")))
        #expect(!strict.permits.firstPaymentOffices.contains(try OfficeCode("PTSP-MKS")))
    }

    @Test func numbersOfLanes() throws {
        let month = Make.month("2018-02")
        #expect(try NumberRange.kpj(month: month, lane: 0, count: 1).text == "18020000064")
        #expect(try NumberRange.kpj(month: month, lane: 63, count: NumberRange.kpjLimit).serial <= 9_999_999)
        #expect(throws: IdentifierFault.self) {
            try NumberRange.kpj(month: month, lane: 0, count: NumberRange.kpjLimit + 1)
        }
        #expect(try NumberRange.npp(lane: 5, count: 1).text == "00000069")
        #expect(throws: IdentifierFault.self) { try NumberRange.npp(lane: 0, count: NumberRange.nppLimit + 1) }
        #expect(NumberRange.lane(of: 70) == 6)
    }

    @Test func settingsAreRead() throws {
        var reader = SettingsReader(environment: [
            "PERISAI_EMPLOYER_LIMIT_RULE": "up-to", "PERISAI_FIRST_PAYMENT_OFFICES": "PTSP-DPS,PTSP-M*",
            "PERISAI_EMPLOYERS_BY_AGENTS_UNTIL": "never", "PERISAI_REGISTRATION_WAIT_DAYS": "7",
            "PERISAI_PERMIT_HOLD_DAYS": "14", "PERISAI_ARREARS_OFFICES": "none", "PERISAI_REGISTRATION_OFFICES": "*",
        ])
        let read = EnrollmentSettings(from: &reader)
        try reader.finish()
        #expect(read.allows(total: Rupiah(7_000_000)))
        #expect(read.permits.firstPaymentOffices.contains(try OfficeCode("PTSP-MKS")))
        #expect(read.employersByAgentsUntil == nil)
        #expect(read.permits.holdDays == 14)
        #expect(read.permits.reminderDays == 7)
        #expect(read.permits.arrearsOffices == [])
        #expect(read.permits.partialOffices == ["*"])
        #expect(read.permits.registrationOffices.contains(try OfficeCode("PTSP-MKS")))
        #expect(read.registrationWaitDays == 7)
        var wrong = SettingsReader(environment: ["PERISAI_EMPLOYERS_BY_AGENTS_UNTIL": "soon"])
        _ = EnrollmentSettings(from: &wrong)
        #expect(throws: SettingsError.self) { try wrong.finish() }
    }

    /// The document names each code once, and no other.
    @Test func everyCodeIsDocumented() throws {
        let text = try String(contentsOf: repositoryFile("docs/refusal-codes.md"), encoding: .utf8)
        let documented = text.matches(of: /(?m)^\| `([A-Z_]+)` \|/).map { String($0.1) }
        let known = RefusalCode.allCases.map(\.rawValue) + MissingCondition.Code.allCases.map(\.rawValue)
        #expect(documented.sorted() == known.sorted())
    }
}
