import PerisaiModels

/// The file of the providers as it is written.
struct ProviderFile: JSONObject {
    struct Entry: JSONObject {
        var name: String
        var channel: MessageChannel
        var kind: ProviderSettings.Kind
        var url: String?
        var isInsecure: Bool
        var token: SecretText?
        var tokenFile: String?
        var cost: RupiahText?
        var ratePerSecond: Int?
        var concurrency: Int?
        var timeoutMilliseconds: Int?
        var statusURL: String?
        var repeats: ProviderSettings.Repeats?
        var receiptSecrets: [String]?
        var receiptFormat: ProviderSettings.ReceiptFormat?
        var verifyToken: String?
        var settleSeconds: Int?
        var template: Template?
        var smtp: SMTP?

        static let summary = "A provider of one channel"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            name = try reader.required("name")
            channel = try reader.required("channel")
            kind = try reader.required("kind")
            url = try reader.optional("url")
            isInsecure = try reader.optional("insecure") ?? false
            token = try reader.optional("token")
            tokenFile = try reader.optional("token_file")
            cost = try reader.optional("cost")
            ratePerSecond = try reader.optional("rate_per_second")
            concurrency = try reader.optional("concurrency")
            timeoutMilliseconds = try reader.optional("timeout_ms")
            statusURL = try reader.optional("status_url")
            repeats = try reader.optional("repeats")
            receiptSecrets = try reader.optional("receipt_secrets")
            receiptFormat = try reader.optional("receipt_format")
            verifyToken = try reader.optional("verify_token")
            settleSeconds = try reader.optional("settle_seconds")
            template = try reader.optional("template")
            smtp = try reader.optional("smtp")
        }

        /// Without secrets; the file is only read.
        func write(fields writer: inout JSONWriter) {
            writer.field("name", name)
            writer.field("channel", channel)
            writer.field("kind", kind)
        }
    }

    struct Template: JSONObject {
        var name: String
        var language: String?

        static let summary = "A message template that Meta has agreed to"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            name = try reader.required("name")
            language = try reader.optional("language")
        }
        func write(fields writer: inout JSONWriter) { writer.field("name", name) }
    }

    struct SMTP: JSONObject {
        var host: String
        var port: Int
        var security: String
        var user: String?
        var passwordFile: String?
        var from: String
        var heloName: String?

        static let summary = "A mail server"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            host = try reader.required("host")
            port = try reader.required("port")
            security = try reader.required("security")
            user = try reader.optional("user")
            passwordFile = try reader.optional("password_file")
            from = try reader.required("from")
            heloName = try reader.optional("helo_name")
        }
        func write(fields writer: inout JSONWriter) { writer.field("host", host) }
    }

    var providers: [Entry]
    var patienceSeconds: Int?
    var urgentPatienceSeconds: Int?
    var breakerFailures: Int?

    static let summary = "Who takes messages, by channel"

    init(fields reader: inout FieldReader) throws(JSONFault) {
        providers = try reader.required("providers")
        patienceSeconds = try reader.optional("channel_patience_seconds")
        urgentPatienceSeconds = try reader.optional("urgent_patience_seconds")
        breakerFailures = try reader.optional("breaker_failures")
    }
    func write(fields writer: inout JSONWriter) { writer.field("providers", providers) }
}

/// A token, which may be longer than other texts.
struct SecretText: JSONValue {
    let text: String

    static func read(_ slice: JSONSlice) throws(JSONFault) -> SecretText {
        let text = try slice.string()
        guard ProviderSecret.isUsable(text) else {
            throw JSONFault(reason: "must be 1 to \(ProviderSecret.characters.upperBound) visible ASCII characters")
        }
        return SecretText(text: text)
    }
    func write(to writer: inout JSONWriter) { writer.string("masked") }
    static var schema: JSONSchema { .string(maxLength: ProviderSecret.characters.upperBound) }
    static var sample: SecretText { SecretText(text: "contoh") }
}

/// Rupiah with up to three decimals, below a million; kept in thousandths.
struct RupiahText: JSONValue {
    let milli: Int64

    static func read(_ slice: JSONSlice) throws(JSONFault) -> RupiahText {
        let fault = JSONFault(reason: "must be rupiah below 1000000 with up to 3 decimals, 350.5 say")
        let parts = slice.raw.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...6).contains(parts[0].count),
            parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } })
        else { throw fault }
        let decimals = parts.count == 2 ? Array(parts[1]) : [0x30]
        guard (1...3).contains(decimals.count) else { throw fault }
        let digits = Array(parts[0]) + decimals + Array(repeating: 0x30, count: 3 - decimals.count)
        return RupiahText(milli: digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) })
    }
    func write(to writer: inout JSONWriter) { writer.integer(milli / 1_000) }
    static var schema: JSONSchema { .integer(minimum: 0, maximum: 999_999) }
    static var sample: RupiahText { RupiahText(milli: 350_500) }
}
