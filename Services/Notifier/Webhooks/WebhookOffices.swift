import Foundation
import PerisaiModels
import Worker

/// A permit office that takes posts: where to, and under which secrets. Its descriptions never show a secret.
public struct WebhookOffice: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// A code, or the beginning of codes with `*` after it.
    public let pattern: String
    /// `name:port`, in lower case.
    let hosts: Set<String>
    let secrets: [String]
    /// Where posts go instead, for tries on one machine: `http://127.0.0.1:9999`.
    public let deliverTo: String?

    func covers(_ office: OfficeCode) -> Bool {
        pattern.hasSuffix("*") ? office.text.hasPrefix(pattern.dropLast()) : office.text == pattern
    }

    public var description: String { "WebhookOffice(\(pattern), hosts \(hosts.sorted()), secrets masked)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["office": pattern]) }
}

/// Where one post goes and what signs it.
struct WebhookTarget: Sendable {
    let url: String
    let secrets: [String]
}

/// The offices and banks that webhooks are agreed with, from the file that `PERISAI_WEBHOOK_OFFICES_FILE` names.
///
/// A callback address comes from outside: nothing is posted to a host that is not agreed with the very office, so that
/// no application can make us call what only we reach.
public struct WebhookOffices: Sendable, CustomStringConvertible {
    /// The more exact patterns first.
    public let offices: [WebhookOffice]
    public let banks: [BankCode: WebhookBank]

    static let mostBytes = 1 << 20
    static let mostOffices = 2_000
    static let mostBanks = 200
    static let mostHosts = 20
    static let secretCharacters = 32...256

    /// Where a post goes; nil when the host, the office or the bank is not agreed. A bank's posts go to the address that
    /// is agreed now, wherever they were to go when they were made.
    func target(of url: CallbackURL, for subscriber: WebhookSubscriber) -> WebhookTarget? {
        switch subscriber {
        case .office(let office): target(of: url, for: office)
        case .bank(let code):
            banks[code].flatMap { Self.target($0.url, instead: $0.deliverTo, secrets: $0.secrets) }
        }
    }

    /// Where a post for the office goes; nil when the host, or the office, is not agreed.
    func target(of url: CallbackURL, for office: OfficeCode) -> WebhookTarget? {
        guard let entry = offices.first(where: { $0.covers(office) }), let address = Self.address(url),
            entry.hosts.contains("\(url.host):\(address.port)")
        else { return nil }
        return Self.target(url, instead: entry.deliverTo, secrets: entry.secrets)
    }

    private static func target(_ url: CallbackURL, instead: String?, secrets: [String]) -> WebhookTarget? {
        guard let address = address(url) else { return nil }
        return WebhookTarget(url: instead.map { $0 + address.path } ?? url.text, secrets: secrets)
    }

    /// Entries whose posts go to this machine, for tries.
    var tries: [(subscriber: String, address: String)] {
        offices.compactMap { office in office.deliverTo.map { (office.pattern, $0) } }
            + banks.values.sorted { $0.bank < $1.bank }.compactMap { bank in
                bank.deliverTo.map { (WebhookSubscriber.bank(bank.bank).text, $0) }
            }
    }

    /// Port, path and query. Nil unless the client that posts would read the same host and port from the text.
    static func address(_ url: CallbackURL) -> (port: Int, path: String)? {
        let rest = url.text.dropFirst("https://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let port = authority.split(separator: ":").dropFirst().first.map { Int($0) } ?? 443
        guard let port, let read = URL(string: url.text), read.scheme == "https",
            read.host?.lowercased() == url.host, read.port ?? 443 == port
        else { return nil }
        let path = String(rest.dropFirst(authority.count))
        return (port, path.hasPrefix("/") ? path : "/" + path)
    }

    public var description: String {
        let banks = banks.keys.sorted().map(\.text)
        return "\(offices.count) offices: \(offices.map(\.pattern).joined(separator: ", ")); "
            + "\(banks.count) banks: \(banks.joined(separator: ", "))"
    }
}

extension WebhookOffices {
    /// Reads and checks the file; every fault at once, keyed by its field. No fault quotes a secret.
    public static func read(file path: String) throws(SettingsError) -> WebhookOffices {
        guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber else {
            throw SettingsError([SettingFault(key: "file", reason: "cannot be read")])
        }
        guard size.intValue <= mostBytes, let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError([SettingFault(key: "file", reason: "cannot be read, or is longer than 1 MiB")])
        }
        return try read(Array(data))
    }

    /// As `read(file:)`, from the file's content.
    public static func read(_ bytes: [UInt8]) throws(SettingsError) -> WebhookOffices {
        let file: WebhookOfficesFile
        do throws(JSONFault) {
            file = try bytes.withUnsafeBytes { bytes in
                Result { () throws(JSONFault) in try WebhookOfficesFile.read(bytes: bytes) }
            }.get()
        } catch {
            throw SettingsError([SettingFault(key: error.field.isEmpty ? "file" : error.field, reason: error.reason)])
        }
        var check = WebhookOfficesCheck()
        let offices = file.offices.enumerated().map { check.office($1, "offices[\($0)]") }
        let banks = file.banks.enumerated().compactMap { check.bank($1, "banks[\($0)]") }
        if offices.count > mostOffices || file.offices.isEmpty && file.banks.isEmpty {
            check.fault("offices", "must have 1 to \(mostOffices) entries, or none where banks has some")
        }
        if file.banks.count > mostBanks { check.fault("banks", "must have at most \(mostBanks) entries") }
        if !check.faults.isEmpty { throw SettingsError(check.faults) }
        return WebhookOffices(
            offices: offices.sorted { ($0.rank, $0.pattern) < ($1.rank, $1.pattern) },
            banks: Dictionary(banks.map { ($0.bank, $0) }) { first, _ in first })
    }
}

