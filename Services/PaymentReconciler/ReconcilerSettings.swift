import Worker

/// The settings that payment-reconciler has of its own.
public struct ReconcilerSettings: Sendable {
    /// The calls of banks by SNAP BI.
    public var snap = SnapSettings()
    /// How far names, amounts and dates may be apart when a statement's line is matched.
    var matching = MatchPolicy()
    /// When payers are reminded of what is due.
    var reminders = ReminderRules()

    public init() {}

    /// Reads the service's own settings. Faults stay with the reader until its `finish`.
    public init(from reader: inout SettingsReader) {
        snap = SnapSettings(from: &reader)
        matching = MatchPolicy(
            tolerance: Int64(
                reader.integer(
                    "PERISAI_MATCH_TOLERANCE", default: Int(matching.tolerance), in: 0...100_000,
                    doc: "Rupiah by which an amount may differ when only the name tells the payer")),
            days: reader.integer(
                "PERISAI_MATCH_DAYS", default: matching.days, in: 0...31,
                doc: "Days between booking and due date when only the name tells the payer"),
            evidenceDays: reader.integer(
                "PERISAI_MATCH_EVIDENCE_DAYS", default: matching.evidenceDays, in: 0...31,
                doc: "Days between the notice of a payment and the statement's line of the same money"))
        reminders = ReminderRules(from: &reader)
    }
}

extension ReminderRules {
    init(from reader: inout SettingsReader) {
        self.init()
        isOn = reader.flag("PERISAI_REMINDERS", default: isOn, doc: "Whether payers are reminded of what is due")
        participantDays = reader.integer(
            "PERISAI_REMINDER_BPU_DAYS", default: participantDays, in: Self.participantDayRange,
            doc: "Days before the due date on which participants who have not paid are reminded")
        billDay = reader.integer(
            "PERISAI_REMINDER_BILL_DAY", default: billDay, in: Self.billDayRange,
            doc: "Day of the month on which employers get their bill; moved to a working day, not past the 7th")
        employerDays = reader.integer(
            "PERISAI_REMINDER_PU_DAYS", default: employerDays, in: Self.employerDayRange,
            doc: "Days before the due date on which employers who have not paid are reminded")
    }
}

/// Who may call `/v1.0/transfer-va` and within which bounds. Its description shows no secret.
public struct SnapSettings: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// By partner id; empty: the paths are not served.
    var partners: [String: SnapPartner] = [:]
    /// How far X-TIMESTAMP may be from the clock, either way.
    var timestampWindow: Duration = .seconds(300)
    /// Connections to PostgreSQL for these calls.
    var connections = 4
    /// Calls that may wait for a connection; further ones get 503.
    var waiting = 64
    /// Longest time of a call's work with the database.
    var databaseTimeout: Duration = .seconds(5)
    /// Longest time for Kafka to acknowledge a payment.
    var publishTimeout: Duration = .seconds(5)

    public init() {}

    public init(from reader: inout SettingsReader) {
        let key = "PERISAI_SNAP_PARTNERS"
        let entries = reader.list(
            key, maxCount: 100, secret: true,
            doc: "Banks that call by SNAP BI, as id:bank:corporate code:open or closed:public key file:secret")
        do { partners = try SnapPartner.parse(entries) } catch {
            for fault in error.faults { reader.fault(key, fault.description) }
        }
        timestampWindow = reader.duration(
            "PERISAI_SNAP_TIMESTAMP_WINDOW", default: timestampWindow, in: .seconds(10)...(.seconds(900)),
            doc: "How far X-TIMESTAMP may be from the clock")
        connections = reader.integer(
            "PERISAI_SNAP_CONNECTIONS", default: connections, in: 1...16, doc: "Database connections for SNAP BI calls")
        waiting = reader.integer(
            "PERISAI_SNAP_WAITING", default: waiting, in: 1...10_000,
            doc: "SNAP BI calls that may wait for a connection; further ones get 503")
        databaseTimeout = reader.duration(
            "PERISAI_SNAP_DATABASE_TIMEOUT", default: databaseTimeout, in: .milliseconds(100)...(.seconds(30)),
            doc: "Longest time of a SNAP BI call's work with the database")
        publishTimeout = reader.duration(
            "PERISAI_SNAP_PUBLISH_TIMEOUT", default: publishTimeout, in: .milliseconds(100)...(.seconds(30)),
            doc: "Longest time for Kafka to acknowledge a payment of a SNAP BI call")
    }

    public var description: String { "SnapSettings(partners: \(partners.keys.sorted()), secrets masked)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}
