import Foundation
import PerisaiModels
import Worker

/// Events of one file, laid down in the order in which they happen.
struct SimulatedPhase: Sendable {
    let file: String
    private var lines: [(time: Instant, order: Int, bytes: [UInt8])] = []

    init(_ file: String) { self.file = file }

    var count: Int { lines.count }

    mutating func add(_ time: Instant, _ bytes: [UInt8]) { lines.append((time, lines.count, bytes)) }

    /// The lines of the file, by time.
    var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(lines.reduce(0) { $0 + $1.bytes.count + 1 })
        for line in lines.sorted(by: { ($0.time, $0.order) < ($1.time, $1.order) }) {
            output.append(contentsOf: line.bytes)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }
}

/// Writes events as lines of structured CloudEvents.
struct SimulatedWriter {
    let plan: BranchPlan
    private var writer = JSONWriter(capacity: 1_024)

    init(plan: BranchPlan) { self.plan = plan }

    /// Office hours of the day, local time.
    func moment(_ date: CivilDate, _ random: inout SimulatedRandom) -> Instant {
        Instant(date, secondsFromMidnight: random.int(28_800...64_800), in: plan.zone) ?? .earliest
    }

    /// One event with an id made from its time and the seed.
    mutating func line<Data: EventData>(
        _ data: Data, source: String, at time: Instant, _ random: inout SimulatedRandom
    ) -> [UInt8] {
        line(type: Data.type, id: random.uuid(at: time).text, source: source, at: time) { data.write(to: &$0) }
    }

    /// A payment, whose identifier may be a placeholder that no typed value can hold.
    mutating func payment(
        _ payment: SimulatedPayment, at time: Instant, _ random: inout SimulatedRandom
    ) -> [UInt8] {
        let bank = payment.bank
        return line(
            type: payment.originalReference == nil ? PaymentReceived.type : PaymentReversed.type,
            id: random.uuid(at: time).text, source: "/bank/\(bank.text)", at: time
        ) { writer in
            writer.beginObject()
            writer.field("bank", bank)
            writer.field("reference", payment.reference)
            writer.field("original_reference", payment.originalReference)
            switch payment.identifier {
            case .nik(let nik, let months):
                writer.field("nik", nik)
                if payment.originalReference == nil { writer.field("months", months) }
            case .virtualAccount(let text): writer.member("virtual_account", text)
            }
            writer.field("amount", Rupiah(payment.amount))
            if payment.originalReference == nil {
                writer.field("payer_name", payment.payerName)
            } else {
                writer.field("reason", "Salah transfer")
            }
            writer.field("booked_on", payment.bookedOn)
            writer.endObject()
        }
    }

    mutating func date(_ date: CivilDate) -> (time: Instant, bytes: [UInt8]) {
        let event = BusinessDates.event(date)
        let bytes = line(
            type: BusinessDateStarted.type, id: event.attributes.id, source: event.attributes.source,
            at: event.attributes.time
        ) { event.data.write(to: &$0) }
        return (event.attributes.time, bytes)
    }

    private mutating func line(
        type: String, id: String, source: String, at time: Instant, _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        writer.reset()
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", id)
        writer.member("source", source)
        writer.member("type", type)
        writer.member("time", time.formatted(in: plan.zone))
        writer.name("data" as StaticString)
        data(&writer)
        writer.endObject()
        return writer.bytes
    }
}

/// A payment or (with an original reference) a reversal.
struct SimulatedPayment {
    enum Identifier {
        case nik(NIK, months: Int)
        /// Digits, or a placeholder.
        case virtualAccount(String)
    }

    var bank: BankCode
    var reference: PaymentReference
    var originalReference: PaymentReference?
    var identifier: Identifier
    var amount: Int64
    var payerName: String?
    var bookedOn: CivilDate
}
