/// How e-mail leaves through a mail server.
public struct SMTPSettings: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public enum Security: String, Sendable, CaseIterable {
        /// In clear: for a relay on the same machine.
        case none
        /// The server must offer STARTTLS (RFC 3207); without it nothing is sent.
        case starttls
        /// TLS from the first byte (RFC 8314).
        case tls
    }

    public var host: String
    /// 1 to 65,535.
    public var port: Int
    public var security: Security
    public var user: String?
    /// Where the password stands; nil without user.
    public var password: ProviderSecret?
    /// The sender's address, perhaps with a name: `Perisai <noreply@example.go.id>`.
    public var from: String
    /// What the server is greeted with.
    public var heloName: String
    /// For one message, from the connection to the server's last answer.
    public var timeout: Duration
    /// Messages at a time, 1 to 256.
    public var concurrency: Int

    public init(
        host: String, port: Int, security: Security, user: String? = nil, password: ProviderSecret? = nil,
        from: String, heloName: String, timeout: Duration = .seconds(30), concurrency: Int = 4
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
        self.from = from
        self.heloName = heloName
        self.timeout = timeout
        self.concurrency = concurrency
    }

    public var description: String { "SMTPSettings(\(host):\(port), \(security.rawValue))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["host": host, "port": port]) }
}
