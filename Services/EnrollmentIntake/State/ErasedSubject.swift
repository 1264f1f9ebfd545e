import PerisaiModels

import struct Foundation.UUID

/// What the registry keeps of a person whose data were erased: dates and the KPJ, under a keyed hash of the NIK.
struct ErasedSubject: Hashable {
    let key: UUID
    var kpj: KPJ?
    var firstSeen: CivilDate?
    var bpuOn: CivilDate?
    var puOn: CivilDate?
    /// As an agent: a dismissal is for good.
    var dismissedOn: CivilDate?
    var erasedOn: CivilDate
}

/// A request about personal data and what became of it.
struct SubjectRequest: Hashable {
    enum Kind: Int16 { case correction, erasure }

    let requestID: SubmissionID
    let kind: Kind
    let kpj: KPJ?
    let isDone: Bool
    /// Codes, with commas between.
    let reasons: String
    let decidedOn: CivilDate
    let askedBy: String?
    let approvedBy: String?
}
