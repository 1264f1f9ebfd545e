import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

@Suite struct PermitMachineTests {
    @Test func everySignalHasAnOutcomeInEveryState() {
        let table = MachineTable(PermitMachine.self)
        #expect(table.rows.count == PermitStage.allCases.count * PermitMachine.Signal.allCases.count)
        #expect(table.rows.allSatisfy { !$0.note.isEmpty })
        #expect(EnrollmentMachines.all.contains { $0.name == "permit" })
        for signal in PermitMachine.Signal.allCases {
            #expect(PermitMachine.move(.issued, on: signal).state == .issued)
            #expect(PermitMachine.move(.closed, on: signal).state == .closed)
        }
        // The office always has the last word, and no deadline decides anything.
        for state in PermitStage.allCases where !state.isFinal {
            #expect(PermitMachine.move(state, on: .issued).state == .issued)
            #expect(PermitMachine.move(state, on: .withdrawn).state == .closed)
            #expect(PermitMachine.move(state, on: .reminderDue).state == state)
            #expect(PermitMachine.move(state, on: .deadlinePassed).state == state)
            #expect(PermitMachine.move(state, on: .amended).state == state)
        }
    }

    /// An event, and the signals that it means for an application with nothing, or with something, missing.
    private struct Cause {
        let name: String
        let signals: [PermitMachine.Signal]
        let fire: (Bench, NIB) throws -> [PublishedEvent]
    }

    private static func causes() throws -> [Cause] {
        var construction = try Make.permit("1", nib: try Make.nib(1))
        construction.kbli = try KBLI("41011")
        let outside = construction
        return [
            Cause(name: "changed, something missing", signals: [.conditionsMissing]) { bench, nib in
                try bench.apply(.permitApplied(try Make.permit("1", nib: nib, declared: 7)))
            },
            Cause(name: "changed, nothing missing", signals: [.conditionsMet]) { bench, nib in
                let workers = try (1...3).map { try Make.nik($0) }
                return try bench.apply(.permitApplied(try Make.permit("1", nib: nib, declared: 3, listed: workers)))
            },
            Cause(name: "changed to construction", signals: [.outside]) { bench, _ in
                try bench.apply(.permitApplied(outside))
            },
            Cause(name: "amended, something missing", signals: [.amended, .conditionsMissing]) { bench, nib in
                var amended = try Make.amended("1", nib: nib)
                amended.workersDeclared = 9
                return try bench.apply(.permitAmended(amended))
            },
            Cause(name: "issued", signals: [.issued]) { bench, nib in
                try bench.apply(.permitIssued(try Make.issued("1", nib: nib)))
            },
            Cause(name: "withdrawn", signals: [.withdrawn]) { bench, nib in
                try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nib)))
            },
            Cause(name: "reminder", signals: [.reminderDue]) { bench, _ in
                _ = try bench.apply(.businessDate(Make.date("2018-03-28")))
                return try bench.applier.work()
            },
            Cause(name: "deadline", signals: [.deadlinePassed]) { bench, _ in
                _ = try bench.apply(.businessDate(Make.date("2018-06-05")))
                return try bench.applier.work()
            },
        ]
    }

    private static func bring(_ bench: Bench, _ nib: NIB, to stage: PermitStage) throws {
        switch stage {
        case .unseen:
            var amended = try Make.amended("1", nib: nib, on: "2018-03-04")
            amended.employerName = "Warung Sari Rasa"
            _ = try bench.apply(.permitAmended(amended))
        case .held: _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib)))
        case .cleared:
            let workers = try (1...2).map { try Make.nik($0) }
            _ = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, listed: workers)))
        case .issued: _ = try bench.apply(.permitIssued(try Make.issued("1", nib: nib)))
        case .closed: _ = try bench.apply(.permitWithdrawn(try Make.withdrawn("1", nib: nib)))
        }
    }

    /// What the service does is what the machine says: every event in every stage.
    @Test(arguments: PermitStage.allCases)
    func theServiceFollowsTheMachine(stage: PermitStage) throws {
        let nib = try Make.nib(1)
        for cause in try Self.causes() {
            let bench = try Bench()
            try Self.bring(bench, nib, to: stage)
            #expect(try bench.permit("1", nib: nib)?.stage == stage, "\(cause.name)")
            var signals = cause.signals
            // What has not come is only kept, and is not looked at.
            if stage == .unseen, signals.first == .amended { signals = [.amended] }
            // A statement of readiness that lists fewer than are declared stays in a cleared application.
            let expected = signals.reduce(stage) { PermitMachine.move($0, on: $1).state }
            let published = try cause.fire(bench, nib)
            #expect(try bench.permit("1", nib: nib)?.stage == expected, "\(stage), \(cause.name)")
            let permits = published.filter { $0.kind.hasPrefix("permit-") }
            if stage.isFinal { #expect(permits.isEmpty, "\(cause.name)") }
            if expected != stage { #expect(permits.count == 1, "\(stage), \(cause.name)") }
        }
    }
}
