import Kafka
import PerisaiModels
import Worker

extension ServiceContract {
    /// The consumer groups of each topic.
    static var readers: [String: [String]] {
        var groups: [String: [String]] = [:]
        for service in all {
            for topic in service.receives { groups[topic.name, default: []].append(service.name) }
        }
        return groups
    }
}

extension BusinessDates {
    /// The Kafka record of a business date.
    static func record(_ date: CivilDate) -> OutgoingRecord {
        let event = event(date)
        return EventRecord.make(event.attributes, event.data)
    }
}
