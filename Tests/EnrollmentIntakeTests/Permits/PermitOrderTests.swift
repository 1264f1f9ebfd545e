import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import EnrollmentIntake

/// Streams of permit offices, registrations and contributions of some firms.
private struct OfficeDay {
    /// In each stream the order that Kafka, or the cause before the effect, keeps.
    var streams: [[Event<EnrollmentInput>]] = []
    private var count = 0

    init(_ generator: inout SeededGenerator, firms: Int) throws {
        for number in 0..<firms {
            let nib = try Make.nib(700 + number)
            let tax = try Make.npwp(700 + number)
            let npp = try NPP(number: Int64(NumberRange.lanes + number))
            try addApplications(number, nib, tax, &generator)
            guard !Bool.random(using: &generator) || number < 2 else { continue }
            // Enrolled with its NIB, with its tax number, or both; then it owes, pays, and is settled.
            let names = Int.random(in: 0..<3, using: &generator)
            let enrolled = try Make.firm(
                number, nib: names == 1 ? nil : nib, npwp: names == 0 ? nil : tax,
                on: "2018-03-\(Int.random(in: 10...20, using: &generator))")
            add(
                [
                    enrolled, Make.arrears(npp, months: 1, amount: 21_600, fines: 432, on: "2018-04-16"),
                    .firstPayment(npp, on: Make.date("2018-04-20")),
                    Make.arrears(npp, months: 0, amount: 0, on: "2018-04-20"),
                ], partition: Int32(number))
        }
    }

    private mutating func addApplications(
        _ number: Int, _ nib: NIB, _ tax: NPWP, _ generator: inout SeededGenerator
    ) throws {
        var events: [EnrollmentInput] = []
        for index in 0..<Int.random(in: 1...4, using: &generator) {
            let id = "\(index)"
            var applied = try Make.permit(
                id, nib: nib, declared: Int.random(in: 1...3, using: &generator), on: "2018-03-0\(index + 1)")
            applied.kind = Bool.random(using: &generator) ? .renewal : .new
            applied.npwp = Bool.random(using: &generator) ? tax : nil
            var amended = try Make.amended(id, nib: nib)
            // Never more than are enrolled: a clearance that was given would be taken back by what is amended later.
            amended.workersDeclared = 2
            amended.npwp = tax
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: events += [.permitAmended(amended), .permitApplied(applied)]
            case 1: events += [.permitApplied(applied), .permitAmended(amended), .permitApplied(applied)]
            case 2:
                applied.workersDeclared = min(2, applied.workersDeclared)
                applied.npwp = tax
                events += [.permitApplied(applied)]
            case 3: events += [.permitApplied(applied), .permitWithdrawn(try Make.withdrawn(id, nib: nib))]
            default: events += [.permitApplied(applied), .permitIssued(try Make.issued(id, nib: nib))]
            }
        }
        add(events, partition: Int32(number))
    }

    private mutating func add(_ inputs: [EnrollmentInput], partition: Int32) {
        count += 1
        streams.append(
            inputs.enumerated().map { Make.event($0.element, partition: partition, id: "\(count)-\($0.offset)") })
    }

    func merged(_ generator: inout SeededGenerator) -> [Event<EnrollmentInput>] {
        var rest = streams.map { ArraySlice($0) }
        var events: [Event<EnrollmentInput>] = []
        while !rest.isEmpty {
            let index = Int.random(in: rest.indices, using: &generator)
            if let event = rest[index].popFirst() { events.append(event) } else { rest.remove(at: index) }
        }
        return events
    }
}

@Suite struct PermitOrderTests {
    /// Stage, deadline and application do not depend on which topic came first. The day of a decision and what was
    /// missing when the office issued do: they tell what was known then.
    private static let rows = Statement(
        "permit_rows",
        """
        SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM (
            SELECT nib, office, application_id, npp, npwp, application, state, until, next_on, valid_until, enforced,
                   amended, fingerprint, CASE WHEN state <> 3 THEN answer END AS answer
            FROM permit) AS t
        """)

    @Test(arguments: [UInt64(3), 17, 2_018, 77_001])
    func anyOrderEndsInTheSameRows(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var settings = EnrollmentSettings()
        if seed == 17 { settings.permits.firstPaymentOffices = ["*"] }
        let day = try OfficeDay(&generator, firms: 8)
        var expected: String?
        for size in [1_000, 1, 5] {
            let bench = try Bench(settings)
            let events = day.merged(&generator)
            for start in stride(from: 0, to: events.count, by: size) {
                let batch = Array(events[start..<min(events.count, start + size)])
                _ = try bench.applier.apply(batch)
                #expect(try bench.applier.apply(batch).isEmpty, "seed \(seed)")
            }
            let rows = try bench.connection.query(Self.rows).text(0, 0)
            #expect(rows == expected ?? rows, "seed \(seed), batches of \(size)")
            expected = rows
            // The same content in new events says nothing about permits.
            let copies = events.enumerated().map {
                Make.event($0.element.input, partition: $0.element.partition, id: "copy-\($0.offset)")
            }
            let again = try bench.applier.apply(copies).filter { $0.kind.hasPrefix("permit-") }
            #expect(again.isEmpty, "seed \(seed)")
            #expect(try bench.connection.query(Self.rows).text(0, 0) == rows, "seed \(seed)")
        }
    }
}
