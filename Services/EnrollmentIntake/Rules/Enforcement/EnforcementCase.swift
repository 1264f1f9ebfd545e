import PerisaiModels

import struct Foundation.UUID

/// Who is called to account: a registered employer, or a firm that should be one.
public enum EnforcementSubject: Sendable, Hashable, Comparable {
    case employer(NPP)
    case business(NIB)

    private static let employerBase: Int64 = 1_000_000_000_000_000
    private static let businessBase: Int64 = 2_000_000_000_000_000

    /// One number for storage.
    public var code: Int64 {
        switch self {
        case .employer(let npp): Self.employerBase + npp.code
        case .business(let nib): Self.businessBase + nib.code
        }
    }

    /// Reads `code` back.
    public init(code: Int64) throws(IdentifierFault) {
        if code >= Self.businessBase {
            self = .business(try NIB(code: code - Self.businessBase))
        } else {
            self = .employer(try NPP(code: code - Self.employerBase))
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.code < right.code }
}

/// How far enforcement has gone, in the order of severity (PP 86/2013; domain.md 4.1, 4.3).
public enum EnforcementStage: Int16, Sendable, Hashable, CaseIterable, Comparable {
    /// No case, or all settled.
    case clear
    case warnedOnce, warnedTwice, fined, servicesWithheld, inspected, prosecuted

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Workers of a firm and their wages a month, as it has declared them to a permit office.
public struct Declared: Sendable, Hashable {
    public var workers: Int?
    public var wages: Rupiah?

    public init(workers: Int? = nil, wages: Rupiah? = nil) {
        self.workers = workers
        self.wages = wages
    }

    /// The larger of each: what one application says less does not take back what another has said.
    func joined(with other: Self) -> Self {
        Self(
            workers: [workers, other.workers].compactMap(\.self).max(),
            wages: [wages, other.wages].compactMap(\.self).max())
    }

    /// Whether a registration of so many workers and such wages is one in part.
    func exceeds(workers registered: Int, wages paid: Rupiah) -> Bool {
        (workers.map { $0 > registered } ?? false) || (wages.map { $0 > paid } ?? false)
    }
}

/// One subject's case.
public struct EnforcementCase: Sendable, Hashable {
    public var subject: EnforcementSubject
    /// Cases of the subject so far, this one included; 1 for the first.
    public var number: Int
    public var name: String
    public var npp: NPP?
    public var nib: NIB?
    public var breaches: Set<EnforcementBreach>
    public var stage: EnforcementStage
    public var openedOn: CivilDate
    public var stageOn: CivilDate
    /// Last day before the next step; nil when none is due by itself.
    public var deadline: CivilDate?
    public var unpaidMonths: Int
    public var arrears: Rupiah
    public var lateFines: Rupiah
    /// Unpaid of the sanction fine of this case.
    public var sanctionFine: Rupiah
    /// Permit offices that were asked to withhold services.
    public var offices: Set<OfficeCode>
    /// Day of the sanction fine, where one was imposed: who had paid all before does not owe it. It stays when the case
    /// is settled: a payment that is taken back reopens it.
    public var finedOn: CivilDate?
    /// What the firm has declared to a permit office; the register is measured by it, not by later applications.
    public var declared: Declared

    public init(
        subject: EnforcementSubject, number: Int, name: String, npp: NPP?, nib: NIB?,
        breaches: Set<EnforcementBreach>, stage: EnforcementStage, openedOn: CivilDate, stageOn: CivilDate,
        deadline: CivilDate?, unpaidMonths: Int, arrears: Rupiah, lateFines: Rupiah, sanctionFine: Rupiah,
        offices: Set<OfficeCode>, finedOn: CivilDate? = nil, declared: Declared = Declared()
    ) {
        self.subject = subject
        self.number = number
        self.name = name
        self.npp = npp
        self.nib = nib
        self.breaches = breaches
        self.stage = stage
        self.openedOn = openedOn
        self.stageOn = stageOn
        self.deadline = deadline
        self.unpaidMonths = unpaidMonths
        self.arrears = arrears
        self.lateFines = lateFines
        self.sanctionFine = sanctionFine
        self.offices = offices
        self.finedOn = finedOn
        self.declared = declared
    }

    /// The same on every machine and in every run.
    public var caseID: UUID { EventKey.of(source: "enforcement", id: "\(subject.code)/\(number)") }
}

/// A step that was taken, for the file.
struct EnforcementRecord: Hashable {
    let subject: EnforcementSubject
    let number: Int
    let step: EnforcementStep
    let on: CivilDate
    let deadline: CivilDate?
    let legalGround: String
    let arrears: Rupiah
    let fine: Rupiah
}
