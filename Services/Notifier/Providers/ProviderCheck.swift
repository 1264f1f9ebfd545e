import Foundation
import PerisaiModels
import Worker

/// Checks the providers of a file one by one and keeps the faults.
struct ProviderCheck {
    private(set) var faults: [SettingFault] = []
    private var names: Set<String> = []

    private mutating func fault(_ field: String, _ reason: String) {
        faults.append(SettingFault(key: field, reason: reason))
    }

    mutating func set(_ file: ProviderFile) -> ProviderSet {
        var set = ProviderSet(providers: [])
        if !(1...ProviderSet.mostProviders).contains(file.providers.count) {
            fault("providers", "must have 1 to \(ProviderSet.mostProviders) entries")
        }
        set.providers = file.providers.prefix(ProviderSet.mostProviders).enumerated().map { index, entry in
            provider(entry, "providers[\(index)].")
        }
        let day = 86_400
        set.patience = .seconds(number(file.patienceSeconds, 21_600, in: 1...7 * day, "channel_patience_seconds"))
        set.urgentPatience = .seconds(
            number(file.urgentPatienceSeconds, 900, in: 1...7 * day, "urgent_patience_seconds"))
        set.breaker.failures = number(file.breakerFailures, 5, in: 1...1_000, "breaker_failures")
        return set
    }

    private mutating func number(_ given: Int?, _ usual: Int, in range: ClosedRange<Int>, _ field: String) -> Int {
        guard let given else { return usual }
        if !range.contains(given) { fault(field, "must lie between \(range.lowerBound) and \(range.upperBound)") }
        return given
    }

