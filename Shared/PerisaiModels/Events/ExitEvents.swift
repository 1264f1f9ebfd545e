/// Why a membership ends (domain.md 2.4; article 003).
public enum ExitReason: String, JSONChoice {
    case jhtClaim = "jht_claim"
    case death
    case age
    case contractEnd = "contract_end"
    case other
}

/// A participant has left: no month after the last one is due.
public struct ParticipantExited: EventData, Hashable {
    public var kpj: KPJ
    public var reason: ExitReason
    public var lastMonth: ContributionMonth
    public var exitedOn: CivilDate

    public static let type = "id.perisai.participant-exited.v1"
    public static let topic = Topic.enrollment
    public static let summary = "A participant has left: no month after the last one is due"
    public var partitionKey: String { kpj.text }

    public init(kpj: KPJ, reason: ExitReason, lastMonth: ContributionMonth, exitedOn: CivilDate) {
        self.kpj = kpj
        self.reason = reason
        self.lastMonth = lastMonth
        self.exitedOn = exitedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        kpj = try reader.required("kpj")
        reason = try reader.required("reason")
        lastMonth = try reader.required("last_month", "The last month that is due")
        exitedOn = try reader.required("exited_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("kpj", kpj)
        writer.field("reason", reason)
        writer.field("last_month", lastMonth)
        writer.field("exited_on", exitedOn)
    }

}

/// An employer has closed: no month after the last one is due.
public struct EmployerClosed: EventData, Hashable {
    public var npp: NPP
    public var lastMonth: ContributionMonth
    public var closedOn: CivilDate

    public static let type = "id.perisai.employer-closed.v1"
    public static let topic = Topic.enrollment
    public static let summary = "An employer has closed: no month after the last one is due"
    public var partitionKey: String { npp.text }

    public init(npp: NPP, lastMonth: ContributionMonth, closedOn: CivilDate) {
        self.npp = npp
        self.lastMonth = lastMonth
        self.closedOn = closedOn
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        npp = try reader.required("npp")
        lastMonth = try reader.required("last_month", "The last month that is due")
        closedOn = try reader.required("closed_on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("npp", npp)
        writer.field("last_month", lastMonth)
        writer.field("closed_on", closedOn)
    }

}
