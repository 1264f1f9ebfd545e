import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

/// Amounts, dates and groups at their limits: applied or refused with a reason, and the books stand.
@Suite(.serialized)
struct LimitTests {
    private func check(_ ledger: Ledger) throws {
        try ledger.audit()
        #expect(try LedgerVerification.run(on: ledger.connection).faults.map(\.description) == [])
    }

    private func paid(_ amount: Int64, on date: CivilDate, months: Int?, _ label: String) throws -> Event<
        ReconcilerInput
    > {
        let account = months == nil ? VirtualAccount(payer: .participant(try kpj(1))) : nil
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference(label), virtualAccount: account,
            nik: months == nil ? nil : try nik(1), months: months, amount: Rupiah(amount), bookedOn: date)
        return Make.event(label, .payment(try IncomingPayment(data)))
    }

    @Test func amountsAndDatesAtTheirLimits() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let dates = try ["1970-01-01", "2018-01-31", "2199-12-31"].map { try date($0) }
        var refused = 0
        for (index, date) in dates.enumerated() {
            for amount in [1, IncomingPayment.amountLimit] {
                for months in [nil, 12] {
                    let event = try paid(amount, on: date, months: months, "p\(index)-\(amount)-\(months ?? 0)")
                    do { try ledger.apply(event) } catch is RecordFault { refused += 1 }
                }
            }
        }
        #expect(refused == 4)
        try check(ledger)
        // All of it taken back.
        for row in try ledger.rows("SELECT concat_ws(' ', reference, amount) FROM payment ORDER BY 1") {
            let parts = row.split(separator: " ").map(String.init)
            try ledger.apply(Make.reversed(1, #require(Int64(parts[1])), of: parts[0], "r\(parts[0])"))
        }
        #expect(try ledger.rows("SELECT sum(amount)::text FROM ledger WHERE account = 1") == ["0"])
        try check(ledger)
    }

    @Test func aGroupOfAThousandAndItsReversal() throws {
        let ledger = try Ledger()
        for payer in 1...10 { try ledger.apply(Make.enrolled(payer)) }
        let members = try (1...PaymentReceived.memberLimit).map {
            PaymentMember(nik: try nik($0 % 20 + 1), months: 1, amount: Rupiah(16_800))
        }
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference("G"), amount: Rupiah(16_800_000), members: members,
            bookedOn: try day(1))
        let event = Make.event("G", .payment(try IncomingPayment(data)))
        for _ in 0..<2 { try ledger.apply(event) }
        try check(ledger)
        let back = try Make.reversed(1, 16_800_000, of: "G", "r")
        for _ in 0..<2 { try ledger.apply(back) }
        #expect(try ledger.rows("SELECT sum(amount)::text FROM ledger WHERE account = 1") == ["0"])
        try check(ledger)
    }
}
