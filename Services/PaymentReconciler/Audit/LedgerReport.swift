/// What a verification of the ledger has found.
public struct LedgerReport: Sendable {
    /// An account with its balance in rupiah, debit positive.
    public struct Account: Sendable {
        public let number: Int16
        public let name: String
        public let balance: Int64
        public let lines: Int64
    }

    /// Something that was proven, or not.
    public struct Check: Sendable {
        public let name: String
        public var faults: Int
        /// What was compared, with figures.
        public let detail: String
        public var isProven: Bool { faults == 0 }
    }

    /// A row that breaks a check.
    public struct Fault: Sendable, CustomStringConvertible {
        public let check: String
        /// Which row: chain and seq, event key, payer and month.
        public let place: String
        public let reason: String
        public var description: String { "\(check): \(place): \(reason)" }
    }

    /// Most faults that are named; the rest is counted.
    public static let faultLimit = 20

    public internal(set) var accounts: [Account] = []
    public internal(set) var figures = PaymentFigures()
    public internal(set) var checks: [Check] = []
    /// The first `faultLimit`, in the order of the checks.
    public internal(set) var faults: [Fault] = []
    /// Lines that belong to no batch: written before chains were kept.
    public internal(set) var unchainedLines: Int64 = 0

    public var isProven: Bool { checks.allSatisfy(\.isProven) }

    /// `count`: of all faults, where more were found than are named.
    mutating func check(
        _ name: String, _ detail: String, faults found: [(place: String, reason: String)], count: Int? = nil
    ) {
        checks.append(Check(name: name, faults: count ?? found.count, detail: detail))
        for fault in found where faults.count < Self.faultLimit {
            faults.append(Fault(check: name, place: fault.place, reason: fault.reason))
        }
    }
}

/// Where the money of all payments stands: received = posted + suspended + refused + reversed, to the rupiah.
public struct PaymentFigures: Sendable, Equatable {
    /// Every payment that banks have told of, each once; further evidence of one is no money.
    public var received: Int64 = 0
    public var posted: Int64 = 0
    /// Waits for its payer.
    public var suspended: Int64 = 0
    public var refused: Int64 = 0
    public var reversed: Int64 = 0
    /// Notices of money that another notice or statement has brought: not part of `received`.
    public var evidence: Int64 = 0
    /// Payments, and notices that are evidence only.
    public var payments: Int64 = 0
    public var evidences: Int64 = 0

    public init() {}

    public var isComplete: Bool { received == posted + suspended + refused + reversed }
}

/// The accounts of the ledger as reports name them; movements: docs/ledger.md.
public enum LedgerAccountText {
    public static let all: [(number: Int16, name: String, meaning: String)] = [
        (1, "bank clearing", "money that banks have booked for us"),
        (2, "contribution", "contributions received, by payer and month"),
        (3, "payer credit", "surplus of a payer, for months to come or its fines"),
        (4, "suspense", "money whose payer is not known yet (iuran belum rinci)"),
        (5, "late fine", "fines of employers that are paid, by payer and month"),
        (6, "refund payable", "to be given back by the bank"),
        (7, "write-off", "differences that were given up by approval"),
        (8, "match difference", "rupiah within the tolerance of a match"),
        (9, "sanction fine", "sanction fines of employers that are paid (PP 86/2013), by payer and month"),
    ]

    public static func name(_ number: Int16) -> String {
        all.first { $0.number == number }?.name ?? "account \(number)"
    }
}
