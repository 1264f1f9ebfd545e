import PerisaiModels
import Worker

/// A participant who has asked that the own data be erased or corrected.
struct SubjectChange: Sendable {
    let requestID: String
    let payer: Int64
    let at: Instant
    let on: CivilDate
    /// Of a correction; nil: nothing about the name has changed.
    var name: String?
    var isErasure = false
}

extension ReconcilerState {
    /// Ledger, dues and chains stay: they know the KPJ alone.
    mutating func erase(_ erased: SubjectErased, _ cause: Cause) {
        guard let kpj = erased.kpj else { return }
        erasedPayers[PayerNumber.participant(kpj).code] = cause.time
        subjects.append(
            SubjectChange(
                requestID: erased.requestID.text, payer: PayerNumber.participant(kpj).code, at: cause.time,
                on: erased.erasedOn, isErasure: true))
    }

    mutating func correct(_ corrected: SubjectCorrected, _ cause: Cause) {
        guard let kpj = corrected.kpj, let name = corrected.name else { return }
        subjects.append(
            SubjectChange(
                requestID: corrected.requestID.text, payer: PayerNumber.participant(kpj).code, at: cause.time,
                on: corrected.correctedOn, name: name))
    }

    /// Whether the payer has asked to be forgotten after that moment.
    func isErased(_ payer: PayerNumber, since time: Instant) -> Bool {
        erasedPayers[payer.code].map { time <= $0 } ?? false
    }
}
