/// A business date has started; the only clock that rules read.
public struct BusinessDateStarted: EventData, Hashable {
    public var date: CivilDate

    public static let type = "id.perisai.business-date-started.v1"
    public static let topic = Topic.clock
    public static let summary = "A business date has started; the only clock that rules read"
    public var partitionKey: String { "clock" }

    public init(date: CivilDate) {
        self.date = date
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        date = try reader.required("date")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("date", date)
    }
}
