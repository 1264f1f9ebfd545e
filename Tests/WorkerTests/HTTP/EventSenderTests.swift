import PerisaiModels
import Testing

@testable import Worker

@Suite struct EventSenderTests {
    @Test func readsEntries() throws {
        let senders = try EventSender.parse([
            "bri:0123456789abcdef:urn:bank:bri", "bri:0123456789abcdef://bri.example/x", "bni:fedcba9876543210:b",
        ])
        #expect(senders.map(\.name) == ["bri", "bni"])
        #expect(senders.first?.sources == ["urn:bank:bri", "//bri.example/x"])
        #expect(senders.sender(authorization: "bearer fedcba9876543210")?.name == "bni")
        #expect(senders.sender(authorization: "Bearer fedcba9876543210fedcba9876543210") == nil)
        #expect(senders.sender(authorization: "Bearer ") == nil)
        #expect(senders.sender(authorization: "Bearer " + String(repeating: "x", count: 600)) == nil)
        #expect([EventSender(name: "x", token: "", sources: [])].sender(authorization: "Bearer ") == nil)
    }

    @Test func everyFaultAtOnceWithoutTokens() {
        let error = #expect(throws: SettingsError.self) {
            _ = try EventSender.parse([
                "only", "b d:short:", "a:0123456789geheim:x", "b:0123456789geheim:y",
                "c:0123456789geheim\u{E9}:\(String(repeating: "s", count: 257))",
            ])
        }
        #expect(error?.faults.count == 7)
        #expect(error?.description.contains("geheim") == false)
    }

    @Test func traceparents() {
        #expect(EventRecord.isTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        for text in [
            "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] { #expect(!EventRecord.isTraceparent(text)) }
    }

    @Test func everyEventTypeMakesARecord() throws {
        for type in EventCatalog.all { try roundTrip(type) }
    }

    private func roundTrip<Event: EventData>(_ type: Event.Type) throws {
        let time = try #require(Instant(parsing: "2018-08-01T02:00:00Z"))
        let attributes = EventAttributes(id: "1", source: "urn:x", type: Event.type, time: time)
        let event = Event.sample
        let made = EventRecord.make(attributes, event)
        guard (try? event.validate()) != nil else { return }
        let checked = try EventRecord.make(attributes, validating: event.json)
        #expect(made.topic == Event.topic.name && checked.topic == made.topic)
        #expect(checked.key == made.key && checked.value == made.value && checked.headerTexts == made.headerTexts)
    }
}
