import Foundation
import PerisaiModels
import Postgres
import Worker

/// Turns permit decisions, enrolments, contributions and statements into messages in Indonesian, once for each event
/// and recipient (domain.md 8).
///
/// A batch makes the messages; the `Deliverer` of every process takes them to the channel; `work` announces what became
/// of them. Answers to a permit office that has given a callback address are also posted there, signed: see
/// `WebhookSender`.
///
/// Somebody without a phone number is written to through the agent that handed them in; without an agent either, the
/// message is kept as undeliverable (`NO_PHONE`) and announced as NotificationFailed. A message whose contact is not
/// known yet waits for it. A batch in hand belongs to the channel that took it: before the channel is changed, let the
/// old one finish.
public struct NotifierService: WorkerService {
    private let templates: TemplateSet
    /// How the messages leave.
    public let settings: NotifierSettings
    private let webhookCounts = WebhookCounts()
    private let dispatchCounts = DispatchCounts()

    public init(templates: TemplateSet, settings: NotifierSettings = NotifierSettings()) {
        self.templates = templates
        self.settings = settings
    }

    /// Starts a `Deliverer`, a `Dispatcher`, and where offices or banks are agreed a `WebhookSender`; returns what stops
    /// them.
    public func startDelivery(
        _ connection: ConnectionSettings, log: @escaping Deliverer.Log = { _ in }
    ) throws -> () -> Void {
        let deliverer = try Deliverer(settings, connection: connection, log: log)
        deliverer.start()
        let dispatcher = startDispatcher(connection, log)
        let sender = startWebhooks(connection, log)
        return {
            dispatcher.beginStopping()
            sender?.beginStopping()
            deliverer.stop()
            dispatcher.stop()
            sender?.stop()
        }
    }

    private func startDispatcher(_ connection: ConnectionSettings, _ log: @escaping Deliverer.Log) -> Dispatcher {
        if settings.providers.providers.isEmpty {
            // It runs all the same: what earlier providers have in hand needs its end.
            log("messages go into files: PERISAI_NOTIFIER_PROVIDERS_FILE names no file")
        }
        let dispatcher = Dispatcher(settings, connection: connection, counts: dispatchCounts, log: log)
        dispatcher.start()
        return dispatcher
    }

    private func startWebhooks(_ connection: ConnectionSettings, _ log: @escaping Deliverer.Log) -> WebhookSender? {
        guard let offices = settings.webhooks.offices else {
            log("webhooks are off: PERISAI_WEBHOOK_OFFICES_FILE names no file")
            return nil
        }
        for (subscriber, address) in offices.tries {
            log("webhooks of \(subscriber) go to \(address): for tries only")
        }
        let sender = WebhookSender(
            settings.webhooks, offices: offices, connection: connection, counts: webhookCounts, log: log)
        sender.start()
        return sender
    }

    /// Where providers report what became of messages: `POST /receipts/NAME`.
    public func receiptRoutes(_ connection: ConnectionSettings, log: @escaping Deliverer.Log = { _ in })
        -> ServiceRoutes
    {
        ReceiptEndpoint.routes(settings, connection: connection, counts: dispatchCounts, log: log)
    }

    /// Shows what providers, receipts and webhooks do among the worker's metrics.
    public func showDelivery(in metrics: MetricsRegistry) {
        dispatchCounts.show(in: metrics)
        webhookCounts.show(in: metrics, settings.webhooks.offices)
    }

    public var name: String { "notifier" }
    public var inputs: [Topic] { NotifierInput.topics }
    public var migrations: Migrations { get throws { try Migrations(bundle: .module) } }

    public func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> NotifierInput? {
        try NotifierInput.decode(type: type, data: data)
    }

