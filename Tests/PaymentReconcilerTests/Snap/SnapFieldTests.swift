import Foundation
import PerisaiModels
import Testing

@testable import PaymentReconciler
@testable import Worker

/// Every field by its name. All but the last test are refused before the database is asked.
@Suite struct SnapFieldTests {
    @Test(arguments: [
        "partnerServiceId", "customerNo", "virtualAccountNo", "paymentRequestId", "paidAmount",
    ])
    func missing(_ field: String) async throws {
        let bench = try SnapBench()
        let reply = await bench.post(.payment, try SnapBench.payment(1, "16800.00", [field: nil as String?]))
        #expect(reply.line == "400 4002502 Invalid Mandatory Field \(field)")
        let null = await bench.post(.payment, try SnapBench.payment(1, "16800.00", [field: "null"]))
        #expect(null.line == "400 4002502 Invalid Mandatory Field \(field)")
    }

    @Test(arguments: ["partnerServiceId", "customerNo", "virtualAccountNo", "inquiryRequestId"])
    func missingInAnInquiry(_ field: String) async throws {
        let bench = try SnapBench()
        for value in [nil, #""""#] {
            let reply = await bench.post(.inquiry, try SnapBench.inquiry(1, [field: value]))
            #expect(reply.line == "400 4002402 Invalid Mandatory Field \(field)")
        }
    }

    private static func long(_ count: Int) -> String { "\"" + String(repeating: "9", count: count) + "\"" }

