import Crypto
import PerisaiModels

import struct Foundation.UUID

/// Reads the reports of providers, each in its own form.
enum ReceiptReader {
    /// Most reports in one request.
    static let most = 1_000

    /// - Throws: `JSONFault` when the body cannot be read.
    static func read(_ body: [UInt8], _ format: ProviderSettings.ReceiptFormat) throws(JSONFault) -> [Receipt] {
        let receipts: [Receipt]
        switch format {
        case .gateway: receipts = try whole(body, GatewayReceipts.self).receipts.map(\.receipt)
        case .whatsapp: receipts = try whole(body, CloudReceipts.self).receipts
        }
        guard receipts.count <= most else {
            throw JSONFault(field: "receipts", reason: "has more than \(most) entries")
        }
        return receipts
    }

    private static func whole<Value: JSONObject>(_ body: [UInt8], _ type: Value.Type) throws(JSONFault) -> Value {
        try body.withUnsafeBytes { bytes in
            Result { () throws(JSONFault) in try Value.read(bytes: bytes) }
        }.get()
    }
}

/// `{"receipts": [{"id": "…", "message_id": "…", "reference": "…", "status": "delivered", "at": "…"}]}`
private struct GatewayReceipts: JSONObject {
    struct Entry: JSONObject {
        var receipt: Receipt

        static let summary = "What became of a message"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            let reason: String?
            receipt = Receipt(
                id: try reader.required("id", "The same for the same report"),
                dispatchID: try reader.optional("message_id", "As it was posted"),
                reference: try reader.optional("reference", "The provider's own"),
                status: try reader.required("status"),
                at: try reader.required("at"), detail: nil)
            reason = try reader.optional("reason", "A short code")
            receipt.detail = reason.flatMap(HTTPOutcome.cleanCode)
            guard HTTPOutcome.cleanReference(receipt.id) != nil else {
                throw JSONFault(field: "id", reason: "must be 1 to 200 visible ASCII characters")
            }
            receipt.reference = receipt.reference.flatMap(HTTPOutcome.cleanReference)
            guard receipt.dispatchID != nil || receipt.reference != nil else {
                throw JSONFault(field: "message_id", reason: "is missing, and so is reference")
            }
        }

        func write(fields writer: inout JSONWriter) {
            writer.field("id", receipt.id)
            writer.field("message_id", receipt.dispatchID)
            writer.field("reference", receipt.reference)
            writer.field("status", receipt.status)
            writer.field("at", receipt.at)
        }
    }

    var receipts: [Entry]

    static let summary = "What became of messages"

    init(fields reader: inout FieldReader) throws(JSONFault) { receipts = try reader.required("receipts") }
    func write(fields writer: inout JSONWriter) { writer.field("receipts", receipts) }
}

/// Meta's webhook of the WhatsApp Business account: what it says of statuses; the rest is left unread.
private struct CloudReceipts: JSONObject {
    struct Entry: JSONObject {
        var changes: [Change]
        static let summary = "An account"
        init(fields reader: inout FieldReader) throws(JSONFault) { changes = try reader.optional("changes") ?? [] }
        func write(fields writer: inout JSONWriter) { writer.field("changes", changes) }
    }
    struct Change: JSONObject {
        var value: Value?
        static let summary = "A change"
        init(fields reader: inout FieldReader) throws(JSONFault) { value = try reader.optional("value") }
        func write(fields writer: inout JSONWriter) { writer.field("value", value) }
    }
    struct Value: JSONObject {
        var statuses: [Status]
        static let summary = "Statuses of messages"
        init(fields reader: inout FieldReader) throws(JSONFault) { statuses = try reader.optional("statuses") ?? [] }
        func write(fields writer: inout JSONWriter) { writer.field("statuses", statuses) }
    }
    struct Failure: JSONObject {
        var code: Int?
        static let summary = "Why it failed"
        init(fields reader: inout FieldReader) throws(JSONFault) { code = try reader.optional("code") }
        func write(fields writer: inout JSONWriter) { writer.field("code", code) }
    }
    struct Status: JSONObject {
        var id: String
        var status: String
        /// Unix seconds, as text.
        var timestamp: String
        var callbackData: String?
        var errors: [Failure]

        static let summary = "The status of a message"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            id = try reader.required("id")
            status = try reader.required("status")
            timestamp = try reader.required("timestamp")
            callbackData = try reader.optional("biz_opaque_callback_data")
            errors = try reader.optional("errors") ?? []
        }
        func write(fields writer: inout JSONWriter) {
            writer.field("id", id)
            writer.field("status", status)
        }

        /// Nil for a status that says nothing of the delivery.
        var receipt: Receipt? {
            let known: ReceiptStatus? =
                switch status {
                case "sent": .sent
                case "delivered", "read": .delivered
                case "failed": .failed
                default: nil
                }
            guard let known, let reference = HTTPOutcome.cleanReference(id), reference.utf8.count <= 180,
                let seconds = Int64(timestamp), (0...4_102_444_800).contains(seconds),
                let at = Instant(microseconds: seconds * 1_000_000)
            else { return nil }
            return Receipt(
                id: "\(reference):\(status)", dispatchID: callbackData.flatMap { UUID(uuidString: $0) },
                reference: reference, status: known, at: at, detail: errors.first?.code.map { "code \($0)" })
        }
    }

    var entries: [Entry]

    static let summary = "Meta's webhook"

    init(fields reader: inout FieldReader) throws(JSONFault) { entries = try reader.optional("entry") ?? [] }
    func write(fields writer: inout JSONWriter) { writer.field("entry", entries) }

    var receipts: [Receipt] {
        entries.flatMap(\.changes).flatMap { $0.value?.statuses ?? [] }.compactMap(\.receipt)
    }
}

/// Whether a request comes from the provider.
enum ReceiptSignature {
    /// How far a timestamp may be from our clock, in seconds.
    static let window: Int64 = 300

    /// `Webhook-Id`, `Webhook-Timestamp` and `Webhook-Signature` as in our own webhooks.
    static func isValidGateway(
        id: String?, timestamp: String?, signature: String?, body: [UInt8], secrets: [String], now: Int64
    ) -> Bool {
        guard let id, (1...200).contains(id.utf8.count), let signature, let time = timestamp.flatMap({ Int64($0) }),
            (now - window...now + window).contains(time)
        else { return false }
        return WebhookSignature.isValid(signature, id: id, timestamp: time, body: body, secrets: secrets)
    }

    /// `X-Hub-Signature-256: sha256=…` over the body, under the app's secret.
    static func isValidCloud(_ header: String?, body: [UInt8], secrets: [String]) -> Bool {
        guard let header, header.hasPrefix("sha256=") else { return false }
        let given = Array(header.dropFirst(7).utf8)
        return secrets.contains { secret in
            let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
            let right = code.flatMap { byte in Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
            }
            return isSame(given, right)
        }
    }

    /// Takes the same time wherever they differ.
    static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var difference = left.count ^ right.count
        for (one, other) in zip(left, right) { difference |= Int(one ^ other) }
        return difference == 0
    }
}
