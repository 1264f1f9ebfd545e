import PerisaiModels
import Testing
import Worker

@testable import EnrollmentIntake

@Suite struct PermitDeskTests {
    @Test func whatIsListed() throws {
        let bench = try Bench()
        let nibs = try (1...4).map { try Make.nib($0) }
        #expect(try PermitDesk.today(on: bench.connection) == nil)
        _ = try bench.apply(
            .permitApplied(try Make.permit("1", nib: nibs[0], on: "2018-03-09")),
            .permitApplied(try Make.permit("2", nib: nibs[1], on: "2018-03-05")),
            .permitApplied(try Make.permit("3", nib: nibs[2], office: "PTSP-MKS")),
            .permitApplied(try Make.permit("4", nib: nibs[3], listed: [try Make.nik(1), try Make.nik(2)])))
        func list(_ change: (inout PermitDesk.Filter) throws -> Void) throws -> [String] {
            var filter = PermitDesk.Filter()
            try change(&filter)
            return try PermitDesk.list(filter, limit: 10, on: bench.connection).map(\.applicationID)
        }
        #expect(try list { _ in } == ["2", "3", "1", "4"])
        #expect(try list { $0.office = try OfficeCode("PTSP-MKS") } == ["3"])
        #expect(try list { $0.stage = .cleared } == ["4"])
        #expect(try list { $0.isOverdue = true }.isEmpty)
        _ = try bench.apply(.businessDate(Make.date("2018-04-05")))
        #expect(try list { $0.isOverdue = true } == ["2", "3"])
        let today = try PermitDesk.today(on: bench.connection)
        let item = try #require(try bench.permit("2", nib: nibs[1])?.item)
        #expect(item.isOverdue(on: today))
        #expect(item.missing == [.notRegistered])
        #expect(try PermitDesk.list(.init(), limit: 1, on: bench.connection).count == 1)
    }
}
