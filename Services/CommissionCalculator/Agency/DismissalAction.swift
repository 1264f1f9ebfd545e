import PerisaiModels
import Postgres
import Worker

/// TEMPORARY: its owner writes this file.
public struct DismissalAction: ProposalAction, Hashable {
    public static let summary = "temporary"
    public static let kind = ProposalKind.dismissal
    public let month: ContributionMonth
    public var subject: String { month.description }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        month = try reader.required("month")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("month", month)
    }

    public func check(on connection: Connection) throws { throw DeskError("not built yet") }
    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {}
}