extension WebhookOffice {
    /// Exact codes come first, then the longer beginnings.
    fileprivate var rank: Int { pattern.hasSuffix("*") ? 100 - pattern.utf8.count : 0 }
}

/// Checks the entries one by one and keeps the faults.
struct WebhookOfficesCheck {
    var faults: [SettingFault] = []
    private var patterns: Set<String> = []
    private var banks: Set<String> = []

    init() {}

    mutating func fault(_ field: String, _ reason: String) { faults.append(SettingFault(key: field, reason: reason)) }

    mutating func office(_ entry: WebhookOfficesFile.Entry, _ field: String) -> WebhookOffice {
        let code = entry.office.hasSuffix("*") ? entry.office.dropLast() : entry.office[...]
        if (try? OfficeCode(code)) == nil {
            fault(field + ".office", "must be an office code, or its beginning and *")
        } else if !patterns.insert(entry.office).inserted {
            fault(field + ".office", "stands twice")
        }
        if !(1...WebhookOffices.mostHosts).contains(entry.hosts.count) {
            fault(field + ".hosts", "must have 1 to \(WebhookOffices.mostHosts) names")
        }
        let hosts = entry.hosts.enumerated().compactMap { host($1, "\(field).hosts[\($0)]") }
        secrets(entry.secrets, field + ".secrets")
        deliverTo(entry.deliverTo, insecure: entry.insecure ?? false, field)
        return WebhookOffice(
            pattern: entry.office, hosts: Set(hosts), secrets: entry.secrets, deliverTo: entry.deliverTo)
    }

    mutating func isNew(bank: String) -> Bool { banks.insert(bank).inserted }

    mutating func deliverTo(_ address: String?, insecure isInsecure: Bool, _ field: String) {
        if let address {
            if !isInsecure { fault(field + ".deliver_to", "is for tries: it needs \"insecure\": true") }
            if !Self.isLoopback(address) {
                fault(
                    field + ".deliver_to", "must be http://127.0.0.1:PORT, http://localhost:PORT or http://[::1]:PORT")
            }
        } else if isInsecure {
            fault(field + ".insecure", "has no meaning without deliver_to: posts go out by https alone")
        }
    }

    /// `name:port`.
    private mutating func host(_ text: String, _ field: String) -> String? {
        let isPlain = text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x3A
        }
        guard isPlain, text.utf8.count <= 253, (try? CallbackURL("https://\(text)/")) != nil else {
            fault(field, "must be a host name with a dot in lower case, and perhaps :port; no address, no path")
            return nil
        }
        return text.contains(":") ? text : text + ":443"
    }

    mutating func secrets(_ secrets: [String], _ field: String) {
        if !(1...WebhookSignature.mostSecrets).contains(secrets.count) {
            fault(field, "must have one secret, or two while it is changed")
        }
        let range = WebhookOffices.secretCharacters
        for (index, secret) in secrets.enumerated() {
            guard range.contains(secret.utf8.count), secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                fault(
                    "\(field)[\(index)]", "must be \(range.lowerBound) to \(range.upperBound) visible ASCII characters")
                continue
            }
        }
        if Set(secrets).count != secrets.count { fault(field, "holds a secret twice") }
    }

    private static func isLoopback(_ address: String) -> Bool {
        for host in ["127.0.0.1", "localhost", "[::1]"] where address.hasPrefix("http://\(host):") {
            let port = address.dropFirst("http://\(host):".count)
            return port.utf8.allSatisfy { (0x30...0x39).contains($0) } && (1...65_535).contains(Int(port) ?? 0)
        }
        return false
    }
}

/// The file as it is written.
struct WebhookOfficesFile: JSONObject {
    struct Entry: JSONObject {
        var office: String
        var hosts: [String]
        var secrets: [String]
        var insecure: Bool?
        var deliverTo: String?

        static let summary = "A permit office that takes posts"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            office = try reader.required("office")
            hosts = try reader.required("hosts")
            secrets = try reader.required("secrets")
            insecure = try reader.optional("insecure")
            deliverTo = try reader.optional("deliver_to")
        }

        func write(fields writer: inout JSONWriter) {
            writer.field("office", office)
            writer.field("hosts", hosts)
            writer.field("insecure", insecure)
            writer.field("deliver_to", deliverTo)
        }
    }

    struct Bank: JSONObject {
        var bank: String
        var url: String
        var secrets: [String]
        var events: [String]?
        var insecure: Bool?
        var deliverTo: String?

        static let summary = "A bank that takes posts"

        init(fields reader: inout FieldReader) throws(JSONFault) {
            bank = try reader.required("bank")
            url = try reader.required("url")
            secrets = try reader.required("secrets")
            events = try reader.optional("events")
            insecure = try reader.optional("insecure")
            deliverTo = try reader.optional("deliver_to")
        }

        func write(fields writer: inout JSONWriter) {
            writer.field("bank", bank)
            writer.field("url", url)
            writer.field("events", events)
            writer.field("insecure", insecure)
            writer.field("deliver_to", deliverTo)
        }
    }

    var offices: [Entry]
    var banks: [Bank]

    static let summary = "The offices and banks that webhooks are agreed with"

    init(fields reader: inout FieldReader) throws(JSONFault) {
        offices = try reader.optional("offices") ?? []
        banks = try reader.optional("banks") ?? []
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("offices", offices)
        writer.field("banks", banks)
    }
}
