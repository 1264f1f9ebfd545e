import Foundation
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import Notifier

/// A database, the notifier's batches, and an office that answers as a test wants.
struct OfficeRig {
    static let secret = "secret-of-the-office-0123456789abcdef"
    static let host = "ptsp.example.go.id"

    let office: FakeGateway
    let connection: Connection
    let applier: BatchApplier<NotifierService>
    let settings: WebhookSettings
    let offices: WebhookOffices

    /// - Parameter banks: codes of banks that are agreed, with more fields of their entries.
    init(
        _ name: String, secrets: [String] = [secret], banks: KeyValuePairs<String, String> = [:],
        settings given: WebhookSettings = .test(),
        answer: @escaping @Sendable (FakeGateway.Request, Int) -> FakeGateway.Answer
    ) throws {
        office = try FakeGateway(answer: answer)
        let list = secrets.map { "\"\($0)\"" }.joined(separator: ",")
        let origin = office.origin
        let entries = banks.map { code, more in
            """
            {"bank": "\(code)", "url": "https://bank-\(code).example.co.id/perisai", "secrets": [\(list)], \(more)
              "insecure": true, "deliver_to": "\(origin)"}
            """
        }
        offices = try WebhookOffices.read(
            Array(
                """
                {"offices": [{"office": "PTSP-*", "hosts": ["\(Self.host)"], "secrets": [\(list)], "insecure": true,
                  "deliver_to": "\(office.origin)"}], "banks": [\(entries.joined(separator: ","))]}
                """.utf8))
        var settings = given
        settings.offices = offices
        self.settings = settings
        var all = NotifierSettings()
        all.webhooks = settings
        connection = try Connection(try Database.make(name))
        applier = try BatchApplier(
            service: NotifierService(templates: try TemplateSet(), settings: all), connection: connection)
    }

    func sender() -> WebhookSender {
        WebhookSender(settings, offices: offices, connection: connection.settings, now: { 1_533_081_600 })
    }

    /// Until nothing is due and nothing is in hand: with waits of nothing, until every answer has its end.
    func settle(_ sender: WebhookSender? = nil) throws {
        let sender = sender ?? self.sender()
        while try sender.turn(connection) {}
    }

    /// `kind|state|reason|attempts` in the order of the events.
    func states() throws -> [String] {
        try connection.texts(
            "SELECT concat_ws('|', kind, state, coalesce(reason, '-'), attempts) FROM webhook ORDER BY position")
    }

    func failures() throws -> [NotificationFailed] {
        try applier.work().filter { $0.type == NotificationFailed.type }.map { event in
            try event.data.withUnsafeBytes { try NotificationFailed.read(bytes: $0) }
        }
    }

    static func held(
        _ application: String, office: String = "PTSP-DPS", to url: String? = "https://\(host)/perisai"
    ) throws -> NotifierInput {
        var event = PermitHeld.sample
        event.applicationID = try ApplicationID(application)
        event.office = try OfficeCode(office)
        event.callbackURL = try url.map { try CallbackURL($0) }
        return .permitHeld(event)
    }

    static func cleared(_ application: String, office: String = "PTSP-DPS") throws -> NotifierInput {
        var event = PermitCleared.sample
        event.applicationID = try ApplicationID(application)
        event.office = try OfficeCode(office)
        event.callbackURL = try CallbackURL("https://\(host)/perisai")
        return .permitCleared(event)
    }
}

extension WebhookSettings {
    /// Without waits between attempts: nothing in a test sleeps.
    static func test(_ change: (inout WebhookSettings) -> Void = { _ in }) -> WebhookSettings {
        var settings = WebhookSettings()
        settings.backoff = .zero
        settings.timeout = .seconds(20)
        change(&settings)
        return settings
    }
}
