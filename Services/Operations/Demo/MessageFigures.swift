import Notifier

/// What became of the messages, as the notifier says and as the gateways have seen it.
struct MessageFigures {
    private let states: [(state: String, count: Int64)]
    private let delivered: Int64
    private let gateways: LocalGateways?

    init(_ probe: StackProbe, _ gateways: LocalGateways?) throws {
        let rows = try probe.rows("notifier", "SELECT state, count(*) FROM message GROUP BY state ORDER BY state")
        states = try (0..<rows.rowCount).map { (try rows.text($0, 0), try rows.int64($0, 1)) }
        delivered = try probe.count(
            "notifier", "SELECT count(*) FROM message WHERE state = 'delivered' AND channel = 'sms'")
        self.gateways = gateways
    }

    var text: String {
        let counts = states.map { "\($0.count) \($0.state)" }.joined(separator: ", ")
        guard let gateways else { return counts }
        return counts
            + "; SMS gateways failed \(gateways.errorCount) posts, phones got \(gateways.delivered.all) messages, "
            + "\(gateways.delivered.twice) twice"
    }

    /// Each message once, and none without an end.
    var differences: [String] {
        let open = states.filter { ["waiting_contact", "held", "queued", "sending", "unknown"].contains($0.state) }
        var faults = open.map { "messages: \($0.count) are \($0.state)" }
        guard let gateways else { return faults }
        if gateways.delivered.twice > 0 { faults.append("messages: \(gateways.delivered.twice) came twice") }
        if Int64(gateways.delivered.all) != delivered {
            faults.append("messages: \(delivered) delivered, phones got \(gateways.delivered.all)")
        }
        return faults
    }
}
