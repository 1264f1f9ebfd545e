import CCurl
import Foundation

/// What a server said to one mail, and how far the mail had come.
final class SMTPExchange {
    private var bytes: [UInt8] = []
    private var offset = 0
    /// Whether a byte of the mail was asked for: the server had answered 354 to DATA.
    private(set) var isHandedOver = false
    /// The latest reply before that.
    private(set) var early: Int?
    /// Replies 250 before that: to EHLO, to MAIL and to RCPT.
    private(set) var okays = 0
    /// The reply after that, and its text.
    private(set) var final: (code: Int, text: String)?

    func begin(_ mail: SMTPMail) {
        bytes = mail.bytes
        offset = 0
        isHandedOver = false
        early = nil
        okays = 0
        final = nil
    }

    /// Nothing of a mail stays.
    func end() { bytes = [] }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        isHandedOver = true
        let count = min(buffer.count, bytes.count - offset)
        guard count > 0 else { return 0 }
        bytes[offset..<offset + count].withUnsafeBytes { buffer.copyMemory(from: $0) }
        offset += count
        return count
    }

    /// One line of a reply; the last one of a reply has a space behind its code (RFC 5321 section 4.2.1).
    func hear(_ line: UnsafeRawBufferPointer) {
        let text = String(decoding: line.prefix(512), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.count >= 3, let code = Int(text.prefix(3)), (200..<600).contains(code) else { return }
        guard text.utf8.count == 3 || text.dropFirst(3).first == " " else { return }
        // The answer to QUIT says nothing of the mail.
        guard code != 221 else { return }
        if isHandedOver {
            final = final ?? (code, String(text.dropFirst(4)))
        } else {
            early = code
            if code == 250 { okays += 1 }
        }
    }
}

/// One libcurl handle with its connection to the server. Blocks; never called by two at once.
final class SMTPSession {
    /// What libcurl says of it, with all that the server said.
    private let handle: UnsafeMutableRawPointer
    private let secret: ProviderSecret?
    private let greetings: Int
    private var password: String?
    private let exchange = SMTPExchange()

    /// Once in a process, before the first handle.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK

