import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

@Suite struct ExceptionPolicyTests {
    @Test func everyCodeIsExplained() {
        #expect(ExceptionPolicy.all.map(\.code) == ExceptionCode.allCases)
        #expect(Set(ExceptionPolicy.all.map(\.number)).count == ExceptionCode.allCases.count)
        for policy in ExceptionPolicy.all {
            #expect(policy.meaning.hasSuffix("."))
            #expect(policy.meaningInIndonesian.hasSuffix("."))
            #expect(policy.remedy.hasSuffix("."))
            #expect(policy.needsPerson == (policy.workingDays > 0))
            #expect(policy.needsPerson == !policy.actions.isEmpty)
        }
    }

    @Test func whatIsToldForTheRecordOpensNoCase() {
        let recorded = ExceptionPolicy.all.filter { !$0.needsPerson }.map(\.code)
        #expect(recorded == [.duplicate, .dateDiffers])
    }

    /// S03c 4: 3 working days. Idul Fitri of 2018 was on Friday and Saturday, 15 and 16 June.
    @Test func holidaysDoNotCount() throws {
        let policy = ExceptionPolicy(of: .unknownPayer)
        #expect(try policy.deadline(from: date("2018-06-14")) == date("2018-06-20"))
        #expect(try policy.deadline(from: date("2018-06-16")) == date("2018-06-20"))
        #expect(try policy.deadline(from: date("2018-06-18")) == date("2018-06-21"))
        // 2018-06-27: election day.
        #expect(try policy.deadline(from: date("2018-06-25")) == date("2018-06-29"))
    }

    @Test func ageInWorkingDays() throws {
        let opened = try date("2018-06-14")
        let passed = try ["2018-06-13", "2018-06-14", "2018-06-17", "2018-06-18", "2018-06-21", "2018-06-28"].map {
            ExceptionPolicy.workingDays(from: opened, through: try date($0))
        }
        #expect(passed == [0, 0, 0, 1, 4, 8])
    }

    @Test func idsOfCasesAreFixed() {
        let key = EventKey.of(source: "/test", id: "one")
        let ids = ExceptionCode.allCases.map { ExceptionCase.id(eventKey: key, code: $0) }
        #expect(Set(ids).count == ids.count)
        #expect(ids == ExceptionCode.allCases.map { ExceptionCase.id(eventKey: key, code: $0) })
        #expect(ids.first?.halves.0 == key.halves.0)
        #expect(ids.first == EventKey.derived(from: key, ordinal: 1, purpose: 40))
    }

    @Test func beginningsOfIdentifiers() throws {
        let prefix = try IdentifierPrefix("0192F5C0-00")
        #expect(prefix.range.lowerBound.text == "0192f5c0-0000-0000-0000-000000000000")
        #expect(prefix.range.upperBound.text == "0192f5c0-00ff-ffff-ffff-ffffffffffff")
        let whole = try IdentifierPrefix("ffffffff-ffff-ffff-ffff-ffffffffffff")
        #expect(whole.range.lowerBound == whole.range.upperBound)
        for wrong in ["", "0192f5c", "0192f5cg", "+192f5c00", String(repeating: "a", count: 33)] {
            #expect(throws: DeskError.self, "\(wrong)") { try IdentifierPrefix(wrong) }
        }
    }

    @Test func namesAndReasons() throws {
        #expect(try person("  Siti   Aminah ").text == "Siti Aminah")
        #expect(try person("Siti Aminah").isSamePerson(as: person("SITIAMINAH")))
        #expect(try !person("Siti").isSamePerson(as: person("Sita")))
        for wrong in ["", " ", "S", String(repeating: "x", count: 65), "5171010101900001"] {
            #expect(throws: DeskError.self, "\(wrong)") { try OperatorName(wrong) }
        }
        #expect(refusal { _ = try DeskReason("NIK 5171010101900001 salah") } == "reason: must not hold a NIK")
        #expect(try PayerNumber(operatorText: "18010000001") == .participant(kpj(1)))
        #expect(try PayerNumber(operatorText: "12345678-001") == .employer(NPP(number: 12_345_678, division: 1)))
        #expect(throws: DeskError.self) { try PayerNumber(operatorText: "5171010101900001") }
    }
}
