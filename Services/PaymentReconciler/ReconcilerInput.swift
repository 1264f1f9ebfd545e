import PerisaiModels

/// What the reconciler acts on.
public enum ReconcilerInput: Sendable {
    case payment(IncomingPayment)
    case reversal(IncomingReversal)
    // Large and rare: behind a reference, so that a batch of payments stays small.
    indirect case entry(IncomingEntry)
    indirect case participant(ParticipantEnrolled)
    indirect case employer(EmployerEnrolled)
    indirect case changed(EmployerChanged)
    indirect case ended(MembershipEnd)
    indirect case erased(SubjectErased)
    indirect case corrected(SubjectCorrected)
    indirect case sanction(SanctionFineImposed)
    /// From the queue of exceptions, not from a topic.
    indirect case resolution(ApprovedResolution)
    case date(CivilDate)

    /// Nil for a type that the reconciler does not act on.
    init?(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) {
        switch type {
        case PaymentReceived.type: self = .payment(try IncomingPayment(PaymentReceived.read(bytes: data)))
        case PaymentReversed.type: self = .reversal(IncomingReversal(try PaymentReversed.read(bytes: data)))
        case StatementEntryBooked.type: self = .entry(try IncomingEntry(StatementEntryBooked.read(bytes: data)))
        case ParticipantEnrolled.type: self = .participant(try ParticipantEnrolled.read(bytes: data))
        case EmployerEnrolled.type: self = .employer(try EmployerEnrolled.read(bytes: data))
        case EmployerChanged.type: self = .changed(try EmployerChanged.read(bytes: data))
        case ParticipantExited.type: self = .ended(MembershipEnd(try ParticipantExited.read(bytes: data)))
        case EmployerClosed.type: self = .ended(MembershipEnd(try EmployerClosed.read(bytes: data)))
        case SubjectErased.type: self = .erased(try SubjectErased.read(bytes: data))
        case SubjectCorrected.type: self = .corrected(try SubjectCorrected.read(bytes: data))
        case SanctionFineImposed.type: self = .sanction(try SanctionFineImposed.read(bytes: data))
        case BusinessDateStarted.type: self = .date(try BusinessDateStarted.read(bytes: data).date)
        default: return nil
        }
    }
}

/// A participant has left, or an employer has closed.
public struct MembershipEnd: Sendable {
    let payer: PayerNumber
    let exit: PayerAccount.Exit
    let lastMonth: ContributionMonth
    let endedOn: CivilDate

    init(_ event: ParticipantExited) {
        payer = .participant(event.kpj)
        exit =
            switch event.reason {
            case .jhtClaim: .jhtClaim
            case .death: .death
            case .age: .age
            case .contractEnd: .contractEnd
            case .other: .other
            }
        lastMonth = event.lastMonth
        endedOn = event.exitedOn
    }

    init(_ event: EmployerClosed) {
        payer = .employer(event.npp)
        exit = .closed
        lastMonth = event.lastMonth
        endedOn = event.closedOn
    }
}
