import Testing

@testable import Operations

@Suite struct EventFilterTests {
    private static let held = Array(
        #"{"application_id":"A=1","was_held":true,"missing":[{"code":"ARREARS","amount":27000},{"code":"X"}]}"#.utf8)

    private func accepts(_ type: String?, _ conditions: String...) -> Bool {
        EventFilter(type: type, conditions: conditions.compactMap(EventFilter.Condition.init))
            .accepts(type: "id.perisai.permit-held.v1", data: Self.held)
    }

    @Test func typesAreNamedInShortOrInFull() {
        #expect(accepts(nil))
        #expect(accepts("permit-held"))
        #expect(accepts("id.perisai.permit-held.v1"))
        #expect(!accepts("permit-hel"))
    }

    @Test func valuesAreFoundInListsToo() {
        #expect(accepts("permit-held", "application_id=A=1", "was_held=true", "missing.amount=27000"))
        #expect(accepts(nil, "missing.code=X"))
        #expect(!accepts(nil, "missing.code=Y"))
        #expect(!accepts(nil, "missing=X"))
        #expect(!accepts(nil, "nobody.code=X"))
    }

    @Test(arguments: ["", "=x", "a", "a..b=x", "a.b.c.d.e.f.g.h.i=x"])
    func whatIsNoConditionIsRefused(text: String) { #expect(EventFilter.Condition(text) == nil) }
}
