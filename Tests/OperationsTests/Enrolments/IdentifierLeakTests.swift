import CommissionCalculator
import EnrollmentIntake
import Foundation
import Notifier
import PaymentReconciler
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import Operations

/// Personal numbers stand in no error, description or dead letter's reason, whatever is wrong with them (UU 27/2022).
@Suite struct IdentifierLeakTests {
    /// Texts that are nearly a NIK: one of each wrong part, digits too many and too few, other characters.
    private static let wrong = [
        "2071014107800001", "5100014107800001", "5171004107800001", "5171013102800001", "5171014107800000",
        "51710141078000011", "517101410780001", "517101410780000x", "5171014107800001 ", "9999999999999999",
    ]

    /// Six digits in a row of the number beyond what a mask shows.
    private func leaks(_ text: String, _ number: String) -> Bool {
        let digits = Array(number.filter(\.isNumber))
        guard digits.count >= 8 else { return false }
        return (0...(digits.count - 6)).contains { text.contains(String(digits[$0..<$0 + 6])) }
    }

    /// Every text field of every event, one after the other, holds a wrong NIK: the fault names the field alone.
    @Test func faultsOfEventsHoldNoDigits() throws {
        var faults = 0
        for type in EventCatalog.all {
            let sample = try #require(try JSONSerialization.jsonObject(with: Data(Self.sample(type))) as? [String: Any])
            for field in sample.keys {
                for number in Self.wrong {
                    for value in [number, Int64(number) ?? 1, [number], ["nik": number]] as [Any] {
                        var changed = sample
                        changed[field] = value
                        let data = try JSONSerialization.data(withJSONObject: changed)
                        guard let fault = Self.fault(type, data) else { continue }
                        faults += 1
                        #expect(!leaks("\(fault)", number), "\(type.type) \(field): \(fault)")
                    }
                }
            }
        }
        #expect(faults > 1_000)
    }

    private static func sample<Event: EventData>(_ type: Event.Type) -> [UInt8] {
        var writer = JSONWriter()
        Event.sample.write(to: &writer)
        return writer.bytes
    }

    private static func fault<Event: EventData>(_ type: Event.Type, _ data: Data) -> JSONFault? {
        let bytes = Array(data)
        let result: Result<Event, JSONFault> = bytes.withUnsafeBytes { raw in
            Result { () throws(JSONFault) in try Event.read(bytes: raw) }
        }
        guard case .failure(let fault) = result else { return nil }
        return fault
    }

    /// What a worker writes into a dead letter is this fault.
    @Test func servicesRefuseWithoutDigits() throws {
        for number in Self.wrong {
            let data = Array(#"{"submission_id":"S-1","nik":"\#(number)","name":"A"}"#.utf8)
            func check(_ service: some WorkerService) {
                do {
                    let input = try data.withUnsafeBytes {
                        try service.decode(type: ParticipantSubmitted.type, data: $0)
                    }
                    #expect(input == nil, "\(service.name)")
                } catch {
                    #expect("\(error)".contains("nik") && !leaks("\(error)", number), "\(service.name): \(error)")
                }
            }
            check(EnrollmentIntakeService())
            check(PaymentReconcilerService())
            check(CommissionCalculatorService())
            check(NotifierService(templates: try TemplateSet()))
        }
    }

    /// Random digits never trap, and neither values nor faults show them.
    @Test func randomDigitsAreNeverShown() throws {
        var random = SeededGenerator("identifier leaks")
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...18, using: &random) < 14 ? 16 : Int.random(in: 1...24, using: &random)
            let text = String((0..<count).map { _ in Character("\(Int.random(in: 0...9, using: &random))") })
            var told: [String] = []
            func tell<Value: CustomStringConvertible>(_ read: () throws -> Value) {
                do {
                    let value = try read()
                    told += [
                        "\(value)", String(describing: value), value.description, "\([value])",
                        "\(Optional(value) as Any)",
                    ]
                } catch { told += ["\(error)", String(reflecting: error)] }
            }
            tell { try NIK(text) }
            tell { try NPWP(text) }
            tell { try AccountNumber(text) }
            tell { try PhoneNumber("0" + text) }
            tell { try PhoneNumber("628" + text) }
            for one in told { #expect(!leaks(one, text), "\(one)") }
            #expect((try? NIK(text)) == nil || NIK.wrongPart(of: text) == nil)
            #expect((try? NIK(text)) != nil || NIK.wrongPart(of: text) != nil)
        }
    }

    /// A NIK that is right inside an event that is not: the fault of the other field does not repeat it.
    @Test func goodNumbersInBadEventsAreNotShown() throws {
        let nik = "5171014107800001"
        let text = #"{"submission_id":"S-1","nik":"\#(nik)","name":"A","phone":"+6281234567890","programmes":["X"]}"#
        let fault = try #require(Self.fault(ParticipantSubmitted.self, Data(text.utf8)))
        #expect(fault.field.hasPrefix("programmes") && !leaks("\(fault)", nik))
        let line = try JSONSerialization.data(withJSONObject: [
            "specversion": "1.0", "id": nik, "source": "/x", "type": nik, "time": "2018-01-01T00:00:00Z", "data": [:],
        ])
        let error = #expect(throws: JSONFault.self) { try EventLine.record(Array(line), topic: nil) }
        #expect(error.map { !leaks("\($0)", nik) } == true)
    }

    /// T29, T32: the parts of a NIK.
    @Test func partsOfANIK() throws {
        let date = CivilDate(parsing: "2026-11-20") ?? .sample
        #expect(try NIK("1271215712960003").birthDate(asOf: date)?.description == "1996-12-17")
        #expect(try NIK("1271215712960003").isFemale && NIK("1271215712960003").province?.name == "Sumatera Utara")
        #expect(try NIK("3515140508680001").birthDate(asOf: date) == NIK("3515144508680002").birthDate(asOf: date))
        for code in 0...99 { #expect((Province(code: code) != nil) == (IndonesianZone(provinceCode: code) != nil)) }
        let parts: [(String, NIKPart?)] = [
            ("1271215712960003", nil), ("127121571296000", .length), ("127121571296000a", .digits),
            ("2071215712960003", .province), ("1200215712960003", .regency), ("1271005712960003", .district),
            ("1271215712960000", .serial), ("1271217212960003", .birthDate), ("1271213102960003", .birthDate),
            ("1271210012960003", .birthDate), ("1271214012960003", .birthDate), ("1271215700960003", .birthDate),
            ("1271215713960003", .birthDate), ("1271216902010003", .birthDate), ("1271216902000003", nil),
        ]
        for (text, part) in parts { #expect(NIK.wrongPart(of: text) == part, "\(text)") }
    }
}
