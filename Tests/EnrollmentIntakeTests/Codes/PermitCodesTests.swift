import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

/// Every code of a held permit is produced once, with a remedy that a message can carry.
@Suite struct PermitCodesTests {
    private func firm(workers: Int = 2, wages: Int64 = 4_000_000) throws -> RegisteredEmployer {
        RegisteredEmployer(
            npp: try NPP(number: 65), branch: try BranchCode("DPS"), enrolledOn: Make.date("2018-03-01"),
            firstMonth: Make.month("2018-03"), monthlyContribution: Rupiah(21_600), workers: workers,
            wages: Rupiah(wages))
    }

    private func missing(
        _ application: PermitApplied, _ firm: PermitFirm, withheld: Bool = false, _ policy: PermitPolicy = .init()
    ) throws -> [MissingCondition] {
        let verdict = PermitRules.evaluate(application, firm: firm, servicesWithheld: withheld, policy: policy)
        guard case .held(let missing, _) = verdict else { return [] }
        for condition in missing {
            // Messages cut a sentence at 240 characters.
            #expect(condition.remedy.count <= 240, "\(condition.code.rawValue)")
            #expect(condition.place?.isEmpty == false, "\(condition.code.rawValue)")
        }
        return missing
    }

    private func codes(_ missing: [MissingCondition]) -> [String] { missing.map(\.code.rawValue) }

    @Test func everyCodeHasATest() throws {
        var produced: Set<String> = []
        let nib = try Make.nib(1)
        let plain = try Make.permit("1", nib: nib)
        var renewal = plain
        renewal.kind = .renewal
        renewal.wagesDeclared = Rupiah(9_000_000)
        var late = try firm(workers: 1)
        late.arrears = Rupiah(1_000)
        var strict = PermitPolicy()
        strict.firstPaymentOffices = ["*"]
        let all: [[MissingCondition]] = [
            try missing(plain, .unknown), try missing(try Make.permit("1", nib: nib, listed: []), .unknown),
            try missing(plain, .mismatch, withheld: true), try missing(renewal, .registered(late), strict),
        ]
        for one in all { produced.formUnion(codes(one)) }
        #expect(produced == Set(MissingCondition.Code.allCases.map(\.rawValue)))
    }

    @Test func notRegistered() throws {
        var applied = try Make.permit("1", nib: try Make.nib(1))
        applied.size = .small
        let found = try missing(applied, .unknown)
        #expect(codes(found) == ["NOT_REGISTERED"])
        #expect(found[0].remedy.contains("Program wajib: JKK, JKM, JHT."))
        applied.size = .large
        let doubts: [PermitFirm.Doubt] = [.foreignNPP(try NPP(number: 65)), .foreignNPWP, .sharedNPWP]
        for doubt in doubts {
            #expect(codes(try missing(applied, .doubtful(doubt))) == ["NOT_REGISTERED"])
        }
        // Where registration is demanded, the statement is not enough, and is not asked for.
        var policy = PermitPolicy()
        policy.registrationOffices = ["PTSP-D*"]
        let ready = try Make.permit("1", nib: try Make.nib(1), listed: [try Make.nik(1), try Make.nik(2)])
        #expect(try missing(ready, .unknown).isEmpty)
        let demanded = try missing(ready, .unknown, policy)
        #expect(codes(demanded) == ["NOT_REGISTERED"])
        #expect(!demanded[0].remedy.contains("surat pernyataan"))
    }

    @Test func workersMissing() throws {
        let ready = try Make.permit("1", nib: try Make.nib(1), declared: 3, listed: [try Make.nik(1), try Make.nik(2)])
        let found = try missing(ready, .unknown)
        #expect(codes(found) == ["WORKERS_MISSING"])
        #expect(found[0].remedy.contains("2 dari 3"))
        #expect(!found[0].remedy.contains(try Make.nik(1).text))
    }

    @Test func firstPaymentMissing() throws {
        var policy = PermitPolicy()
        policy.firstPaymentOffices = ["PTSP-DPS"]
        let found = try missing(try Make.permit("1", nib: try Make.nib(1)), .registered(try firm()), policy)
        #expect(codes(found) == ["FIRST_PAYMENT_MISSING"])
        #expect(found[0].amount == Rupiah(21_600))
        #expect(found[0].place == "Kanal bayar mitra dengan kode iuran 180300000065 / NPP 00000065")
    }

    @Test func identityMismatch() throws {
        let found = try missing(try Make.permit("1", nib: try Make.nib(1)), .mismatch)
        #expect(codes(found) == ["IDENTITY_MISMATCH"])
        #expect(found[0].remedy.contains("perbaiki permohonan"))
    }

    @Test func partialWorkers() throws {
        let listed = try (1...3).map { try Make.nik($0) }
        let applied = try Make.permit("1", nib: try Make.nib(1), declared: 3)
        let found = try missing(applied, .registered(try firm()))
        #expect(codes(found) == ["PARTIAL_WORKERS"])
        #expect(found[0].remedy.contains("2 dari 3"))
        #expect(found[0].place == "Kantor Cabang BPJS Ketenagakerjaan DPS")
        // The statement heals it as it heals what is not registered, wages included; not where registration counts.
        var ready = try Make.permit("1", nib: try Make.nib(1), declared: 3, listed: listed)
        ready.wagesDeclared = Rupiah(6_000_000)
        #expect(try missing(ready, .registered(try firm())).isEmpty)
        var policy = PermitPolicy()
        policy.registrationOffices = ["*"]
        #expect(codes(try missing(ready, .registered(try firm()), policy)) == ["PARTIAL_WORKERS", "PARTIAL_WAGES"])
        policy.partialOffices = []
        #expect(try missing(ready, .registered(try firm()), policy).isEmpty)
    }

    @Test func partialWages() throws {
        var applied = try Make.permit("1", nib: try Make.nib(1))
        applied.wagesDeclared = Rupiah(4_000_000)
        #expect(try missing(applied, .registered(try firm())).isEmpty)
        applied.wagesDeclared = Rupiah(4_000_001)
        #expect(codes(try missing(applied, .registered(try firm()))) == ["PARTIAL_WAGES"])
    }

    @Test func arrears() throws {
        var renewal = try Make.permit("1", nib: try Make.nib(1))
        renewal.kind = .renewal
        var late = try firm()
        late.lateFines = Rupiah(432)
        late.arrearsOn = Make.date("2018-06-16")
        let found = try missing(renewal, .registered(late))
        #expect(codes(found) == ["ARREARS"])
        #expect(found[0].amount == Rupiah(432))
        var policy = PermitPolicy()
        policy.arrearsOffices = ["PTSP-MKS"]
        #expect(try missing(renewal, .registered(late), policy).isEmpty)
    }

    @Test func servicesWithheld() throws {
        let applied = try Make.permit("1", nib: try Make.nib(1))
        #expect(codes(try missing(applied, .registered(try firm()), withheld: true)) == ["SERVICES_WITHHELD"])
        let ready = try Make.permit("1", nib: try Make.nib(1), listed: [try Make.nik(1), try Make.nik(2)])
        #expect(codes(try missing(ready, .unknown, withheld: true)) == ["SERVICES_WITHHELD"])
    }
}
