import Foundation
import Testing

@testable import PerisaiModels

/// Events as JSON: what is written is read back, and what is not right is refused with field and reason.
struct EventJSONTests {
    private static func roundTrip<Event: EventData & Equatable>(_ event: Event) throws {
        let json = event.json
        let read = try json.withUnsafeBytes { try Event.read(bytes: $0) }
        #expect(read == event, "\(Event.type)")
        #expect(read.json == json)
    }

    @Test
    func everySampleComesBack() throws {
        for type in EventCatalog.all {
            let json = type.sample.json
            let again = try json.withUnsafeBytes { try type.read(bytes: $0) }
            #expect(again.json == json, "\(type.type)")
            #expect((try? JSONSerialization.jsonObject(with: Data(json))) != nil)
        }
    }

    @Test(arguments: ["00000064", "15092870", "15092870-001"])
    func employersStayEmployers(npp: String) throws {
        let payer = PayerNumber.employer(try NPP(npp))
        var reversed = ContributionReversed.sample
        reversed.payer = payer
        try Self.roundTrip(reversed)
        #expect(String(decoding: reversed.json, as: UTF8.self).contains("\"payer\":\"\(npp)\""))
        var enrolled = EmployerEnrolled.sample
        enrolled.npp = try NPP(npp)
        try Self.roundTrip(enrolled)
    }

    @Test
    func textsThatNeedEscapesComeBack() throws {
        var applied = PermitApplied.sample
        applied.employerName = #"Warung "Sari" \ Bu Ni Wayan – 雨"#
        try Self.roundTrip(applied)
    }

    @Test(arguments: [
        (#"{"bank":"009"}"#, "reference"), (#"{"bank":9}"#, "bank"),
        (#"{"bank":"009","reference":"A","nik":"1","amount":1,"booked_on":"2018-01-05"}"#, "nik"),
        (#"{"bank":"009","reference":"A","nik":"1271215712960003","amount":1.5,"booked_on":"2018-01-05"}"#, "amount"),
        (#"{"bank":"009","reference":"A","nik":"1271215712960003","amount":0,"booked_on":"2018-01-05"}"#, "amount"),
        (#"{"bank":"009","reference":"A","nik":"1271215712960003","amount":1,"booked_on":"2018-02-30"}"#, "booked_on"),
        (#"{"bank":"009","bank":"009"}"#, ""), ("", ""), ("[]", ""), (#"{"a":1} x"#, ""),
    ])
    func faultsNameTheFieldAndNeverTheValue(json: String, field: String) throws {
        var json = json
        let fault = #expect(throws: JSONFault.self) {
            _ = try json.withUTF8 { try PaymentReceived.read(bytes: UnsafeRawBufferPointer($0)) }
        }
        #expect(fault?.field == field)
        #expect(fault?.description.contains("1271215712960003") == false)
    }

    @Test
    func hostileBytesNeverCrash() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let valid = PermitApplied.sample.json
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0...(next() % 4) { bytes[Int(next()) % bytes.count] = UInt8(truncatingIfNeeded: next()) }
            bytes.removeLast(Int(next()) % 8)
            let read = try? bytes.withUnsafeBytes { try PermitApplied.read(bytes: $0) }
            let oracle = (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
            // Whatever our reader takes, Foundation's takes too.
            if read != nil { #expect(oracle, "seed \(seed)") }
        }
    }
}
