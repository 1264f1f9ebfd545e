import PerisaiModels
import Testing

@testable import Notifier

/// Events that have no messages are passed over: they are no dead letters.
@Suite struct AgencyEventTests {
    @Test func eventsWithoutMessages() throws {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        for type in [PortfolioPassed.type, MonthClosed.type, SchemeApproved.type, CreditApplied.type] {
            let input = try NotifierInput.decode(type: type, data: nothing)
            #expect(input.map { _ in type } == nil)
        }
    }
}
