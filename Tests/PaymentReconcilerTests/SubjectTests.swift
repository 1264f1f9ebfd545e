import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

/// Participants who ask that the own data be erased or corrected (UU 27/2022): the ledger is provable as before.
@Suite(.serialized)
struct SubjectTests {
    private let name = "Ni Kadek Rahasia"

    private func enrolled(_ number: Int, name: String? = nil) throws -> Event<ReconcilerInput> {
        let event = try Make.enrolled(number)
        guard case .participant(var data) = event.input else { return event }
        data.name = name ?? self.name
        return Event(key: event.key, time: event.time, input: .participant(data))
    }

    private func erased(_ number: Int, second: Int = 100) throws -> Event<ReconcilerInput> {
        let data = SubjectErased(
            requestID: try SubmissionID("R-\(number)-\(second)"), kpj: try kpj(number), agentIDs: [],
            erasedOn: try day(120))
        return Make.event("erased-\(number)-\(second)", .erased(data), second: second)
    }

    private func line(_ label: String, _ amount: Int64, text: String? = nil) throws -> Event<ReconcilerInput> {
        let data = StatementEntryBooked(
            bank: .bni, account: try AccountNumber("1234567890"), statement: try PaymentReference("S1"), entry: 1,
            direction: .credit, isReversal: false, interim: false, amount: Rupiah(amount), bookedOn: try day(2, 12),
            reference: try PaymentReference(label), payerName: name, text: text)
        return Make.event(label, .entry(try IncomingEntry(data)))
    }

    private func scan(_ ledger: Ledger, _ number: Int) throws -> [String] {
        let key = try #require(NameKey(name)).text
        return try PersonalDataScan.places(
            of: [try nik(number).text, name, key, String(key.prefix(10))], schema: "payment_reconciler",
            on: ledger.connection)
    }

    /// Everything under the chains, and what they prove.
    private func books(_ ledger: Ledger) throws -> [String] {
        try ["ledger", "due", "payer", "audit_log", "audit_head", "suspense_release"].flatMap { table in
            try ledger.rows("SELECT '\(table) ' || row_to_json(t)::text FROM \(table) AS t ORDER BY 1")
        }
    }

    @Test func nothingIsLeftAndTheLedgerIsProved() throws {
        let ledger = try Ledger()
        let nik = try nik(1)
        // Money by NIK before the enrolment and after it, with the NIK in the bank's number; by name, in two halves.
        try ledger.apply(Make.paid(1, 16_800, "early", byNIK: 1))
        try ledger.apply(enrolled(1))
        try ledger.apply(Make.date(2))
        for _ in 1...5 { _ = try ledger.applier.work() }
        try ledger.apply(line("half-1", 8_400, text: "SETORAN 1"))
        let both = try ledger.apply(line("half-2", 8_400, text: "SETORAN 2"))
        #expect(both.kinds.filter { $0 == "contribution-posted" }.count == 2)
        try ledger.apply(Make.paid(1, 16_800, "pay-\(nik.text)", on: 2, byNIK: 1))
        try ledger.apply(Make.paid(1, 16_800, "again", on: 2, byNIK: 1, reference: "again-\(nik.text)"))
        try ledger.apply(Make.reversed(1, 16_800, of: "again-\(nik.text)", "back-\(nik.text)", on: 2))
        let group = PaymentReceived(
            bank: .bni, reference: try PaymentReference("group-\(nik.text)"), amount: Rupiah(16_800),
            members: [PaymentMember(nik: nik, months: 1, amount: Rupiah(16_800))], bookedOn: try day(2))
        try ledger.apply(Make.event("group", .payment(try IncomingPayment(group))))
        #expect(try !scan(ledger, 1).isEmpty)
        let before = try books(ledger)
        #expect(try LedgerVerification.run(on: ledger.connection).isProven)

        #expect(try ledger.apply(erased(1)).isEmpty)
        #expect(try scan(ledger, 1) == [])
        #expect(try books(ledger) == before)
        let report = try LedgerVerification.run(on: ledger.connection)
        #expect(report.isProven)
        try ledger.audit()
        #expect(try ledger.rows("SELECT count(*)::text FROM subject_erasure") == ["1"])
        // The account lives on by its KPJ.
        try ledger.apply(Make.paid(1, 16_800, "by-va", second: 200))
        #expect(try LedgerVerification.run(on: ledger.connection).isProven)
    }

    @Test func nobodyElseIsTouched() throws {
        let ledger = try Ledger()
        try ledger.apply(enrolled(1))
        try ledger.apply(enrolled(2, name: "Orang Lain"))
        try ledger.apply(Make.paid(2, 16_800, "two", byNIK: 1))
        try ledger.apply(erased(1))
        #expect(
            try ledger.rows("SELECT concat(nik) FROM nik_payer WHERE payer IS NOT NULL") == [String(nik(2).code)])
        #expect(try ledger.rows("SELECT name_key FROM payer_name") == ["ORANGLAIN"])
        #expect(try ledger.rows("SELECT nik::text FROM payment") == [String(nik(2).code)])
    }

    @Test func anEnrolmentThatComesLateBindsNothing() throws {
        let ledger = try Ledger()
        try ledger.apply(erased(1))
        try ledger.apply(enrolled(1))
        #expect(try scan(ledger, 1) == [])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        // The same in one batch, and one that is enrolled anew afterwards.
        let other = try Ledger()
        _ = try other.applier.apply([try enrolled(1), try erased(1)])
        #expect(try scan(other, 1) == [])
        let late = try Make.enrolled(1)
        let again = Event(
            key: EventKey.of(source: "/test", id: "again"),
            time: try #require(Instant(microseconds: 1_900_000_000_000_000)),
            input: late.input)
        try other.apply(again)
        #expect(try other.rows("SELECT count(*)::text FROM nik_payer WHERE payer IS NOT NULL") == ["1"])
    }

    @Test func aCorrectedNameReplacesTheWrongOne() throws {
        let ledger = try Ledger()
        try ledger.apply(enrolled(1))
        let data = SubjectCorrected(
            requestID: try SubmissionID("C-1"), kpj: try kpj(1), name: "Ni Kadek Benar", correctedOn: try day(2))
        try ledger.apply(Make.event("c", .corrected(data), second: 5))
        #expect(try ledger.rows("SELECT name_key FROM payer_name") == ["NIKADEKBENAR"])
    }
}
