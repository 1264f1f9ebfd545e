import Foundation
import PerisaiModels
import Worker

/// A bank that takes posts about its own payments: where to, which, and under which secrets. Its descriptions never show
/// a secret.
public struct WebhookBank: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    public let bank: BankCode
    let url: CallbackURL
    let secrets: [String]
    let events: Set<BankNoticeKind>
    /// Where posts go instead, for tries on one machine: `http://127.0.0.1:9999`.
    public let deliverTo: String?

    public var description: String { "WebhookBank(\(bank.text), \(url.host), secrets masked)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["bank": bank.text]) }
}

extension WebhookOfficesCheck {
    /// Nil for an entry that cannot be used; its faults are kept.
    mutating func bank(_ entry: WebhookOfficesFile.Bank, _ field: String) -> WebhookBank? {
        let code = try? BankCode(entry.bank)
        if code == nil || code == BankCode.none {
            fault(field + ".bank", "must be a bank's code of 3 digits")
        } else if !isNew(bank: entry.bank) {
            fault(field + ".bank", "stands twice")
        }
        let url = try? CallbackURL(entry.url)
        if url.flatMap({ WebhookOffices.address($0) }) == nil {
            fault(field + ".url", "must be an https address with a host name, without user and fragment")
        }
        secrets(entry.secrets, field + ".secrets")
        deliverTo(entry.deliverTo, insecure: entry.insecure ?? false, field)
        let events = self.events(entry.events, field + ".events")
        guard let code, let url else { return nil }
        return WebhookBank(bank: code, url: url, secrets: entry.secrets, events: events, deliverTo: entry.deliverTo)
    }

    private mutating func events(_ names: [String]?, _ field: String) -> Set<BankNoticeKind> {
        guard let names else { return Set(BankNoticeKind.allCases) }
        if names.isEmpty { fault(field, "must have one at least; without the field all are posted") }
        var events: Set<BankNoticeKind> = []
        for (index, name) in names.prefix(BankNoticeKind.allCases.count + 1).enumerated() {
            if let kind = BankNoticeKind(rawValue: name), events.insert(kind).inserted { continue }
            let all = BankNoticeKind.allCases.map(\.rawValue).joined(separator: ", ")
            fault("\(field)[\(index)]", "must be one of \(all), each once")
        }
        return events
    }
}
