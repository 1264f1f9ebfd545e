import Foundation
import Kafka
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import Operations

@Suite struct PublishTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ lines: [String]) throws -> String {
        try folder.write("events.jsonl", lines.joined(separator: "\n"))
    }

    private func event(_ data: String, type: String = BusinessDateStarted.type, time: String = "2018-01-01T00:00:00Z")
        -> String
    {
        """
        {"specversion":"1.0","id":"1","source":"/test","type":"\(type)","time":"\(time)","data":\(data)}
        """
    }

    @Test func badLinesAreNamedWithFieldAndReason() throws {
        let nik = "5171014101569999"
        let path = try file([
            event(#"{"date":"2018-01-01"}"#), "", "{", event(#"{"date":"2018-13-01"}"#),
            event("{}", type: "id.perisai.nothing.v1"), event(#"{"date":"2018-01-02"}"#, time: "yesterday"),
            event(
                #"{"bank":"009","reference":"A","nik":"\#(nik)","months":13,"amount":5,"booked_on":"2018-01-01"}"#,
                type: PaymentReceived.type), event(#"{"date":"2018-01-03"}"#),
            event(
                #"{"bank":"009","reference":"A","virtual_account":"${VA:SUB-1}","amount":5,"booked_on":"2018-01-01"}"#,
                type: PaymentReceived.type),
        ])
        var sent: [OutgoingRecord] = []
        let result = try FilePublisher().read(path) { sent.append($0) }
        #expect(sent.count == 2)
        #expect(result.published == 2)
        #expect(result.faults.map(\.line) == [3, 4, 5, 6, 7, 9])
        #expect(result.faults.dropFirst().map(\.field) == ["data.date", "type", "time", "data.months", ""])
        #expect(!result.faults.contains { $0.description.contains(nik) })
        let wrongTopic = try FilePublisher(topic: .payments).read(path) { _ in }
        #expect(wrongTopic.published == 0)
    }

    @Test func placeholdersAreFilledFromEnrolments() throws {
        var directory = EnrollmentDirectory()
        let kpj = try KPJ("18020000017")
        let nik = "5171014101560001"
        let enrolled = ParticipantEnrolled(
            submissionID: try SubmissionID("SUB-1"), kpj: kpj, nik: try NIK(nik), name: "I Wayan Adi", agentID: nil,
            branch: try BranchCode("DPS"), programmes: [.jkk, .jkm], monthlyIncome: Rupiah(1_000_000),
            occupation: .other, newlyRegistered: true, zone: .wita, enrolledOn: .sample, firstMonth: .sample)
        enrolled.json.withUnsafeBytes { directory.apply(type: ParticipantEnrolled.type, data: $0) }
        directory.insert(.employer(try NPP("15092870")), for: "SUB-2")
        func fill(_ text: String) -> String? {
            guard case .filled(let bytes) = Placeholders.fill(Array(text.utf8), from: directory) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        let account = VirtualAccount(payer: .participant(kpj)).text
        #expect(fill("a ${VA:SUB-1} ${VA:\(nik)} ${KPJ:\(nik)}") == "a \(account) \(account) \(kpj.text)")
        #expect(fill("${NPP:SUB-2} ${KODE:SUB-2:2018-02}") == "15092870 180215092870")
        #expect(fill("${KODE:SUB-1}") == "9\(kpj.text)")
        #expect(fill("no ${ placeholder $") == "no ${ placeholder $")
        guard case .missing(let name) = Placeholders.fill(Array("${VA:5171014101560002}".utf8), from: directory) else {
            Issue.record("filled from nothing")
            return
        }
        #expect(!name.contains("5171014101560002"))
    }

    @Test func datesKeepTheirIds() throws {
        let date = try #require(CivilDate(parsing: "2018-02-05"))
        #expect(BusinessDates.event(date).attributes == BusinessDates.event(date).attributes)
        #expect(BusinessDates.event(date).attributes.id != BusinessDates.event(date.adding(days: 1)).attributes.id)
    }

    @Test func wrongUseIsTwo() {
        #expect(PerisaiCommand.start(["nothing"]) == 2)
        #expect(PerisaiCommand.start(["simulate", "--out", "x"]) == 2)
        #expect(PerisaiCommand.start(["topics", "apply", "--partitions", "0"]) == 2)
        #expect(PerisaiCommand.start(["publish", "/nothing/here.jsonl", "--dry-run"]) == 1)
    }
}