    private mutating func provider(_ entry: ProviderFile.Entry, _ field: String) -> ProviderSettings {
        var made = ProviderSettings(entry.name, channel: entry.channel, kind: entry.kind)
        let isPlain = entry.name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
        }
        if !isPlain || entry.name.utf8.count > 40 {
            fault(field + "name", "must be 1 to 40 of a-z, 0-9 and -")
        } else if entry.name == FileOutbox.provider || !names.insert(entry.name).inserted {
            fault(field + "name", "stands twice")
        }
        channel(entry, field)
        made.costMilli = entry.cost?.milli ?? 0
        made.ratePerSecond = entry.ratePerSecond.map { number($0, 1, in: 1...100_000, field + "rate_per_second") }
        made.concurrency = number(entry.concurrency, 16, in: 1...256, field + "concurrency")
        made.timeout = .milliseconds(number(entry.timeoutMilliseconds, 10_000, in: 100...120_000, field + "timeout_ms"))
        if let seconds = entry.settleSeconds {
            // Sooner than that the post itself may still be under way.
            let least = Int(made.timeout.milliseconds + 999) / 1_000
            made.settle = .seconds(number(seconds, 1, in: min(least, 86_400)...86_400, field + "settle_seconds"))
        } else {
            made.settle = made.timeout * 2
        }
        made.repeats = entry.repeats ?? .never
        if made.repeats == .sameKey, entry.kind != .gateway {
            fault(field + "repeats", "is never with this kind: it honours no key")
        }
        if entry.kind == .smtp { made.smtp = smtp(entry, made, field) } else { web(entry, &made, field) }
        receipts(entry, &made, field)
        return made
    }

    private mutating func channel(_ entry: ProviderFile.Entry, _ field: String) {
        let only: MessageChannel? =
            switch entry.kind {
            case .gateway: nil
            case .whatsappCloud: .whatsapp
            case .fcm: .push
            case .smtp: .email
            }
        if entry.channel == .file { fault(field + "channel", "needs no provider") }
        if let only, only != entry.channel { fault(field + "channel", "is \(only.rawValue) with this kind") }
    }

    private mutating func web(_ entry: ProviderFile.Entry, _ made: inout ProviderSettings, _ field: String) {
        if let url = entry.url {
            made.url = self.url(url, entry, field + "url")
        } else {
            fault(field + "url", "is missing")
        }
        if let status = entry.statusURL {
            if entry.kind != .gateway { fault(field + "status_url", "is for gateways") }
            made.statusURL = url(status, entry, field + "status_url")
        }
        if entry.smtp != nil { fault(field + "smtp", "is for the kind smtp") }
        switch (entry.token, entry.tokenFile) {
        case (let token?, nil): made.token = .text(token.text)
        case (nil, let path?):
            made.token = .file(path)
            if made.token?.read() == nil {
                fault(field + "token_file", "cannot be read, or does not hold one line of visible ASCII")
            }
        case (nil, nil): fault(field + "token", "is missing; or name a token_file")
        default: fault(field + "token", "stands beside token_file")
        }
        guard let template = entry.template else { return }
        if entry.kind != .whatsappCloud { fault(field + "template", "is for whatsapp-cloud") }
        made.template = ProviderSettings.Template(name: template.name, language: template.language)
    }

    /// https; http only on this machine, or where the file says that it may be.
    private mutating func url(_ text: String, _ entry: ProviderFile.Entry, _ field: String) -> String {
        guard text.utf8.count <= 400, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URL(string: text),
            let host = url.host, !host.isEmpty, url.user == nil, url.password == nil, url.fragment == nil
        else {
            fault(field, "must be a URL of at most 400 ASCII characters, without user and fragment")
            return text
        }
        let isHere = host == "127.0.0.1" || host == "localhost"
        guard url.scheme == "https" || (url.scheme == "http" && (isHere || entry.isInsecure)) else {
            fault(field, "must be https; http is for this machine, or with \"insecure\": true")
            return text
        }
        return text
    }

    private mutating func receipts(_ entry: ProviderFile.Entry, _ made: inout ProviderSettings, _ field: String) {
        made.receiptFormat = entry.receiptFormat ?? (entry.kind == .whatsappCloud ? .whatsapp : .gateway)
        made.verifyToken = entry.verifyToken
        guard let secrets = entry.receiptSecrets else {
            if entry.verifyToken != nil { fault(field + "verify_token", "has no meaning without receipt_secrets") }
            return
        }
        made.receiptSecrets = secrets
        if !(1...WebhookSignature.mostSecrets).contains(secrets.count) {
            fault(field + "receipt_secrets", "must have one secret, or two while it is changed")
        }
        let range = WebhookOffices.secretCharacters
        for (index, secret) in secrets.enumerated()
        where !range.contains(secret.utf8.count) || !ProviderSecret.isUsable(secret) {
            fault(
                "\(field)receipt_secrets[\(index)]",
                "must be \(range.lowerBound) to \(range.upperBound) visible ASCII characters")
        }
        if Set(secrets).count != secrets.count { fault(field + "receipt_secrets", "holds a secret twice") }
        if let token = entry.verifyToken, made.receiptFormat != .whatsapp || !ProviderSecret.isUsable(token) {
            fault(field + "verify_token", "is for the format whatsapp, in visible ASCII characters")
        }
    }

    private static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
    }

    private mutating func smtp(
        _ entry: ProviderFile.Entry, _ made: ProviderSettings, _ field: String
    ) -> SMTPSettings? {
        for (name, isThere) in [
            ("url", entry.url != nil), ("status_url", entry.statusURL != nil), ("template", entry.template != nil),
            ("token", entry.token != nil || entry.tokenFile != nil),
        ] where isThere {
            fault(field + name, "has no meaning for smtp")
        }
        guard let smtp = entry.smtp else {
            fault(field + "smtp", "is missing")
            return nil
        }
        let isHere = smtp.host == "127.0.0.1" || smtp.host == "localhost"
        if !Self.isHost(smtp.host) { fault(field + "smtp.host", "must be a host name or an IPv4 address") }
        if let name = smtp.heloName, !Self.isHost(name) { fault(field + "smtp.helo_name", "must be a host name") }
        if SMTPSender(smtp.from) == nil {
            fault(field + "smtp.from", "must be an e-mail address, or NAME <ADDRESS>")
        }
        _ = number(smtp.port, 587, in: 1...65_535, field + "smtp.port")
        let security = SMTPSettings.Security(rawValue: smtp.security)
        if security == nil { fault(field + "smtp.security", "must be none, starttls or tls") }
        if security == SMTPSettings.Security.none, !isHere, !entry.isInsecure {
            fault(field + "smtp.security", "none is for this machine, or with \"insecure\": true")
        }
        if (smtp.user == nil) != (smtp.passwordFile == nil) {
            fault(field + "smtp.user", "stands together with password_file")
        }
        let password = smtp.passwordFile.map { ProviderSecret.file($0) }
        if let password, password.read() == nil {
            fault(field + "smtp.password_file", "cannot be read, or does not hold one line of visible ASCII")
        }
        return SMTPSettings(
            host: smtp.host, port: smtp.port, security: security ?? .tls, user: smtp.user, password: password,
            from: smtp.from, heloName: smtp.heloName ?? "localhost", timeout: made.timeout,
            concurrency: made.concurrency)
    }
}
