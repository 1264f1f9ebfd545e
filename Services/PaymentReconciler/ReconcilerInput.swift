import PerisaiModels

/// What the reconciler acts on.
public enum ReconcilerInput: Sendable {
    case payment(IncomingPayment)
    case reversal(IncomingReversal)
    // Large and rare: behind a reference, so that a batch of payments stays small.
    indirect case participant(ParticipantEnrolled)
    indirect case employer(EmployerEnrolled)
    case date(CivilDate)

    /// Nil for a type that the reconciler does not act on.
    init?(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) {
        switch type {
        case PaymentReceived.type: self = .payment(try IncomingPayment(PaymentReceived.read(bytes: data)))
        case PaymentReversed.type: self = .reversal(IncomingReversal(try PaymentReversed.read(bytes: data)))
        case ParticipantEnrolled.type: self = .participant(try ParticipantEnrolled.read(bytes: data))
        case EmployerEnrolled.type: self = .employer(try EmployerEnrolled.read(bytes: data))
        case BusinessDateStarted.type: self = .date(try BusinessDateStarted.read(bytes: data).date)
        default: return nil
        }
    }
}
