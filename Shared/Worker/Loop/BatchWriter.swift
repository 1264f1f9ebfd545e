import Postgres

/// Collects what a batch writes; the loop sends it in two steps: the copies, then all statements with the commit.
public struct BatchWriter {
    var copies: [CopyBuffer] = []
    var statements: [(Statement, Parameters)] = []

    init() {}

    /// New rows. An empty buffer is left out.
    public mutating func copy(_ buffer: CopyBuffer) {
        if !buffer.isEmpty { copies.append(buffer) }
    }

    /// A statement that changes rows, run after all copies, in the order of the calls.
    public mutating func execute(_ statement: Statement, _ parameters: Parameters = Parameters()) {
        statements.append((statement, parameters))
    }
}