    /// - Parameter authority: file of the certificates that are trusted; nil: the system's.
    /// - Returns: nil when libcurl has no handle left.
    init?(_ settings: SMTPSettings, trusting authority: String?) {
        guard Self.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        secret = settings.password
        greetings = settings.security == .starttls ? 2 : 1
        let scheme = settings.security == .tls ? "smtps" : "smtp"
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let milliseconds = Int(settings.timeout.milliseconds)
        text(CURLOPT_URL, "\(scheme)://\(host):\(settings.port)/\(settings.heloName)")
        text(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // Neither the environment nor a file of the user decides where mails go.
        text(CURLOPT_PROXY, "")
        long(CURLOPT_NETRC, 0)
        long(CURLOPT_VERBOSE, 0)
        long(CURLOPT_NOSIGNAL, 1)
        long(CURLOPT_UPLOAD, 1)
        long(CURLOPT_USE_SSL, settings.security == .starttls ? Int(CURLUSESSL_ALL.rawValue) : 0)
        long(CURLOPT_SSL_VERIFYPEER, 1)
        long(CURLOPT_SSL_VERIFYHOST, 2)
        long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authority { text(CURLOPT_CAINFO, authority) }
        long(CURLOPT_TIMEOUT_MS, milliseconds)
        long(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
        // For each reply, in seconds: the answer to QUIT is waited for no longer than that.
        long(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, (milliseconds + 999) / 1_000))
        if let user = settings.user {
            text(CURLOPT_USERNAME, user)
            text(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
            long(CURLOPT_SASL_IR, 1)
        }
        listen()
    }

    deinit { curl_easy_cleanup(handle) }

    private func text(_ option: CURLoption, _ value: String) { _ = perisai_curl_set_text(handle, option, value) }
    private func long(_ option: CURLoption, _ value: Int) { _ = perisai_curl_set_long(handle, option, value) }

    /// The exchange lives as long as the handle does.
    private func listen() {
        let pointer = Unmanaged.passUnretained(exchange).toOpaque()
        for option in [CURLOPT_READDATA, CURLOPT_HEADERDATA] { _ = perisai_curl_set_pointer(handle, option, pointer) }
        _ = perisai_curl_set_function(handle, CURLOPT_READFUNCTION) { buffer, size, count, pointer in
            guard let pointer else { return 0 }
            let exchange = Unmanaged<SMTPExchange>.fromOpaque(pointer).takeUnretainedValue()
            return exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        _ = perisai_curl_set_function(handle, CURLOPT_HEADERFUNCTION) { line, size, count, pointer in
            guard let pointer else { return size * count }
            let exchange = Unmanaged<SMTPExchange>.fromOpaque(pointer).takeUnretainedValue()
            exchange.hear(UnsafeRawBufferPointer(start: line, count: size * count))
            return size * count
        }
        _ = perisai_curl_set_function(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
    }

    /// Sends one mail, and says what came of it.
    func send(_ mail: SMTPMail) -> SendOutcome {
        defer { exchange.end() }
        guard logIn() else { return .lockedOut(reason: "no password") }
        let list = curl_slist_append(nil, "<\(mail.recipient.text)>")
        defer {
            _ = perisai_curl_set_list(handle, CURLOPT_MAIL_RCPT, nil)
            curl_slist_free_all(list)
        }
        guard list != nil else { return .notTaken(reason: "no memory", after: nil) }
        _ = perisai_curl_set_list(handle, CURLOPT_MAIL_RCPT, list)
        text(CURLOPT_MAIL_FROM, "<\(mail.sender.mailbox)>")
        _ = perisai_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(mail.bytes.count))
        long(CURLOPT_FRESH_CONNECT, 0)
        var code = perform(mail)
        // A connection that the server had closed while it was idle says nothing about the mail.
        let wasIdle = perisai_curl_long(handle, CURLINFO_NUM_CONNECTS) == 0
        if code != CURLE_OK, wasIdle, !exchange.isHandedOver, exchange.early == nil || exchange.early == 421 {
            long(CURLOPT_FRESH_CONNECT, 1)
            code = perform(mail)
        }
        let isFresh = perisai_curl_long(handle, CURLINFO_NUM_CONNECTS) != 0
        return Self.outcome(code, exchange, greetings: isFresh ? greetings : 0)
    }

    /// The password as it stands now; it may have been changed since the last mail.
    private func logIn() -> Bool {
        guard let secret else { return true }
        guard let now = secret.read() else { return false }
        if now != password { text(CURLOPT_PASSWORD, now) }
        password = now
        return true
    }

    private func perform(_ mail: SMTPMail) -> CURLcode {
        exchange.begin(mail)
        return curl_easy_perform(handle)
    }

    /// Names codes alone: a server's text may hold addresses.
    /// - Parameter greetings: replies to EHLO in this exchange.
    static func outcome(_ code: CURLcode, _ exchange: SMTPExchange, greetings: Int) -> SendOutcome {
        if let final = exchange.final {
            switch final.code {
            case 200..<300: return .accepted(reference: queueID(final.text))
            case 500..<600: return .refused(reason: "SMTP \(final.code)")
            default: return .notTaken(reason: "SMTP \(final.code)", after: nil)
            }
        }
        if exchange.isHandedOver { return .unknown(reason: failure(code)) }
        if code == CURLE_LOGIN_DENIED { return .lockedOut(reason: failure(code, early: exchange.early)) }
        guard code == CURLE_SEND_ERROR, let early = exchange.early, early >= 400 else {
            return .notTaken(reason: failure(code, early: exchange.early), after: nil)
        }
        // 530 to 538 ask for another login, whoever the mail is for.
        if (530...538).contains(early) { return .lockedOut(reason: "SMTP \(early)") }
        // A server that refuses our own address in MAIL has not heard the reader's.
        let isOfReader = early >= 500 && exchange.okays > greetings
        return isOfReader ? .refused(reason: "SMTP \(early)") : .notTaken(reason: "SMTP \(early)", after: nil)
    }

    private static func failure(_ code: CURLcode, early: Int? = nil) -> String {
        let words =
            switch code {
            case CURLE_OK: "no answer"
            case CURLE_COULDNT_RESOLVE_HOST: "host is not known"
            case CURLE_COULDNT_CONNECT: "no connection"
            case CURLE_OPERATION_TIMEDOUT: "time-out"
            case CURLE_LOGIN_DENIED: "login refused"
            case CURLE_USE_SSL_FAILED: "no STARTTLS"
            case CURLE_SSL_CONNECT_ERROR: "no TLS"
            case CURLE_PEER_FAILED_VERIFICATION: "certificate is not trusted"
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: "connection broke"
            default: "curl \(code.rawValue)"
            }
        guard let early, early >= 400 else { return words }
        return "\(words) (SMTP \(early))"
    }

    /// The server's own id of the mail, where its reply has one in a usual form: `queued as 4F2A`, `id=1abc-0001`.
    static func queueID(_ text: String) -> String? {
        for mark in ["queued as ", "id="] {
            guard let found = text.range(of: mark, options: .caseInsensitive) else { continue }
            let id = text[found.upperBound...].prefix {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
            }
            if (3...64).contains(id.utf8.count) { return String(id) }
        }
        return nil
    }
}
