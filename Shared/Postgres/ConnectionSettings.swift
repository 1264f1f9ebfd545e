import CLibPQ

/// How to connect and how a session behaves. Its description shows neither URL nor password.
public struct ConnectionSettings: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A libpq URI (`postgresql://…`) or `key=value` string.
    public var url: String
    /// The only entry of `search_path`; nil leaves the server's setting.
    public var schema: String?
    /// Shown in `pg_stat_activity` unless the URL names another.
    public var applicationName: String
    /// Milliseconds; 0: no limit.
    public var statementTimeoutMilliseconds: Int
    /// Milliseconds; 0: no limit.
    public var lockTimeoutMilliseconds: Int
    /// Milliseconds that a transaction may stay idle before the server ends the session; 0: no limit.
    public var idleInTransactionTimeoutMilliseconds: Int
    /// Seconds for the whole of connecting, at least 1.
    public var connectTimeoutSeconds: Int
    /// Seconds without traffic before a TCP keepalive probe; 0 turns keepalives off.
    public var keepalivesIdleSeconds: Int
    /// Seconds between probes, and until unacknowledged data ends the connection three times that.
    public var keepalivesIntervalSeconds: Int

    public init(
        url: String, schema: String? = nil, applicationName: String = "postgres-swift",
        statementTimeoutMilliseconds: Int = 30_000, lockTimeoutMilliseconds: Int = 10_000,
        idleInTransactionTimeoutMilliseconds: Int = 60_000, connectTimeoutSeconds: Int = 10,
        keepalivesIdleSeconds: Int = 30, keepalivesIntervalSeconds: Int = 10
    ) {
        self.url = url
        self.schema = schema
        self.applicationName = applicationName
        self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
        self.lockTimeoutMilliseconds = lockTimeoutMilliseconds
        self.idleInTransactionTimeoutMilliseconds = idleInTransactionTimeoutMilliseconds
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.keepalivesIdleSeconds = keepalivesIdleSeconds
        self.keepalivesIntervalSeconds = keepalivesIntervalSeconds
    }

    public var description: String {
        "ConnectionSettings(url: masked, schema: \(schema ?? "default"), application: \(applicationName), "
            + "statement timeout \(statementTimeoutMilliseconds) ms, lock timeout \(lockTimeoutMilliseconds) ms)"
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }

    /// Why libpq can't read this URL, or nil when it can. The reason quotes no part of the URL.
    public static func check(_ url: String) -> String? {
        guard url.utf8.count <= 4_096 else { return "longer than 4096 bytes" }
        guard !url.utf8.contains(0) else { return "holds a NUL byte" }
        guard url.contains("=") || url.contains("://") else {
            return "neither a postgresql:// URI nor key=value settings"
        }
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        defer {
            PQconninfoFree(options)
            PQfreemem(message)
        }
        guard options == nil else { return nil }
        guard let message else { return "out of memory" }
        // libpq quotes the offending part, which may be the password: keep what stands before any quotation.
        let safe = String(cString: message).unicodeScalars.prefix { $0.isASCII && $0 != "\"" && $0 != "'" && $0 != "`" }
        return String(String.UnicodeScalarView(safe)).filter { $0 != "\n" }.trimmed + " …"
    }

    /// `check` of this URL and the bounds of the numbers.
    public func check() -> String? {
        if let reason = ConnectionSettings.check(url) { return "url: \(reason)" }
        let day = 86_400_000
        let milliseconds = [
            statementTimeoutMilliseconds, lockTimeoutMilliseconds, idleInTransactionTimeoutMilliseconds,
        ]
        guard milliseconds.allSatisfy({ (0...day).contains($0) }) else { return "timeouts: 0 to \(day) ms" }
        guard (1...3_600).contains(connectTimeoutSeconds) else { return "connectTimeoutSeconds: 1 to 3600" }
        guard (0...86_400).contains(keepalivesIdleSeconds) else { return "keepalivesIdleSeconds: 0 to 86400" }
        guard (1...3_600).contains(keepalivesIntervalSeconds) else { return "keepalivesIntervalSeconds: 1 to 3600" }
        if let schema, schema.isEmpty || schema.utf8.count > 63 { return "schema: 1 to 63 bytes" }
        return nil
    }

    /// libpq keywords in order; what the URL says wins over what stands before it.
    var keywords: [(String, String)] {
        [
            ("keepalives", keepalivesIdleSeconds == 0 ? "0" : "1"),
            ("keepalives_idle", String(keepalivesIdleSeconds)),
            ("keepalives_interval", String(keepalivesIntervalSeconds)),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", String(3_000 * keepalivesIntervalSeconds)),
            ("fallback_application_name", applicationName),
            ("dbname", url),
            ("client_encoding", "UTF8"),
        ]
    }

    /// SQL that sets up a session.
    var sessionSQL: String {
        let path = schema.map { "SET search_path TO \(quoteIdentifier($0));" } ?? ""
        return path
            + """
            SET statement_timeout = \(statementTimeoutMilliseconds);
            SET lock_timeout = \(lockTimeoutMilliseconds);
            SET idle_in_transaction_session_timeout = \(idleInTransactionTimeoutMilliseconds);
            SET plan_cache_mode = force_generic_plan;
            SET client_min_messages = warning
            """
    }
}

extension String {
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace || $0 == ":" }.reversed())
    }
}
