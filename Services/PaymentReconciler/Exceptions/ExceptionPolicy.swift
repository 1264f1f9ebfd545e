import PerisaiModels

import struct Foundation.UUID

/// What a person may propose for an exception, or for a payment.
public enum ResolutionAction: String, Sendable, Hashable, CaseIterable {
    /// The money belongs to this payer.
    case match
    /// Nobody will be found: taken out of suspense or credit for good.
    case writeOff = "write-off"
    /// Given back to who has paid.
    case refund
    /// A posting was wrong: the months are due again, the money waits in suspense.
    case unmatch
    /// Nothing moves; the case is closed with its reason.
    case note

    /// How a case ends that this action has settled.
    public var resolution: ExceptionResolution {
        switch self {
        case .match: .matched
        case .writeOff: .writtenOff
        case .refund: .refunded
        case .unmatch: .unmatched
        case .note: .noted
        }
    }
}

/// What an exception code means, and what is done about it: data, one row for each code.
///
/// The employer is told of over- and underpayment within 3 working days (domain.md 3, S03c 4); that norm stands here
/// for every exception behind which money waits. Where none waits the next statement usually settles it: 5 days.
public struct ExceptionPolicy: Sendable {
    /// Who a case goes up to when its deadline passes; each has as many working days as the first.
    public enum Level: Int16, Sendable, CaseIterable {
        case desk = 0
        case branch = 1
        case region = 2
        case headOffice = 3

        public var title: String {
            switch self {
            case .desk: "desk"
            case .branch: "branch"
            case .region: "region"
            case .headOffice: "head office"
            }
        }
    }

    public static let highestLevel = Level.headOffice
    public static let calendar = HolidayCalendar.national

    public let code: ExceptionCode
    /// Stored in the ids of cases through `ExceptionCase.id`: never to be used for another code.
    let number: Int
    public let meaning: String
    public let meaningInIndonesian: String
    public let remedy: String
    /// False: told for the record alone, no case is opened.
    public let needsPerson: Bool
    /// Working days from the day on which the case was opened, and again at each level.
    public let workingDays: Int
    /// What may be proposed, in the order in which it is usually tried.
    public let actions: [ResolutionAction]

    public func allows(_ action: ResolutionAction) -> Bool { actions.contains(action) }

    /// The last day on which the case is in time; days that are not worked do not count.
    public func deadline(from date: CivilDate) -> CivilDate {
        Self.calendar.adding(workingDays: workingDays, to: date)
    }

    public static let all: [ExceptionPolicy] = ExceptionCode.allCases.map { ExceptionPolicy(of: $0) }

    public init(of code: ExceptionCode) {
        switch code {
        case .unknownPayer: self = .unknownPayer
        case .duplicate: self = .duplicate
        case .breakdownMismatch: self = .breakdownMismatch
        case .reversalUnmatched: self = .reversalUnmatched
        case .reversalMismatch: self = .reversalMismatch
        case .conflictingReference: self = .conflictingReference
        case .dateDiffers: self = .dateDiffers
        case .payerEnded: self = .payerEnded
        case .ambiguous: self = .ambiguous
        case .notInStatement: self = .notInStatement
        case .creditLeft: self = .creditLeft
        }
    }
}
