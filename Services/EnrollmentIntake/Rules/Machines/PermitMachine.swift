/// How far a permit application has come. The numbers are stored.
public enum PermitStage: Int16, Sendable, Hashable, CaseIterable {
    /// Named by the office, but its application has not come.
    case unseen = 4
    case held = 0
    case cleared = 1
    /// The office has issued the permit.
    case issued = 3
    case closed = 2

    /// Nothing is said any more.
    public var isFinal: Bool { self == .issued || self == .closed }
}

/// A permit application from the office's question to its end (article 001; PP 86/2013; domain.md 4.2).
public enum PermitMachine: StateMachine {
    public enum Signal: Sendable, Hashable, CaseIterable {
        /// The rules find nothing missing.
        case conditionsMet
        case conditionsMissing
        /// Construction, which is registered elsewhere.
        case outside
        case amended
        case issued
        case withdrawn
        case reminderDue
        case deadlinePassed
    }

    public static let name = "permit"
    public static let summary = "A permit application, from the office's question to its end"
    public static let initial = PermitStage.unseen

    public static func move(_ state: PermitStage, on signal: Signal) -> Move<PermitStage> {
        switch state {
        case .unseen: fromUnseen(signal)
        case .held: fromHeld(signal)
        case .cleared: fromCleared(signal)
        case .issued: Move(.issued, "the permit is issued; a renewal is a new application")
        case .closed: Move(.closed, "the application is closed; a new one has a new number")
        }
    }

    private static func fromUnseen(_ signal: Signal) -> Move<PermitStage> {
        switch signal {
        case .conditionsMet: Move(.cleared, "told: cleared")
        case .conditionsMissing: Move(.held, "told: held, or unknown employer, and until when")
        case .outside: Move(.closed, "told: closed, outside the programme")
        case .amended: Move(.unseen, "kept until the application comes")
        case .issued: Move(.issued, "told: closed; the office has issued it without asking")
        case .withdrawn: Move(.closed, "told: closed; the application is not looked at when it comes")
        case .reminderDue, .deadlinePassed: Move(.unseen, "nothing waits")
        }
    }

    private static func fromHeld(_ signal: Signal) -> Move<PermitStage> {
        switch signal {
        case .conditionsMet: Move(.cleared, "told: released")
        case .conditionsMissing: Move(.held, "told again when something else is missing, or the office has asked anew")
        case .outside: Move(.closed, "told: closed, outside the programme")
        case .amended: Move(.held, "looked at anew; the deadline stays")
        case .issued: Move(.issued, "told: closed; the office has decided otherwise, what was missing is noted")
        case .withdrawn: Move(.closed, "told: closed")
        case .reminderDue: Move(.held, "reminded; the last day is near")
        case .deadlinePassed: Move(.held, "reminded once that it is overdue; released all the same when all is met")
        }
    }

    private static func fromCleared(_ signal: Signal) -> Move<PermitStage> {
        switch signal {
        case .conditionsMet: Move(.cleared, "told again only when the office has asked anew")
        case .conditionsMissing: Move(.held, "the application was changed; told: held, with a new deadline")
        case .outside: Move(.closed, "the application was changed; told: closed, outside the programme")
        case .amended: Move(.cleared, "looked at anew")
        case .issued: Move(.issued, "told: closed")
        case .withdrawn: Move(.closed, "told: closed")
        case .reminderDue, .deadlinePassed: Move(.cleared, "nothing is missing")
        }
    }
}