    private static let wrong: [(String, String)] = [
        ("partnerServiceId", #""777 01""#), ("partnerServiceId", "77701"), ("partnerServiceId", long(9)),
        ("customerNo", #""1180a""#), ("customerNo", long(21)), ("virtualAccountNo", #""77701""#),
        ("virtualAccountNo", long(29)), ("paymentRequestId", #""a b""#), ("paymentRequestId", long(129)),
        ("paymentRequestId", #""é""#), ("virtualAccountName", long(256)), ("virtualAccountName", #""a\u0000b""#),
        ("virtualAccountEmail", long(256)), ("virtualAccountPhone", long(31)), ("trxId", long(65)),
        ("channelCode", "60111"), ("channelCode", #""60a""#), ("channelCode", "{}"),
        ("hashedSourceAccountNo", long(33)),
        ("sourceBankCode", long(4)), ("paidBills", #""3G""#), ("paidBills", long(7)), ("trxDateTime", #""kemarin""#),
        ("trxDateTime", #""2018-03-10T09:00:00""#), ("trxDateTime", #""2018-03-11T09:00:01+07:00""#),
        ("referenceNo", long(65)), ("referenceNo", #""a b""#), ("journalNum", #""a b""#), ("paymentType", #""12""#),
        ("flagAdvise", #""X""#), ("flagAdvise", "true"), ("subCompany", long(6)), ("billDetails", "{}"),
        ("billDetails", "[" + Array(repeating: "{}", count: 25).joined(separator: ",") + "]"), ("freeTexts", "7"),
    ]

    @Test(arguments: wrong) func format(_ field: String, _ value: String) async throws {
        let bench = try SnapBench()
        let reply = await bench.post(.payment, try SnapBench.payment(1, "16800.00", [field: value]))
        #expect(reply.line == "400 4002501 Invalid Field Format \(field)")
    }

    @Test(arguments: [
        "16800", "16800.0", "16800.000", "16800,00", "16800.50", "016800.00", "0.00", "-16800.00", "1e4.00",
        "16.800.00", ".00", "99999999999999.00", " 16800.00", "１６.00",
    ])
    func amounts(_ value: String) async throws {
        let bench = try SnapBench()
        let reply = await bench.post(.payment, try SnapBench.payment(1, value))
        #expect(reply.line == "400 4002501 Invalid Field Format paidAmount.value")
    }

    @Test func partsOfAmounts() async throws {
        let bench = try SnapBench()
        func line(_ amount: String, of field: String = "paidAmount") async throws -> String {
            await bench.post(.payment, try SnapBench.payment(1, "16800.00", [field: amount])).line
        }
        #expect(try await line("{}") == "400 4002502 Invalid Mandatory Field paidAmount.value")
        #expect(try await line(#"{"value":"1.00"}"#) == "400 4002502 Invalid Mandatory Field paidAmount.currency")
        #expect(
            try await line(#"{"value":"1.00","currency":"USD"}"#)
                == "400 4002501 Invalid Field Format paidAmount.currency")
        #expect(
            try await line(#"{"value":1.00,"currency":"IDR"}"#) == "400 4002501 Invalid Field Format paidAmount.value")
        #expect(try await line("16800") == "400 4002501 Invalid Field Format paidAmount")
        #expect(
            try await line(#"[{"billAmount":{"value":"1","currency":"IDR"}}]"#, of: "billDetails")
                == "400 4002501 Invalid Field Format billDetails[0].billAmount.value")
    }

    @Test func notJSON() async throws {
        let bench = try SnapBench()
        let deep = String(repeating: #"{"a":"#, count: 5_000) + "1" + String(repeating: "}", count: 5_000)
        let twice = #"{"paymentRequestId":"a","paymentRequestId":"b"}"#
        for body in ["", "[]", "{", "x", "{}{}", deep, twice, #"{"a":"\#u{1}"}"#] {
            #expect(await bench.post(.payment, body).line == "400 4002500 Bad Request", "\(body.prefix(20))")
        }
        let encodings: [[UInt8]] = [
            Array(#"{"paymentRequestId":""#.utf8) + [0xE9, 0xFF] + Array(#""}"#.utf8),
            [0xFF, 0xFE] + "{}".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
            [0xEF, 0xBB, 0xBF] + Array("{}".utf8),
        ]
        for body in encodings {
            let reply = SnapReply(await bench.endpoint.answer(bench.request(.payment, body), .payment))
            #expect(reply.line == "400 4002500 Bad Request")
        }
    }

    @Test func everyFieldIsTaken() async throws {
        let bench = try SnapBench()
        try bench.ledger.apply(Make.enrolled(1))
        let bill =
            #"{"billCode":"01","billNo":"201801","billAmount":{"value":"16800.00","currency":"IDR"},"#
            + #""billDescription":{"english":"x","indonesia":"y"},"billReferenceNo":"7"}"#
        let fields: [String: String?] = [
            "virtualAccountName": #""I Wayan""#, "virtualAccountEmail": #""a@b.id""#,
            "virtualAccountPhone": #""628123""#,
            "trxId": #""t""#, "channelCode": "6011", "hashedSourceAccountNo": #""abc""#, "sourceBankCode": #""009""#,
            "cumulativePaymentAmount": #"{"value":"0.00","currency":"IDR"}"#, "paidBills": #""3F""#,
            "totalAmount": #"{"value":"16800.00","currency":"IDR"}"#, "referenceNo": #""FT18069ABC""#,
            "journalNum": #""123456""#, "paymentType": #""1""#, "subCompany": #""00000""#, "billDetails": "[\(bill)]",
            "freeTexts": #"[{"english":"a","indonesia":"b"}]"#, "additionalInfo": #"{"x":[1]}"#, "unknown": "true",
        ]
        let reply = await bench.post(.payment, try SnapBench.payment(1, "16800.00", fields))
        #expect(reply.line == "200 2002500 Successful")
        #expect(reply.account["paymentFlagStatus"] as? String == "00")
        #expect(
            (reply.account["paymentFlagReason"] as? [String: String]) == ["english": "Success", "indonesia": "Sukses"])
        #expect(reply.account["referenceNo"] as? String == "FT18069ABC" && reply.account["trxId"] as? String == "t")
        #expect(reply.bills == ["201801 16800.00"])
        // What is personal and not ours is not kept.
        #expect(!reply.text.contains("a@b.id") && !reply.text.contains("Wayan"))
        #expect(try bench.publisher.records.first?.payment().reference.text == "FT18069ABC")
    }
}
