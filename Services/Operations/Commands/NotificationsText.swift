import Notifier
import PerisaiModels

/// Messages in words and JSON.
enum NotificationText {
    static func table(_ records: [NotificationRecord]) -> Table {
        var table = Table([
            .init("Message", "message_id"), .init("Kind"), .init("Recipient"), .init("Read by", "reader"),
            .init("Channel"), .init("Address"), .init("State"), .init("Reason"), .init("Provider"),
            .init("Attempts", number: true), .init("Resends", number: true), .init("Made at"), .init("Sent at"),
            .init("Delivered at"),
        ])
        for one in records {
            table.append([
                one.id.text, one.kind, one.recipient, one.readerRef ?? "", one.channel ?? "", one.address ?? "",
                one.state.rawValue, reason(one), one.provider ?? "", "\(one.attempts)", "\(one.resends)",
                "\(one.createdAt)", one.sentAt?.description ?? "", one.deliveredAt?.description ?? "",
            ])
        }
        return table
    }

    /// Providers may repeat a number that they were given.
    private static func reason(_ one: NotificationRecord) -> String {
        if let waits = one.waitsFor { return "waits for \(waits)" }
        return hidden(one.reason)
    }

    static func hidden(_ text: String?) -> String { text.map { NIK.hidden(in: $0) } ?? "" }

    /// Thousandths of a rupiah in rupiah: 350500 → "350.5".
    static func rupiah(_ milli: Int64) -> String {
        let (whole, rest) = milli.quotientAndRemainder(dividingBy: 1_000)
        guard rest != 0 else { return "\(whole)" }
        var fraction = String("\(1_000 + rest.magnitude)".dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }

    static func steps(_ steps: [(channel: String, address: String)]) -> String {
        steps.map { "\($0.channel) \($0.address)" }.joined(separator: ", then ")
    }

    private static func hours(_ wave: String) -> String {
        switch wave {
        case "now": "at any hour"
        case "ALL": "in hours that are daytime in WIB, WITA and WIT"
        default: "in the daytime of \(wave)"
        }
    }

    private static func attempts(_ story: NotificationStory) -> Table {
        var table = Table([
            .init("Attempt", number: true), .init("Action"), .init("Channel"), .init("Provider"), .init("At"),
            .init("Took ms", number: true), .init("Outcome"), .init("Detail"),
        ])
        for one in story.attempts {
            let outcome = one.outcome ?? "no end is known: under way, or its process ended"
            table.append([
                "\(one.number)", one.action, one.channel, one.provider, "\(one.startedAt)",
                one.milliseconds.map { "\($0)" } ?? "", outcome, hidden(one.detail),
            ])
        }
        return table
    }

    private static func receipts(_ story: NotificationStory) -> Table {
        var table = Table([
            .init("Receipt of", "provider"), .init("Status"), .init("Reported at"), .init("Received at"),
            .init("Effect"), .init("Detail"),
        ])
        for one in story.receipts {
            table.append([
                one.provider, one.status, "\(one.reportedAt)", "\(one.receivedAt)", one.effect, hidden(one.detail),
            ])
        }
        return table
    }

    private static func resends(_ story: NotificationStory) -> Table {
        var table = Table([.init("Resent at"), .init("By"), .init("Was")])
        for one in story.resends { table.append(["\(one.at)", one.by, hidden(one.was)]) }
        return table
    }

    private static func members(_ story: NotificationStory) -> Table {
        var table = Table([.init("Tells of", "message_id"), .init("Kind"), .init("Recipient")])
        for one in story.members { table.append([one.id.text, one.kind, one.recipient]) }
        return table
    }

    static func text(_ story: NotificationStory, words: Bool) -> String {
        let one = story.record
        let state = "\(one.state.rawValue) (\(one.state.meaning))"
        var lines = [
            "Message \(one.id.text): \(one.kind), \(state)",
            "Follows from event \(one.eventKey.text); template \(one.template ?? "not known")",
            "To \(one.recipient)" + (one.readerRef.map { ", read by \($0) on their behalf" } ?? "")
                + (one.waitsFor.map { ", waits for the enrolment of \($0)" } ?? ""),
        ]
        if let reason = one.reason {
            let meaning = NotificationReason.meaning(reason).map { ": \($0)" } ?? ""
            lines.append("Reason \(hidden(reason))\(meaning)")
        }
        if let channel = one.channel {
            lines.append("By \(NotificationText.steps([(channel, one.address ?? "")] + one.fallback))")
            lines.append("Leaves \(hours(one.wave))" + (one.expiresOn.map { "; not after \($0)" } ?? ""))
        }
        lines.append(times(one))
        if let digest = one.digest { lines.append("Told within digest \(digest.text)") }
        let segments = story.segments.map { ", \($0) SMS segments" } ?? ""
        lines.append(
            "Text in \(one.language): \(story.text.count) characters\(segments); cost Rp \(rupiah(one.costMilli))")
        lines += ["", story.attempts.isEmpty ? "no provider was tried" : attempts(story).text]
        if !story.receipts.isEmpty { lines += ["", receipts(story).text] }
        if !story.resends.isEmpty { lines += ["", resends(story).text] }
        if !story.members.isEmpty { lines += ["", members(story).text] }
        if words { lines += ["", story.title.map { "Title: \($0)\n" } ?? "", story.text].filter { !$0.isEmpty } }
        return lines.joined(separator: "\n")
    }

    private static func times(_ one: NotificationRecord) -> String {
        let times: [(String, Instant?)] = [
            ("Made at", one.createdAt), ("queued at", one.queuedAt), ("sent at", one.sentAt),
            ("delivered at", one.deliveredAt), ("ended at", one.finishedAt),
        ]
        return times.compactMap { name, at in at.map { "\(name) \($0)" } }.joined(separator: ", ")
    }

    static func json(_ story: NotificationStory, words: Bool) -> String {
        let one = story.record
        var writer = JSONWriter()
        writer.beginObject()
        for (name, table) in [
            ("message", table([one])), ("attempts", attempts(story)), ("receipts", receipts(story)),
            ("resends", resends(story)), ("members", members(story)),
        ] {
            writer.name(name)
            table.write(to: &writer)
        }
        let texts: [(String, String?)] = [
            ("event_key", one.eventKey.text), ("template", one.template), ("language", one.language),
            ("wave", one.wave), ("expires_on", one.expiresOn?.description), ("queued_at", one.queuedAt?.description),
            ("finished_at", one.finishedAt?.description), ("digest_id", one.digest?.text),
            ("fallback", one.fallback.isEmpty ? nil : steps(one.fallback)),
            ("meaning", one.reason.flatMap { NotificationReason.meaning($0) } ?? one.state.meaning),
            ("title", words ? story.title : nil), ("text", words ? story.text : nil),
        ]
        for (name, text) in texts {
            guard let text else { continue }
            writer.name(name)
            writer.string(text)
        }
        writer.name("characters" as String)
        writer.integer(Int64(story.text.count))
        writer.name("segments" as String)
        if let segments = story.segments { writer.integer(Int64(segments)) } else { writer.null() }
        writer.name("cost_milli_rupiah" as String)
        writer.integer(one.costMilli)
        writer.endObject()
        return writer.text
    }
}
