import CLibPQ

/// A failure reported by PostgreSQL, libpq or this module. `description` never holds data (values, SQL, connection
/// settings); `debugText` may, so it belongs into no log of a running system.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What the caller can do about it.
    public enum Kind: String, Sendable {
        /// The connection is gone or never came up: reconnect, then retry. Whether a COMMIT in flight took effect is
        /// unknown.
        case connection
        /// Serialisation failure, deadlock, lock or statement timeout, lack of resources: retry the transaction.
        case transient
        /// A key exists already: retry once with fresh state.
        case conflict
        /// A value that the database refuses: retrying is useless, split the batch.
        case data
        /// Wrong SQL, missing table, missing rights, wrong use of this module.
        case programming
    }

    public let kind: Kind
    /// Five characters, or nil when the failure arose on the client's side.
    public let sqlState: String?
    /// Full text of the server or libpq. May quote values: for debugging by hand alone.
    public let debugText: String
    public let schema: String?
    public let table: String?
    public let column: String?
    public let constraint: String?
    /// Name of the statement that failed, where known.
    public let statement: String?
    /// The reason in words that are safe to log.
    public let reason: String

    /// True where the same work may succeed later, on this connection or a new one.
    public var isTransient: Bool { kind == .transient || kind == .connection }

    public var description: String {
        var parts: [String] = []
        if let schema { parts.append("schema \(schema)") }
        if let table { parts.append("table \(table)") }
        if let column { parts.append("column \(column)") }
        if let constraint { parts.append("constraint \(constraint)") }
        if let statement { parts.append("statement \(statement)") }
        let code = sqlState.map { "\($0) " } ?? ""
        return "PostgreSQL \(kind.rawValue) error: \(code)\(reason)"
            + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }

    /// An error of the client's side; `reason` must hold no data.
    init(_ kind: Kind, _ reason: String, sqlState: String? = nil, statement: String? = nil, debugText: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.reason = reason
        self.debugText = debugText ?? reason
        self.statement = statement
        self.schema = nil
        self.table = nil
        self.column = nil
        self.constraint = nil
    }

    /// Reads the diagnostics of a failed result.
    init(result: OpaquePointer?, statement: String?, connectionText: String, connectionLost: Bool) {
        func field(_ letter: String) -> String? {
            guard let result, let code = letter.utf8.first, let text = PQresultErrorField(result, Int32(code)) else {
                return nil
            }
            return String(cString: text)
        }
        let state = field("C")
        let severity = field("V")
        let fatal = severity == "FATAL" || severity == "PANIC"
        self.sqlState = state
        self.statement = statement
        self.schema = field("s")
        self.table = field("t")
        self.column = field("c")
        self.constraint = field("n")
        if connectionLost || fatal || state == nil {
            self.kind = .connection  // without SQLSTATE it is libpq that failed: only a new session is safe
        } else if field("R") == "RevalidateCachedQuery" {
            self.kind = .transient  // a plan outlived a change of its table: the connection prepares it anew
        } else {
            self.kind = state.map(PostgresError.classify) ?? .programming
        }
        self.reason =
            state.map(SQLState.condition)
            ?? (connectionLost ? "connection lost" : "failure without SQLSTATE")
        let texts = [
            field("M"), field("D").map { "Detail: \($0)" }, field("H").map { "Hint: \($0)" },
            field("W").map { "Context: \($0)" },
        ]
        let text = texts.compactMap { $0 }.joined(separator: "\n")
        self.debugText = text.isEmpty ? connectionText : text
    }

    /// Kind of an SQLSTATE (PostgreSQL documentation, appendix A) of an error that left the connection alive.
    static func classify(_ state: String) -> Kind {
        switch state {
        case "23505", "23P01": return .conflict
        case "55P03", "55006", "57014", "57P03", "26000": return .transient
        case "57P01", "57P02", "57P04", "57P05": return .connection  // the server ends the session
        case "25006": return .connection  // read-only: a standby after a failover
        case "21000", "44000": return .data
        default: break
        }
        switch state.prefix(2) {
        case "08": return .connection
        case "40", "53", "58": return .transient
        case "22", "23", "54", "P0": return .data
        default: return .programming
        }
    }
}

