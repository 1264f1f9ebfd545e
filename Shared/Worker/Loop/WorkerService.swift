import PerisaiModels
import Postgres

/// What a service adds to the loop: which events it reads, and load, decide, save.
///
/// All of it runs on the worker's own threads; nothing here is called at the same time as another batch of the
/// same worker.
public protocol WorkerService: Sendable {
    associatedtype Input: Sendable
    associatedtype State

    /// Consumer group, `source` of the events, and (with underscores) the schema in PostgreSQL.
    var name: String { get }
    var inputs: [Topic] { get }
    /// The service's own tables, from its folder of numbered SQL files.
    var migrations: Migrations { get throws }

    /// Reads the data of one event; nil for a type that this service does not act on.
    func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> Input?

    /// True when the service's own rows tell whether the event was applied before; the inbox is then not used.
    func recognizes(_ input: Input) -> Bool

    /// Reads, and locks in key order, the state that the events touch.
    func load(_ events: [Event<Input>], from connection: Connection) throws -> State

    /// Applies one event to the loaded state. No I/O, no clock, no randomness; throws before it has changed anything.
    func decide(_ event: Event<Input>, _ state: inout State, _ outgoing: inout Outgoing) throws

    /// Hands the changed state over to be written.
    func save(_ state: inout State, to writer: inout BatchWriter) throws

    /// One chunk of work that a date has started (opening a month, closing one), in a transaction of its own.
    ///
    /// Called between batches by the one worker that holds the clock. Returns false when there is nothing to do.
    func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool
}

extension WorkerService {
    public func recognizes(_ input: Input) -> Bool { false }
    public func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        false
    }
    /// The schema that holds the service's tables.
    public var schema: String { name.replacing("-", with: "_") }
}