    public func load(_ events: [Event<NotifierInput>], from connection: Connection) throws -> NotifierState {
        var wanted: Set<String> = []
        var learned: Set<String> = []
        var passing: Set<String> = []
        for event in events {
            wanted.formUnion(event.input.routeRefs)
            learned.formUnion(event.input.changedRefs)
            passing.formUnion(event.input.passingRefs)
            passing.formUnion(event.input.institutionRefs)
        }
        var contacts = try ContactStore.load(wanted: wanted, learned: learned, from: connection)
        contacts.merge(try ContactStore.read(passing, connection)) { first, _ in first }
        contacts.merge(try ContactStore.read(Self.deskRefs(events, contacts), connection)) { first, _ in first }
        let waiting = try MessageStore.waiting(for: learned.sorted(), from: connection)
        // What waits for an agent is about somebody else, who is known.
        let others = Set(waiting.map(\.recipientRef)).filter { contacts[$0] == nil }
        contacts.merge(try ContactStore.read(others, connection)) { first, _ in first }
        var state = NotifierState(contacts: contacts)
        for row in waiting { state.addWaiting(row) }
        return state
    }

    /// The desks that hear of the batch's exceptions.
    static func deskRefs(
        _ events: [Event<NotifierInput>], _ contacts: [String: KnownContact]
    ) -> Set<String> {
        var refs: Set<String> = []
        for case .exceptionEscalated(let escalated) in events.map(\.input) {
            let branch = escalated.payer.flatMap { contacts[Recipient($0).ref]?.base.branch }
            refs.insert(Recipient.branch(escalated.desk(branch: branch)).ref)
        }
        return refs
    }

    public func decide(_ event: Event<NotifierInput>, _ state: inout NotifierState, _ outgoing: inout Outgoing) throws {
        decide(event, &state)
    }

    /// No events follow from a decision: what became of a message is announced once it has happened.
    func decide(_ event: Event<NotifierInput>, _ state: inout NotifierState) {
        switch event.input {
        case .subjectErased(let erased): state.erase(erased, at: event.time, by: event.key)
        case .subjectCorrected(let corrected): state.correct(corrected, at: event.time, by: event.key)
        case .contactPreferenceStated(let stated): state.prefer(stated, at: event.time, by: event.key)
        case .businessDateStarted(let started): state.start(started.date)
        default: break
        }
        let input = state.withoutErased(event.input, at: event.time)
        for (ref, contact) in input.contacts {
            state.learn(ref, KnownContact(contact, at: event.time, by: event.key))
        }
        for draft in input.drafts(branch: { state.contact(Recipient($0).ref)?.branch }) {
            state.add(
                draft, id: draft.messageID(event: event.key), eventKey: event.key, traceparent: event.traceparent
            ) { templates.text(of: draft, in: $0) }
        }
        if let offices = settings.webhooks.offices, let row = WebhookRow(event, offices) { state.add(row) }
    }

    public func save(_ state: inout NotifierState, to writer: inout BatchWriter) throws {
        let contacts = state.changedContacts.sorted().compactMap { ref in state.contacts[ref].map { (ref, $0) } }
        if !contacts.isEmpty {
            let (statement, parameters) = ContactStore.write(contacts)
            writer.execute(statement, parameters)
        }
        let changed = state.changedRows.sorted().map { state.rows[$0] }.filter { $0.text == nil }
        let holds = settings.digestAfter > .zero
        for (statement, parameters) in MessageStore.inserts(state.rows.filter { $0.text != nil }, holds: holds)
            + MessageStore.routes(changed, holds: holds)
        {
            writer.execute(statement, parameters)
        }
        for (statement, parameters) in WebhookStore.inserts(state.webhooks) { writer.execute(statement, parameters) }
        if let date = state.businessDate { writer.execute(BusinessDateStore.statement, BusinessDateStore.of(date)) }
        if !state.refusals.isEmpty {
            writer.execute(MessageStore.refuseStatement, MessageStore.refuse(state.refusals))
        }
        // After the messages: what this batch has written to the person goes too.
        for (statement, parameters) in SubjectStore.erase(state.erasures, phones: state.erasedPhones)
            + SubjectStore.correct(state.corrections)
        {
            writer.execute(statement, parameters)
        }
    }

    /// Ends what has expired, joins what was held, announces what became of messages and webhooks, and forgets what is
    /// long over, a chunk at a time.
    public func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        _ = try connection.query(DispatchMoves.planByKeyStatement)
        if try Expiry.run(connection, &writer) { return true }
        if try DigestJob.run(settings, templates, connection, &writer) { return true }
        if try Announcement.announce(connection, &outgoing, &writer) { return true }
        if try WebhookAnnouncement.announce(connection, &outgoing, &writer) { return true }
        return try Retention.run(settings, connection, &writer)
    }
}
