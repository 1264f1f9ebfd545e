import PerisaiModels

/// Policy values of enrolment on which the sources disagree or are silent; the defaults are those of the programme.
public struct EnrollmentSettings: Sendable {
    /// Whether an employer whose contribution equals the limit may be acquired by an agent.
    public enum LimitRule: String, Sendable, CaseIterable {
        /// Less than the limit (article 000: "kurang dari Rp7 juta").
        case below
        /// The limit itself too (a briefing of 2022: "maks. Rp7 juta"; domain.md 10).
        case upTo = "up-to"
    }

    /// Total monthly contribution up to which an agent may acquire an employer (domain.md 1.3).
    public var employerLimit = Rupiah(7_000_000)
    public var employerLimitRule = LimitRule.below
    /// Last day on which an agent may acquire an employer: scheme B is for BPU only (Perdir 13/PERDIR.02/042022;
    /// domain.md 1.4). Nil: without end.
    public var employersByAgentsUntil = CivilDate(year: 2022, month: 3, day: 31)
    /// A BPU participant must be younger on the day of registration (domain.md 2.4; the number is unverified [B]).
    public var participantAgeBelow = 65
    /// Banks where an agent's account may be. The last row holds on until a later list is known; days before the
    /// first row use the first (domain.md 1.2).
    public var partnerBanks = BankCode.perisaiPartners
    public var permits = PermitPolicy()
    /// Days that a submission waits for its agent's own registration before it is refused, 0...3650.
    public var registrationWaitDays = 30

    /// Documents without which an application waits. The programme's checklist is not published [U] (domain.md 1.2):
    /// identity and account are what the other gates are checked by.
    public var agentDocuments: Set<AgentDocument> = [.ktp, .accountBook]
    /// NPPs of the fund itself: whoever works there cannot be an agent (S01b; domain.md 1.1).
    public var staffEmployers: Set<NPP> = []

    /// Working days of each written warning, 1...60 (PP 86/2013: up to 10).
    public var warningDays = 10
    /// Unpaid months from which on an employer is warned, 1...60: the class kurang lancar begins (S47); the sources say
    /// of no number [I].
    public var arrearsWarningMonths = 4
    /// Days of the sanction fine from the end of the second warning, 1...30 (PP 86/2013 Art. 7: at most 30).
    public var sanctionFineDays = 30
    /// Arrears older than so many months go to the inspectors once services are withheld, 1...120 (S49).
    public var inspectionMonths = 6
    /// Days for which services are withheld from a firm that is not registered, or only in part, before the inspectors
    /// take it over, 1...365. No source gives a number [U].
    public var inspectionDays = 30
    /// Days that the inspectors have before the prosecutor gets a power of attorney, 1...365. No source gives a
    /// number [U].
    public var prosecutionDays = 30
    /// Days of the prosecutor's call, 1...90 (S61).
    public var prosecutorCallDays = 7
    /// Under which a person whose data were erased is still known not to be new; nil: erasure is refused.
    public var subjectKey: SubjectKey?
    /// Years after the end of a membership or an agency for which data are kept, 0...100 (UU 8/1997: documents of
    /// companies 10 years; unverified [B]).
    public var subjectRetentionYears = 10
    public var holidays = HolidayCalendar.national

    public init() {}

    /// Whether the limit lets an agent acquire an employer with this total.
    func allows(total: Rupiah) -> Bool {
        employerLimitRule == .below ? total < employerLimit : total <= employerLimit
    }

    /// Whether the bank is a designated one on a day.
    func isPartner(_ bank: BankCode, on date: CivilDate) -> Bool {
        let row = partnerBanks.rows.last { $0.from <= date } ?? partnerBanks.rows.first
        return row?.value.contains(bank) ?? false
    }
}
