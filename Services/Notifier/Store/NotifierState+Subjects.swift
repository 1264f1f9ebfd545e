import PerisaiModels

import struct Foundation.UUID

/// Persons who have asked that the own data be erased or corrected (UU 27/2022).
extension NotifierState {
    /// Forgets the contacts of the person; what was learned before comes back by no event.
    mutating func erase(_ erased: SubjectErased, at time: Instant, by key: UUID) {
        for ref in erased.refs {
            if Recipient.isAgent(ref), let phone = contact(ref)?.phone { note(phone: phone.text) }
            learn(ref, KnownContact(erasedAt: time, by: key))
        }
        note(erased)
    }

    mutating func correct(_ corrected: SubjectCorrected, at time: Instant, by key: UUID) {
        for ref in corrected.refs {
            // Somebody who is not known is told of with the enrolment.
            guard let known = contact(ref) else { continue }
            let contact = Contact(
                name: corrected.name ?? known.name, phone: corrected.phone, zone: known.zone, agent: known.agent,
                branch: known.branch, consent: known.consent)
            learn(ref, KnownContact(contact, at: time, by: key))
        }
        note(corrected)
    }

    /// The event without the names of those who have asked to be forgotten after it.
    func withoutErased(_ input: NotifierInput, at time: Instant) -> NotifierInput {
        switch input {
        case .employerEnrolled(var event):
            event.workers = withoutErased(event.workers, at: time)
            return .employerEnrolled(event)
        case .employerChanged(var event):
            event.joined = withoutErased(event.joined, at: time)
            return .employerChanged(event)
        default: return input
        }
    }

    private func withoutErased(_ workers: [EnrolledWorker], at time: Instant) -> [EnrolledWorker] {
        workers.map { worker in
            guard let erased = erasedAt(Recipient.worker(worker.kpj).ref), time <= erased else { return worker }
            var worker = worker
            worker.name = ""
            worker.phone = nil
            return worker
        }
    }
}
