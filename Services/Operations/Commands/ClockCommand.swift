import ArgumentParser
import Foundation
import Kafka
import PerisaiModels
import Worker

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Publishes business dates, one event a date. A date that is published again changes nothing.")

    @OptionGroup var kafka: KafkaOptions

    @Argument(help: "First date, YYYY-MM-DD.")
    var from: CivilDate

    @Argument(help: "Last date; the first when not given.")
    var through: CivilDate?

    /// Most dates of one call.
    private static let most = 36_600

    func validate() throws {
        let last = through ?? from
        guard last >= from else { throw ValidationError("the last date lies before the first") }
        guard last.daysSince1970 - from.daysSince1970 < Self.most else {
            throw ValidationError("more than \(Self.most) dates")
        }
    }

    func run() throws {
        let producer = try Producer(configuration: kafka.producer())
        defer { producer.close() }
        var count = 0
        var date = from
        while date <= through ?? from {
            let event = BusinessDates.event(date)
            try producer.send(EventRecord.make(event.attributes, event.data))
            count += 1
            date = date.adding(days: 1)
        }
        try producer.awaitAcknowledgements(within: .seconds(60))
        Console.out("\(count) business \(count == 1 ? "date" : "dates") published")
    }
}

extension CivilDate: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}

/// The event of a business date: the same id whoever publishes it, so that repeating it is harmless.
enum BusinessDates {
    static let source = "/perisai/clock"

    static func event(_ date: CivilDate) -> (attributes: EventAttributes, data: BusinessDateStarted) {
        // A date starts at midnight WIB (Keppres 41/1987: UTC+7), the zone of the head office.
        let start = Instant(date, secondsFromMidnight: 0, in: .wib) ?? .earliest
        let attributes = EventAttributes(
            id: "business-date-\(date)", source: source, type: BusinessDateStarted.type, time: start)
        return (attributes, BusinessDateStarted(date: date))
    }
}