/// Condition names of SQLSTATEs (PostgreSQL documentation, appendix A).
enum SQLState {
    static func condition(_ state: String) -> String {
        names[state] ?? classes[String(state.prefix(2))] ?? "unnamed condition"
    }

    private static let names: [String: String] = [
        "08000": "connection_exception", "08003": "connection_does_not_exist", "08006": "connection_failure",
        "08P01": "protocol_violation", "0A000": "feature_not_supported", "21000": "cardinality_violation",
        "22000": "data_exception", "22001": "string_data_right_truncation", "22003": "numeric_value_out_of_range",
        "22004": "null_value_not_allowed", "22007": "invalid_datetime_format", "22008": "datetime_field_overflow",
        "22012": "division_by_zero", "22021": "character_not_in_repertoire", "22023": "invalid_parameter_value",
        "22P02": "invalid_text_representation", "22P03": "invalid_binary_representation",
        "22P04": "bad_copy_file_format", "23000": "integrity_constraint_violation", "23001": "restrict_violation",
        "23502": "not_null_violation", "23503": "foreign_key_violation", "23505": "unique_violation",
        "23514": "check_violation", "23P01": "exclusion_violation", "25001": "active_sql_transaction",
        "25006": "read_only_sql_transaction", "25P01": "no_active_sql_transaction",
        "25P02": "in_failed_sql_transaction", "25P03": "idle_in_transaction_session_timeout",
        "26000": "invalid_sql_statement_name", "28000": "invalid_authorization_specification",
        "28P01": "invalid_password", "3D000": "invalid_catalog_name", "3F000": "invalid_schema_name",
        "40001": "serialization_failure", "40003": "statement_completion_unknown", "40P01": "deadlock_detected",
        "42501": "insufficient_privilege", "42601": "syntax_error", "42701": "duplicate_column",
        "42703": "undefined_column", "42704": "undefined_object", "42710": "duplicate_object",
        "42725": "ambiguous_function", "42804": "datatype_mismatch", "42809": "wrong_object_type",
        "42830": "invalid_foreign_key", "42846": "cannot_coerce", "42883": "undefined_function",
        "42P01": "undefined_table", "42P02": "undefined_parameter", "42P05": "duplicate_prepared_statement",
        "42P06": "duplicate_schema", "42P07": "duplicate_table", "42P18": "indeterminate_datatype",
        "44000": "with_check_option_violation", "53000": "insufficient_resources", "53100": "disk_full",
        "53200": "out_of_memory", "53300": "too_many_connections", "54000": "program_limit_exceeded",
        "55000": "object_not_in_prerequisite_state", "55006": "object_in_use", "55P03": "lock_not_available",
        "57000": "operator_intervention", "57014": "query_canceled", "57P01": "admin_shutdown",
        "57P02": "crash_shutdown", "57P03": "cannot_connect_now", "57P04": "database_dropped",
        "57P05": "idle_session_timeout", "58030": "io_error", "P0001": "raise_exception", "XX000": "internal_error",
        "XX001": "data_corrupted", "XX002": "index_corrupted",
    ]

    private static let classes: [String: String] = [
        "08": "connection exception", "0A": "feature not supported", "22": "data exception",
        "23": "integrity constraint violation", "25": "invalid transaction state",
        "28": "invalid authorization", "40": "transaction rollback", "42": "syntax error or access rule violation",
        "53": "insufficient resources", "54": "program limit exceeded", "55": "object not in prerequisite state",
        "57": "operator intervention", "58": "system error", "P0": "PL/pgSQL error", "XX": "internal error",
    ]
}
