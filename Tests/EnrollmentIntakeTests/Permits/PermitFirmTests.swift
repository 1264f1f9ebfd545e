import Dispatch
import PerisaiModels
import Postgres
import Synchronization
import Testing
import Worker

@testable import EnrollmentIntake

/// By which number a firm is found, and what its numbers may not say.
@Suite struct PermitFirmTests {
    private func codes(_ bench: Bench, _ permit: PermitApplied) throws -> [String] {
        let published = try bench.apply(.permitApplied(permit))
        return try published.flatMap { $0.kind == "permit-held" ? try $0.codes() : [$0.kind] }
    }

    @Test func byTheTaxNumberIfOneEmployerHasIt() throws {
        let bench = try Bench()
        let tax = try Make.npwp(1)
        var applied = try Make.permit("1", nib: try Make.nib(1))
        applied.npwp = tax
        #expect(try codes(bench, applied) == ["NOT_REGISTERED"])
        // An employer that is enrolled without a NIB releases what names its tax number.
        let enrolled = try bench.apply(try Make.firm(1, npwp: tax))
        #expect(enrolled.map(\.kind) == ["employer-enrolled", "permit-cleared"])
        #expect(try enrolled[1].read(PermitCleared.self).wasHeld)
        // A second registration under the tax number: nothing tells which of them applies.
        let second = try bench.npp(enrolling: try Make.firm(2, npwp: tax))
        var next = try Make.permit("2", nib: try Make.nib(2))
        next.npwp = tax
        let held = try bench.apply(.permitApplied(next))[0].read(PermitHeld.self)
        #expect(held.missing[0].remedy.contains("sebutkan NPP"))
        #expect(held.answer == .held)
        var amended = try Make.amended("2", nib: try Make.nib(2))
        amended.npp = second
        let cleared = try bench.apply(.permitAmended(amended))[0].read(PermitCleared.self)
        #expect(cleared.npp == second)
    }

    @Test func anotherFirmsNumbersClearNothing() throws {
        let bench = try Bench()
        let tax = try Make.npwp(1)
        let npp = try bench.npp(enrolling: try Make.firm(1, nib: try Make.nib(1), npwp: tax))
        var byTax = try Make.permit("1", nib: try Make.nib(7))
        byTax.npwp = tax
        let held = try bench.apply(.permitApplied(byTax))[0].read(PermitHeld.self)
        #expect(held.missing.map(\.code) == [.notRegistered])
        #expect(held.missing[0].remedy.contains("NPWP ini milik NIB lain"))
        #expect(held.answer == .held)
        let byNPP = try Make.permit("2", nib: try Make.nib(7), npp: npp)
        let wrong = try bench.apply(.permitApplied(byNPP))[0].read(PermitHeld.self)
        #expect(wrong.missing[0].remedy.contains("NPP \(npp.text) milik NIB lain"))
        // A statement of readiness is the applicant's own.
        var ready = try Make.permit("3", nib: try Make.nib(7), listed: [try Make.nik(1), try Make.nik(2)])
        ready.npwp = tax
        #expect(try codes(bench, ready) == ["permit-cleared"])
    }

    @Test func numbersOfDifferentFirmsMustBeAmended() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        let tax = try Make.npwp(2)
        let own = try bench.npp(enrolling: try Make.firm(1, nib: nib))
        let other = try bench.npp(enrolling: try Make.firm(2, nib: try Make.nib(2), npwp: tax))
        #expect(try codes(bench, try Make.permit("1", nib: nib, npp: other)) == ["IDENTITY_MISMATCH"])
        var byTax = try Make.permit("2", nib: nib)
        byTax.npwp = tax
        #expect(try codes(bench, byTax) == ["IDENTITY_MISMATCH"])
        var neither = try Make.permit("3", nib: try Make.nib(9), npp: own)
        neither.npwp = tax
        #expect(try codes(bench, neither) == ["IDENTITY_MISMATCH"])
        var amended = try Make.amended("1", nib: nib)
        amended.npp = own
        #expect(try bench.apply(.permitAmended(amended)).map(\.kind) == ["permit-cleared"])
    }

    @Test func aClosedRegistrationIsNone() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        let npp = try bench.npp(enrolling: try Make.firm(1, nib: nib))
        _ = try bench.connection.query(
            Statement("close", "UPDATE employer SET closed_on = '2018-05-01' WHERE npp = $1"),
            Parameters { $0.append(npp.code) })
        let held = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, npp: npp)))[0].read(PermitHeld.self)
        #expect(held.missing.map(\.code) == [.notRegistered])
        #expect(held.answer == .unknownEmployer)
        #expect(held.npp == nil)
    }

    /// Services are withheld from the firm, not from a registration.
    @Test func closingEndsNoWithholding() throws {
        let bench = try Bench()
        let nib = try Make.nib(1)
        let npp = try bench.npp(enrolling: try Make.firm(1, nib: nib))
        try bench.connection.execute(
            """
            UPDATE employer SET closed_on = '2018-05-01' WHERE npp = \(npp.code);
            INSERT INTO enforcement (subject, number, name, npp, nib, breaches, stage, opened_on, stage_on, unpaid_months,
                                     arrears, late_fines, sanction_fine, offices)
            VALUES (\(EnforcementSubject.employer(npp).code), 1, 'CV', \(npp.code), \(nib.code), 1,
                    \(EnforcementStage.servicesWithheld.rawValue), '2018-01-01', '2018-04-01', 5, 1, 0, 1, '')
            """)
        let listed = [try Make.nik(1), try Make.nik(2)]
        let held = try bench.apply(.permitApplied(try Make.permit("1", nib: nib, listed: listed)))
        #expect(try held.flatMap { try $0.codes() } == ["SERVICES_WITHHELD"])
        #expect(try bench.npp(enrolling: try Make.firm(2, nib: nib)) != npp)
        var renewal = try Make.permit("2", nib: nib)
        renewal.kind = .renewal
        let again = try bench.apply(.permitApplied(renewal))
        #expect(try again.flatMap { try $0.codes() } == ["SERVICES_WITHHELD"])
    }

    /// An application and a registration that have only the tax number in common, at the same time in two workers: one
    /// of them always sees the other.
    @Test func whatComesAtTheSameTimeIsSeen() throws {
        let bench = try Bench()
        let url = bench.url
        let pairs = 40
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { index in
            do {
                let worker = try Bench(url: url)
                for number in 0..<pairs {
                    let tax = try Make.npwp(number)
                    var applied = try Make.permit("1", nib: try Make.nib(500 + number))
                    applied.npwp = tax
                    let firm = try Make.firm(number, npwp: tax)
                    let input = index == 0 ? EnrollmentInput.permitApplied(applied) : firm
                    try Self.retrying(
                        Make.event(input, partition: Int32(index), id: "\(index)-\(number)"), worker)
                }
            } catch { failures.withLock { $0.append("\(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        var filter = PermitDesk.Filter()
        filter.stage = .cleared
        #expect(try PermitDesk.list(filter, limit: 100, on: bench.connection).count == pairs)
    }

    private static func retrying(_ event: Event<EnrollmentInput>, _ worker: Bench) throws {
        for _ in 0..<20 {
            do {
                _ = try worker.applier.apply([event])
                return
            } catch let error as PostgresError where error.kind == .transient || error.kind == .conflict { continue }
        }
        _ = try worker.applier.apply([event])
    }
}
