import PerisaiModels
import Testing

@testable import EnrollmentIntake

@Suite struct EnforcementMachineTests {
    typealias Machine = EnforcementMachine

    /// Every signal at every stage: one step up at most, or back to the beginning.
    @Test func everySignalHasAnOutcomeInEveryStage() {
        for stage in EnforcementStage.allCases {
            for signal in EnforcementSignal.allCases {
                let move = Machine.move(stage, on: signal)
                #expect(!move.note.isEmpty)
                switch move.state.rawValue - stage.rawValue {
                case 0: break
                case 1: #expect([.breach, .deadlinePassed, .overSixMonths, .inspectionDue].contains(signal))
                case 3: #expect(stage == .clear && signal == .paymentReversed)
                default:
                    #expect(
                        signal == .settled && move.state == .clear
                            || signal == .arrearsJoined && move.state == .warnedOnce)
                }
            }
        }
        let table = MachineTable(Machine.self)
        #expect(table.rows.count == EnforcementStage.allCases.count * EnforcementSignal.allCases.count)
        #expect(EnrollmentMachines.all.contains { $0.name == "enforcement" })
    }

    @Test func theLadderIsTheLawsOwn() {
        var stage = Machine.initial
        var seen = [stage]
        for signal in [
            EnforcementSignal.breach, .deadlinePassed, .deadlinePassed, .deadlinePassed, .overSixMonths,
            .deadlinePassed,
        ] {
            stage = Machine.move(stage, on: signal).state
            seen.append(stage)
        }
        #expect(seen == EnforcementStage.allCases)
        #expect(seen.allSatisfy { Machine.move($0, on: .settled).state == .clear })
        // Young arrears stay with the offices; services come before inspectors.
        #expect(Machine.move(.servicesWithheld, on: .deadlinePassed).state == .servicesWithheld)
        #expect(Machine.move(.servicesWithheld, on: .inspectionDue).state == .inspected)
        #expect(Machine.move(.fined, on: .overSixMonths).state == .fined)
        for stage in EnforcementStage.allCases {
            #expect(Machine.move(stage, on: .partlySettled).state == stage)
            #expect(Machine.move(stage, on: .employerClosed).state == stage)
        }
    }

    /// 0.1 % of contributions due for each month begun, rounded once (PP 86/2013 Art. 7).
    @Test(arguments: [
        (12_345_678, 30, 12_346), (12_345_499, 30, 12_345), (12_345_500, 30, 12_346), (499, 30, 0), (500, 30, 1),
        (1_000_000, 1, 1_000), (0, 30, 0), (1_000_000, 0, 0),
    ])
    func theFineIsRoundedOnce(contributions: Int64, days: Int, fine: Int64) throws {
        #expect(try EnforcementRules.fine(on: Rupiah(contributions), days: days) == Rupiah(fine))
    }

    /// T37: warned on Monday 2 November 2026, ten working days counted from the next one.
    @Test func aWarningEndsAfterTenWorkingDays() throws {
        let npp = try NPP(number: 1)
        var found = EnforcementCase(
            subject: .employer(npp), number: 1, name: "Warung Sari", npp: npp, nib: nil, breaches: [.arrears],
            stage: .warnedOnce, openedOn: Make.date("2026-11-02"), stageOn: Make.date("2026-11-02"), deadline: nil,
            unpaidMonths: 4, arrears: .zero, lateFines: .zero, sanctionFine: .zero, offices: [])
        var settings = EnrollmentSettings()
        func deadline(_ from: String) -> String? {
            EnforcementRules.deadline(of: found, from: Make.date(from), settings)?.description
        }
        #expect(deadline("2026-11-02") == "2026-11-16")
        // Christmas is not worked.
        #expect(deadline("2026-12-14") == "2026-12-29")
        settings.warningDays = 5
        #expect(deadline("2026-11-02") == "2026-11-09")
        found.stage = .fined
        #expect(deadline("2026-12-02") == "2026-12-31")
        found.stage = .servicesWithheld
        #expect(deadline("2026-12-02") == nil)
        found.unpaidMonths = 7
        #expect(deadline("2026-12-02") == "2026-12-02")
        found.breaches = [.partial]
        #expect(deadline("2026-12-02") == "2027-01-01")
    }
}
