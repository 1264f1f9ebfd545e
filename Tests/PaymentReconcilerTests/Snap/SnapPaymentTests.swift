import Foundation
import PerisaiModels
import Postgres
import Testing

@testable import Kafka
@testable import PaymentReconciler
@testable import Worker

/// Service 25: T42 of domain.md and what belongs to it.
@Suite struct SnapPaymentTests {
    @Test func becomesAnEvent() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        // 23:59:59 in Jakarta is another day than 23:59:59 in UTC.
        let body = try SnapBench.payment(1, "20000.00", ["trxDateTime": #""2018-03-09T17:00:00+00:00""#])
        let reply = await bench.post(.payment, body)
        #expect(reply.line == "200 2002500 Successful")
        let record = try #require(bench.publisher.records.first)
        #expect(record.topic == "bank.payments.v1" && record.header("ce_type") == PaymentReceived.type)
        #expect(record.header("ce_source") == "urn:bank:bni-01")
        let event = try record.payment()
        #expect(event.bank == .bni && event.reference.text == "pay-1" && event.amount == Rupiah(20_000))
        #expect(event.virtualAccount == VirtualAccount(payer: .participant(try kpj(1))))
        #expect(event.bookedOn.description == "2018-03-10")
        try bench.ledger.apply(Make.event("snap", .payment(try IncomingPayment(event))))
        #expect(try bench.ledger.rows("SELECT concat(outcome, ' ', amount) FROM payment") == ["1 20000"])
    }

    /// T42: a repeated paymentRequestId gives the stored result or 4042518, one posting only.
    @Test func t42() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let first = await bench.post(.payment, try SnapBench.payment(1), externalID: "1")
        #expect(first.line == "200 2002500 Successful")
        let advice = try SnapBench.payment(1, "16800.00", ["flagAdvise": #""Y""#])
        let pretty = try SnapBench.payment(1).replacing(",", with: " ,\n  ")
        for (body, id) in [
            (try SnapBench.payment(1), "1"), (try SnapBench.payment(1), "2"), (advice, "3"), (advice, "1"),
            (pretty, "4"),
        ] {
            #expect(await bench.post(.payment, body, externalID: id).text == first.text)
        }
        bench.time.advance(86_400)
        #expect(await bench.post(.payment, advice, externalID: "5").text == first.text)
        let inconsistent = "404 4042518 Inconsistent Request"
        for body in [
            try SnapBench.payment(1, "16801.00"), try SnapBench.payment(2),
            try SnapBench.payment(1, "16800.00", ["trxId": #""x""#]),
            try SnapBench.payment(1, "16800.00", ["referenceNo": #""x""#]),
        ] {
            #expect(await bench.post(.payment, body).line == inconsistent)
        }
        // Another payment under the bank's number of the first.
        let reference: [String: String?] = ["paymentRequestId": #""pay-2""#, "referenceNo": #""pay-1""#]
        #expect(await bench.post(.payment, try SnapBench.payment(1, "16800.00", reference)).line == inconsistent)
        #expect(bench.publisher.records.count == 1)
    }

    @Test func externalIDOfAnotherPayment() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        #expect(await bench.post(.payment, try SnapBench.payment(1), externalID: "1").code == "2002500")
        let other = try SnapBench.payment(1, "16800.00", ["paymentRequestId": #""pay-2""#])
        #expect(await bench.post(.payment, other, externalID: "1").line == "409 4092500 Conflict")
        #expect(await bench.post(.payment, other, externalID: "2").code == "2002500")
        #expect(bench.publisher.records.count == 2)
    }

    /// T42 at one moment: in one process the second call waits and finds the answer.
    @Test func t42AtOnce() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        bench.publisher.hold()
        let requests = try (1...6).map {
            try bench.request(.payment, Array(SnapBench.payment(1).utf8), externalID: "\($0)")
        }
        let endpoint = bench.endpoint
        let publisher = bench.publisher
        let replies = await withTaskGroup(of: String.self) { group in
            for request in requests {
                group.addTask { String(decoding: await endpoint.answer(request, .payment).body, as: UTF8.self) }
            }
            await publisher.awaitHeld()
            publisher.letGo()
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(replies.count == 6 && Set(replies).count == 1)
        #expect(replies.first?.contains(#""responseCode":"2002500""#) == true)
        #expect(bench.publisher.records.count == 1)
    }

    /// The same at two workers: the second is told of the conflict while the first publishes, then gets the answer.
    @Test func t42AtTwoWorkers() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let other = try SnapBench.endpoint(bench.ledger, bench.partner, bench.publisher, bench.metrics, bench.time)
        defer { other.routes.stop() }
        bench.publisher.hold()
        let (first, second) = (
            bench.request(.payment, Array(try SnapBench.payment(1).utf8)),
            bench.request(.payment, Array(try SnapBench.payment(1).utf8))
        )
        let endpoint = bench.endpoint
        async let answer = endpoint.answer(first, .payment)
        await bench.publisher.awaitHeld()
        #expect(SnapReply(await other.answer(second, .payment)).line == "409 4092500 Conflict")
        bench.publisher.letGo()
        let text = SnapReply(await answer).text
        #expect(SnapReply(await other.answer(second, .payment)).text == text)
        #expect(bench.publisher.records.count == 1)
    }

    @Test(arguments: [(KafkaError(.timedOut, ""), "504 5042500 Timeout"), (.closed, "500 5002500 General Error")])
    func kafkaFails(_ failure: KafkaError, _ line: String) async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        bench.publisher.fail(failure)
        #expect(await bench.post(.payment, try SnapBench.payment(1)).line == line)
        // Still to be had: with the same number and body, and not with another body.
        #expect(await bench.post(.payment, try SnapBench.payment(1, "1.00")).code == "4042518")
        bench.publisher.fail(nil)
        #expect(await bench.post(.payment, try SnapBench.payment(1)).code == "2002500")
        #expect(bench.publisher.records.count == 1)
    }

    /// The process ends between publishing and the mark: the repetition publishes the same event again.
    @Test func crashAfterPublishing() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let first = await bench.post(.payment, try SnapBench.payment(1))
        try bench.ledger.connection.execute("UPDATE snap_payment SET published = false, claimed_until = '-infinity'")
        bench.time.advance(3_600)
        let again = await bench.post(.payment, try SnapBench.payment(1, "16800.00", ["flagAdvise": #""Y""#]))
        #expect(again.text == first.text)
        let records = bench.publisher.records
        #expect(records.count == 2 && records[0].value == records[1].value)
        #expect(records[0].header("ce_id") == records[1].header("ce_id"))
        #expect(records[0].header("ce_time") == records[1].header("ce_time"))
        for record in records {
            try bench.ledger.apply(Make.event("e", .payment(try IncomingPayment(record.payment()))))
        }
        #expect(try bench.ledger.rows("SELECT count(*)::text FROM payment") == ["1"])
    }

    @Test func refusals() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let unknown = await bench.post(.payment, try SnapBench.payment(2))
        #expect(unknown.line == "404 4042512 Invalid Bill/Virtual Account [Not Found]")
        #expect(unknown.account["paymentFlagStatus"] as? String == "01")
        let total = ["totalAmount": #"{"value":"16801.00","currency":"IDR"}"#]
        #expect(
            await bench.post(.payment, try SnapBench.payment(1, "16800.00", total)).line == "404 4042513 Invalid Amount"
        )
        try bench.ledger.connection.execute("UPDATE payer SET status = 5, exit_reason = 2")
        #expect(await bench.post(.payment, try SnapBench.payment(1)).line == "404 4042519 Invalid Bill/Virtual Account")
        // Nothing of it is remembered against the bank.
        try bench.ledger.connection.execute("UPDATE payer SET status = 0, exit_reason = NULL")
        #expect(await bench.post(.payment, try SnapBench.payment(1)).code == "2002500")
    }

    @Test func closedAmounts() async throws {
        let bench = try SnapBench(.closed)
        try bench.enrol(1, months: 2)
        #expect(await bench.post(.payment, try SnapBench.payment(1, "16800.00")).line == "404 4042513 Invalid Amount")
        #expect(await bench.post(.payment, try SnapBench.payment(1, "33600.00")).code == "2002500")
        try bench.ledger.connection.execute(
            "UPDATE due SET paid = amount; UPDATE payer SET last_month = \(month(2).index)")
        let other: [String: String?] = ["paymentRequestId": #""pay-2""#]
        #expect(await bench.post(.payment, try SnapBench.payment(1, "16800.00", other)).line == "404 4042514 Paid Bill")
    }

    @Test func withoutDateAndNumber() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let long = String(repeating: "a", count: 128)
        let fields: [String: String?] = ["trxDateTime": nil, "paymentRequestId": "\"\(long)\""]
        #expect(await bench.post(.payment, try SnapBench.payment(1, "16800.00", fields)).code == "2002500")
        let event = try #require(bench.publisher.records.first).payment()
        #expect(event.bookedOn.description == "2018-03-10" && event.reference.text.utf8.count == 32)
    }

    @Test func oldRowsAreForgotten() async throws {
        let bench = try SnapBench()
        try bench.ledger.connection.execute(
            """
            INSERT INTO snap_external_id SELECT date '2018-03-10' - (n % 5), 'bni-01', n::text, 24, '' FROM
                generate_series(1, 2500) AS n;
            INSERT INTO snap_payment (partner, request_id, bank, reference, fingerprint, event_time, event_data, answer,
                received_at)
            SELECT 'bni-01', n::text, 9, n::text, '', now(), '', '', timestamptz '2018-03-10 00:00Z' - n * interval '1 day'
            FROM generate_series(1, 40) AS n
            """)
        let connection = bench.ledger.connection
        let store = SnapStore(connection: connection)
        #expect(try connection.transaction { try store.clean(now: bench.time.now) })
        #expect(try connection.transaction { try store.clean(now: bench.time.now) } == false)
        #expect(
            try bench.ledger.rows("SELECT concat(min(used_on), ' ', count(*)) FROM snap_external_id") == [
                "2018-03-08 1500"
            ])
        #expect(try bench.ledger.rows("SELECT count(*)::text FROM snap_payment") == ["34"])
    }

    @Test func counted() async throws {
        let bench = try SnapBench()
        _ = await bench.post(.payment, "{}")
        let text = bench.metrics.exposition()
        #expect(
            text.contains(#"perisai_snap_requests_total{service="25",code="4002502"} 1"#)
                || text.contains(#"perisai_snap_requests_total{code="4002502",service="25"} 1"#))
        #expect(text.contains("perisai_snap_seconds_count{service=\"25\"} 1"))
    }
}
