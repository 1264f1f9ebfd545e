import PerisaiModels
import Postgres
import Worker

/// TEMPORARY: its owner writes this file.
public struct EffectiveRowAction: ProposalAction, Hashable {
    public static let summary = "temporary"
    public static let kind = ProposalKind.effectiveRow
    public let code: String
    public var subject: String { code }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        code = try reader.required("code")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("code", code)
    }

    public func check(on connection: Connection) throws { throw DeskError("not built yet") }
    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {}
}
