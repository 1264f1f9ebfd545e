import CLibPQ

extension Connection {
    /// Runs `body` between BEGIN and COMMIT; an error rolls back and is thrown on. An error of kind `.connection` from
    /// COMMIT leaves open whether it took effect.
    @discardableResult
    public func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try execute("BEGIN")
        let value: Value
        do {
            value = try body()
            guard transactionStatus == .inTransaction else {
                throw PostgresError(.programming, "transaction ended or failed inside its body")
            }
            try execute("COMMIT")
        } catch {
            rollbackIfNeeded()
            throw error
        }
        return value
    }

    /// Ends an open or failed transaction. Returns whether the connection is idle and usable now.
    @discardableResult
    public func rollbackIfNeeded() -> Bool {
        guard isUsable else { return false }
        switch transactionStatus {
        case .idle: return true
        case .inTransaction, .inFailedTransaction:
            do { try execute("ROLLBACK") } catch { return false }
            return isUsable && transactionStatus == .idle
        case .active, .unknown:
            broken = true  // a command left half done: only a new session is safe
            return false
        }
    }
}
