import ArgumentParser
import EnrollmentIntake
import PerisaiModels
import Testing

@testable import Operations

@Suite struct EnforcementCommandTests {
    @Test func filtersAndSubjectsAreRead() throws {
        let list = try EnforcementCommand.List.parse([
            "--stage", "warned-once", "--breach", "not_registered", "--due-by", "2026-11-16",
        ])
        #expect(list.stage == .warnedOnce)
        #expect(list.breach == .notRegistered)
        #expect(list.dueBy == CivilDate(parsing: "2026-11-16"))
        #expect(throws: (any Error).self) { try EnforcementCommand.List.parse(["--stage", "angry"]) }
        #expect(throws: (any Error).self) { try EnforcementCommand.List.parse(["--limit", "0"]) }
        let employer = try EnforcementCommand.Show.parse(["00000064"])
        #expect(try employer.subject() == .employer(NPP(number: 64)))
        let firm = try EnforcementCommand.Show.parse(["9120000000001"])
        #expect(try firm.subject() == .business(NIB("9120000000001")))
        #expect(throws: (any Error).self) { try EnforcementCommand.Show.parse(["64"]) }
    }

    @Test func casesAreTold() throws {
        let npp = try NPP(number: 64)
        var found = EnforcementCase(
            subject: .employer(npp), number: 2, name: "Warung Sari", npp: npp, nib: nil,
            breaches: [.partial, .arrears],
            stage: .servicesWithheld, openedOn: .earliest, stageOn: .earliest, deadline: nil, unpaidMonths: 5,
            arrears: Rupiah(1_000), lateFines: Rupiah(20), sanctionFine: Rupiah(1), offices: [])
        found.offices = [try OfficeCode("PTSP-DPS"), try OfficeCode("PTSP-BDG")]
        let text = EnforcementText.text(found, [])
        #expect(text.contains("Stage services-withheld since 1900-01-01"))
        #expect(text.contains("For arrears, partial; deadline none by itself"))
        #expect(text.contains("Services withheld by PTSP-BDG, PTSP-DPS"))
        #expect(EnforcementText.json(found, []).contains("\"case_id\":\"\(found.caseID.text)\""))
        for stage in EnforcementStage.allCases { #expect(EnforcementStage(word: stage.word) == stage) }
    }
}
