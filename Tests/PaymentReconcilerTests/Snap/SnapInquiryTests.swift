import Foundation
import PerisaiModels
import Postgres
import Testing

@testable import PaymentReconciler
@testable import Worker

/// Service 24 over the tables. Month 3 is March 2018; JKK and JKM of the first band are 16,800 a month.
@Suite struct SnapInquiryTests {
    private func set(_ bench: SnapBench, _ sql: String) throws { try bench.ledger.connection.execute(sql) }

    private func code(_ number: Int) throws -> Int64 { PayerNumber.participant(try kpj(number)).code }

    @Test func openMonthsThenTheNext() async throws {
        let bench = try SnapBench()
        try bench.enrol(1, months: 3)
        try bench.ledger.apply(Make.paid(1, 20_000, "first"))
        let open = await bench.post(.inquiry, try SnapBench.inquiry(1))
        #expect(open.line == "200 2002400 Successful")
        #expect(open.bills == ["201802 13600.00", "201803 16800.00"] && open.total == "30400.00")
        #expect(
            open.account["inquiryStatus"] as? String == "00" && open.account["inquiryRequestId"] as? String == "inq-1")
        #expect(open.account["partnerServiceId"] as? String == "   77701")
        #expect(open.account["virtualAccountName"] as? String == "PESERTA BPU \(try kpj(1).text)")
        // All paid and 6,800 over: the next month, less the credit.
        try bench.ledger.apply(Make.paid(1, 37_200, "second"))
        let next = await bench.post(.inquiry, try SnapBench.inquiry(1))
        #expect(next.bills == ["201804 10000.00"] && next.total == "10000.00")
    }

    @Test func employer() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.employer(12_345_678, wages: [4_000_000, 5_000_000]))
        let customer = VirtualAccount(payer: .employer(try NPP(number: 12_345_678))).customerNumber
        let body = try SnapBench.inquiry(
            1, ["customerNo": "\"\(customer)\"", "virtualAccountNo": "\"   77701\(customer)\""])
        let reply = await bench.post(.inquiry, body)
        #expect(reply.line == "200 2002400 Successful")
        let due = try bench.ledger.rows("SELECT concat(sum(amount - paid), '.00') FROM due")
        #expect([reply.total] == due)
        #expect(reply.account["virtualAccountName"] as? String == "PERUSAHAAN NPP 12345678")
        let payer = PayerNumber.employer(try NPP(number: 12_345_678)).code
        try set(
            bench,
            """
            INSERT INTO fine (payer, month, amount, months_late, assessed_on)
            VALUES (\(payer), \(month(1).index), 972, 1, '2018-03-01')
            """)
        let fined = await bench.post(.inquiry, body)
        #expect(fined.bills.count == reply.bills.count + 1 && fined.bills.last == "D201801 972.00")
    }

    @Test func unknownAccounts() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let notFound = "404 4042412 Invalid Bill/Virtual Account [Not Found]"
        #expect(await bench.post(.inquiry, try SnapBench.inquiry(2)).line == notFound)
        let customer = VirtualAccount(payer: .participant(try kpj(1))).customerNumber
        for (service, number) in [("77702", customer), ("77701", "3\(customer.dropFirst())"), ("77701", "123")] {
            let reply = await bench.post(
                .inquiry,
                try SnapBench.inquiry(
                    1,
                    [
                        "partnerServiceId": "\"\(service)\"", "customerNo": "\"\(number)\"",
                        "virtualAccountNo": "\"\(service)\(number)\"",
                    ]))
            #expect(reply.line == notFound)
            #expect(reply.account["inquiryStatus"] as? String == "01")
        }
        // A payment was here before its payer: the row is a gate, no payer.
        try bench.ledger.apply(Make.paid(3, 16_800, "early"))
        #expect(await bench.post(.inquiry, try SnapBench.inquiry(3)).line == notFound)
    }

    @Test func standings() async throws {
        let bench = try SnapBench()
        try bench.enrol(1, months: 8)
        let payer = try code(1)
        let total = { () async throws -> String in
            let reply = await bench.post(.inquiry, try SnapBench.inquiry(1))
            return reply.total.isEmpty ? reply.line : reply.total
        }
        #expect(try await total() == "134400.00")
        // Lapsed: the current month only. Back after a claim: the same.
        try set(bench, "UPDATE payer SET status = 3 WHERE payer = \(payer)")
        #expect(try await total() == "16800.00")
        try set(
            bench, "UPDATE payer SET status = 5, exit_reason = 1, last_month = \(month(4).index) WHERE payer = \(payer)"
        )
        #expect(try await total() == "16800.00")
        try set(bench, "UPDATE payer SET exit_reason = 2 WHERE payer = \(payer)")
        #expect(try await total() == "404 4042419 Invalid Bill/Virtual Account")
        // Closed: what is open through the last month, then nothing.
        try set(bench, "UPDATE payer SET exit_reason = 6 WHERE payer = \(payer)")
        #expect(try await total() == "67200.00")
        try set(bench, "UPDATE due SET paid = amount WHERE payer = \(payer)")
        #expect(try await total() == "404 4042414 Paid Bill")
    }

    @Test func longBillsAreSummedUp() async throws {
        let bench = try SnapBench()
        try bench.enrol(1, months: 40)
        let reply = await bench.post(.inquiry, try SnapBench.inquiry(1))
        #expect(reply.bills.count == 24 && reply.bills.last == "201912 285600.00" && reply.total == "672000.00")
    }

    @Test func externalIDsOnceADay() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let request = bench.request(.inquiry, Array(try SnapBench.inquiry(1).utf8), externalID: "77")
        #expect(SnapReply(await bench.endpoint.answer(request, .inquiry)).code == "2002400")
        // Replayed as it was, within the window; with another body; for another service.
        #expect(SnapReply(await bench.endpoint.answer(request, .inquiry)).line == "409 4092400 Conflict")
        let other = try SnapBench.inquiry(1, ["inquiryRequestId": #""inq-2""#])
        #expect(await bench.post(.inquiry, other, externalID: "77").line == "409 4092400 Conflict")
        #expect(await bench.post(.payment, try SnapBench.payment(1), externalID: "77").line == "409 4092500 Conflict")
        // 15 hours later it is another day in Jakarta.
        bench.time.advance(15 * 3_600)
        #expect(await bench.post(.inquiry, other, externalID: "77").code == "2002400")
    }
}
