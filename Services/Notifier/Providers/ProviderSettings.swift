import PerisaiModels

/// One provider of one channel. Its descriptions never show a secret.
public struct ProviderSettings: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public enum Kind: String, JSONChoice {
        /// Our own contract over JSON: see `GatewayAdapter`.
        case gateway
        case whatsappCloud = "whatsapp-cloud"
        case fcm
        case smtp
    }

    /// Whether a post whose outcome is not known may be made again to the same provider.
    public enum Repeats: String, JSONChoice {
        /// It keeps the keys of what it has taken: the very same post does nothing the second time.
        case sameKey = "same-key"
        case never
    }

    /// How its reports of deliveries are written and signed.
    public enum ReceiptFormat: String, JSONChoice {
        /// `WebhookSignature` over our own JSON.
        case gateway
        /// `X-Hub-Signature-256` over Meta's.
        case whatsapp
    }

    /// A message template that Meta has agreed to, with one variable in its body.
    public struct Template: Sendable, Hashable {
        public var name: String
        /// Of the template at Meta; nil: the reader's.
        public var language: String?
    }

    /// a-z, 0-9 and hyphens, 1 to 40 characters.
    public var name: String
    public var channel: MessageChannel
    public var kind: Kind
    /// Empty for `smtp`.
    public var url = ""
    public var token: ProviderSecret?
    /// Thousandths of a rupiah for a message, of SMS for a segment.
    public var costMilli: Int64 = 0
    /// Nil: no limit.
    public var ratePerSecond: Int?
    /// Messages at a time from one process, 1 to 256.
    public var concurrency = 16
    public var timeout: Duration = .seconds(10)
    /// Asked with the dispatch id after it; nil: cannot be asked.
    public var statusURL: String?
    public var repeats = Repeats.never
    /// Two while a secret is changed; none: it sends no receipts.
    public var receiptSecrets: [String] = []
    public var receiptFormat = ReceiptFormat.gateway
    /// What Meta says when the address of the receipts is registered.
    public var verifyToken: String?
    /// How long after a post of unknown outcome `not found` is believed.
    public var settle: Duration = .seconds(20)
    public var template: Template?
    public var smtp: SMTPSettings?

    public init(_ name: String, channel: MessageChannel, kind: Kind) {
        self.name = name
        self.channel = channel
        self.kind = kind
    }

    /// Whether it can be asked what became of a message.
    var canBeAsked: Bool { kind == .gateway && statusURL != nil }
    /// Whether anything can be done about an outcome that is not known, but wait for a receipt.
    var mayLookAgain: Bool { canBeAsked || repeats == .sameKey }
    /// Posts begin at most so long after the claim: then nothing of them is left when the lease is over.
    static let startWithin: Duration = .seconds(15)
    /// How long a message belongs to the process that posts it.
    var lease: Duration { timeout * longestExchange + Self.startWithin * 2 }
    /// In time-outs. A mail may find its connection closed, begin again, and wait for the answer to QUIT.
    private var longestExchange: Int { kind == .smtp ? 3 : 2 }

    public var description: String { "provider \(name) (\(channel.rawValue), \(kind.rawValue))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "channel": channel.rawValue]) }
}

extension ProviderSettings {
    /// The way out to it; nil for e-mail without a server.
    func adapter() -> (any ProviderAdapter)? {
        switch kind {
        case .gateway: GatewayAdapter(self)
        case .whatsappCloud: WhatsAppCloudAdapter(self)
        case .fcm: FCMAdapter(self)
        case .smtp: smtp.map { SMTPAdapter($0) }
        }
    }
}
