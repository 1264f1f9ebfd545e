import Kafka

/// Reads the records of a service's topics as its worker does: for tools that go through a log again.
public struct EventDecoder<Service: WorkerService> {
    /// What became of one record.
    public enum Outcome: Sendable {
        case event(Event<Service.Input>)
        /// A type that the service does not act on.
        case skipped
        /// Cannot be read: the worker made a dead letter of it.
        case fault(RecordFault)
    }

    private let decoder: RecordDecoder<Service>

    public init(_ service: Service) { decoder = RecordDecoder(service: service) }

    /// The records of a batch, in order.
    public func decode(_ batch: RecordBatch) -> [(partition: TopicPartition, offset: Int64, outcome: Outcome)] {
        decoder.decode(RawChunk(batch)).map { record in
            let outcome: Outcome =
                switch record.outcome {
                case .event(let event): .event(event)
                case .skipped: .skipped
                case .fault(let fault): .fault(fault)
                }
            return (record.partition, record.offset, outcome)
        }
    }
}
