import PerisaiModels
import TestSupport
import Testing

import struct Foundation.UUID

@testable import Notifier

@Suite struct DraftTests {
    @Test func theSameEventGivesTheSameMessages() throws {
        var generator = SeededGenerator("drafts")
        for input in Samples.inputs {
            let key = UUID(generator.next(), generator.next())
            let ids = input.drafts.map { $0.messageID(event: key) }
            #expect(input.drafts == input.drafts)
            #expect(ids == input.drafts.map { $0.messageID(event: key) })
            let other = UUID(generator.next(), generator.next())
            #expect(Set(ids).isDisjoint(with: input.drafts.map { $0.messageID(event: other) }))
        }
    }

    @Test func recipientAndTemplateTellMessagesApart() throws {
        var employer = EmployerEnrolled.sample
        employer.workers = try (1...20).map { serial in
            var worker = EnrolledWorker.sample
            worker.kpj = try KPJ(month: employer.firstMonth, serial: serial)
            worker.phone = serial % 2 == 0 ? .sample : nil
            return worker
        }
        let drafts = NotifierInput.employerEnrolled(employer).drafts
        #expect(drafts.count == 11)
        #expect(Set(drafts.map { $0.messageID(event: .sample) }).count == 11)
        #expect(drafts[0].kind == .welcomeEmployer)
        #expect(drafts.dropFirst().allSatisfy { $0.kind == .welcomeWorker && $0.contact?.phone != nil })
    }

    @Test func onlyExceptionsThatThePayerMustActOnMakeAMessage() {
        for code in ExceptionCode.allCases {
            var event = PaymentException.sample
            event.code = code
            event.payer = .sample
            let speaks = code == .breakdownMismatch || code == .conflictingReference
            #expect(NotifierInput.paymentException(event).drafts.count == (speaks ? 1 : 0))
            event.payer = nil
            #expect(NotifierInput.paymentException(event).drafts.isEmpty)
        }
    }

    @Test func everyInputIsReadBack() throws {
        for input in Samples.inputs {
            let (type, json) = input.encoded
            let read = try json.withUnsafeBytes { try NotifierInput.decode(type: type, data: $0) }
            #expect(read == input)
        }
        let none = try Array("{}".utf8).withUnsafeBytes {
            try NotifierInput.decode(type: MonthClosed.type, data: $0)
        }
        #expect(none == nil)
    }

    @Test func theLaterContactCounts() throws {
        var generator = SeededGenerator("contacts")
        for _ in 0..<500 {
            let contacts = try (0..<4).map { _ in
                KnownContact(
                    Contact(
                        name: "N\(UInt8.random(in: 0...9, using: &generator))",
                        phone: Bool.random(using: &generator)
                            ? try PhoneNumber(
                                code: Int64.random(in: 628_100_000_000...628_199_999_999, using: &generator))
                            : nil,
                        zone: Bool.random(using: &generator) ? .wita : nil),
                    at: try #require(Instant(microseconds: Int64.random(in: 0...2, using: &generator))),
                    by: UUID(generator.next(), generator.next()))
            }
            let forward = contacts.dropFirst().reduce(contacts[0]) { $0.merged(with: $1) }
            let latest = try #require(contacts.max { Self.stamp($0) < Self.stamp($1) })
            #expect(forward.contact.name == latest.contact.name)
            let twice = contacts.reversed().reduce(forward) { $0.merged(with: $1) }
            #expect(twice.contact.name == forward.contact.name && twice.learnedBy == forward.learnedBy)
            #expect((forward.contact.phone == nil) == contacts.allSatisfy { $0.contact.phone == nil })
        }
    }

    private static func stamp(_ contact: KnownContact) -> (Instant, UInt64, UInt64) {
        (contact.learnedAt, contact.learnedBy.halves.0, contact.learnedBy.halves.1)
    }

    @Test func routes() throws {
        let agent = try AgentID("PRS-1")
        let phone = PhoneNumber.sample
        let withPhone = Contact(name: "Agen", phone: phone)
        let silent = Contact(name: "Ni Luh", phone: nil, agent: agent)
        func route(_ ref: String, _ known: [String: Contact]) -> Route {
            Route.of(ref: ref, for: .payments) { known[$0] }
        }
        let sms = RouteStep(channel: .sms, address: phone.text)
        #expect(route("participant:1", [:]) == .waits(for: "participant:1"))
        #expect(route("participant:1", ["participant:1": silent]) == .waits(for: "agent:PRS-1"))
        #expect(
            route("participant:1", ["participant:1": silent, "agent:PRS-1": withPhone])
                == .to(sms, fallback: [], Reader(name: "Agen", ref: "agent:PRS-1", subject: "Ni Luh")))
        #expect(
            route("participant:1", ["participant:1": Contact(name: "A", phone: nil)]) == .undeliverable(Route.noPhone))
        #expect(
            route("agent:PRS-1", ["agent:PRS-1": withPhone]) == .to(sms, fallback: [], Reader(name: "Agen")))
        #expect(
            route("office:PTSP-1", [:])
                == .to(
                    RouteStep(channel: .file, address: "office:PTSP-1"), fallback: [],
                    Reader(name: "Kantor PTSP PTSP-1")))
    }
}

extension NotifierInput {
    /// Type and data, as they stand in the topic.
    var encoded: (type: String, json: [UInt8]) {
        func pair<Data: EventData>(_ data: Data) -> (String, [UInt8]) { (Data.type, data.json) }
        switch self {
        case .permitCleared(let event): return pair(event)
        case .permitHeld(let event): return pair(event)
        case .permitReminded(let event): return pair(event)
        case .permitClosed(let event): return pair(event)
        case .servicesWithheld(let event): return pair(event)
        case .agentActivated(let event): return pair(event)
        case .agentRefused(let event): return pair(event)
        case .participantEnrolled(let event): return pair(event)
        case .employerEnrolled(let event): return pair(event)
        case .submissionRefused(let event): return pair(event)
        case .contributionPosted(let event): return pair(event)
        case .contributionReversed(let event): return pair(event)
        case .paymentException(let event): return pair(event)
        case .paymentDifferent(let event): return pair(event)
        case .statementIssued(let event): return pair(event)
        case .employerChanged(let event): return pair(event)
        case .employerClosed(let event): return pair(event)
        case .participantExited(let event): return pair(event)
        case .enforcementStepped(let event): return pair(event)
        case .agentStandingChanged(let event): return pair(event)
        case .agentCredentialed(let event): return pair(event)
        case .coverChanged(let event): return pair(event)
        case .arrearsChanged(let event): return pair(event)
        case .fineAssessed(let event): return pair(event)
        case .contributionReminded(let event): return pair(event)
        case .exceptionEscalated(let event): return pair(event)
        case .agencyChanged(let event): return pair(event)
        case .wadahChanged(let event): return pair(event)
        case .disputeChanged(let event): return pair(event)
        case .payoutChanged(let event): return pair(event)
        case .contactPreferenceStated(let event): return pair(event)
        case .businessDateStarted(let event): return pair(event)
        case .subjectErased(let event): return pair(event)
        case .subjectCorrected(let event): return pair(event)
        }
    }
}
