import PerisaiModels
import Worker

/// The services of SNAP BI that we answer, by the number in their response codes (domain.md 6.2).
enum SnapService: Int, Sendable, CaseIterable {
    case inquiry = 24
    case payment = 25
    case accessToken = 73

    var path: String {
        switch self {
        case .inquiry: "/v1.0/transfer-va/inquiry"
        case .payment: "/v1.0/transfer-va/payment"
        case .accessToken: "/v1.0/access-token/b2b"
        }
    }
}

/// A refusal by the standard's table: HTTP status, case and text. Holds no value of the request.
struct SnapRefusal: Error, Sendable, Hashable {
    let http: Int
    /// The last two digits of the response code.
    let caseCode: Int
    let message: String
    /// Seconds until the bank should come again, where that helps.
    var retryAfter: Int?

    init(_ http: Int, _ caseCode: Int, _ message: String, retryAfter: Int? = nil) {
        self.http = http
        self.caseCode = caseCode
        self.message = message
        self.retryAfter = retryAfter
    }

    static let badRequest = SnapRefusal(400, 0, "Bad Request")
    static func fieldFormat(_ name: String) -> SnapRefusal { SnapRefusal(400, 1, "Invalid Field Format \(name)") }
    static func mandatory(_ name: String) -> SnapRefusal { SnapRefusal(400, 2, "Invalid Mandatory Field \(name)") }
    static func unauthorized(_ reason: String) -> SnapRefusal { SnapRefusal(401, 0, "Unauthorized. [\(reason)]") }
    static let invalidToken = SnapRefusal(401, 1, "Invalid Token (B2B)")
    static let notFound = SnapRefusal(404, 12, "Invalid Bill/Virtual Account [Not Found]")
    static let invalidAmount = SnapRefusal(404, 13, "Invalid Amount")
    static let paid = SnapRefusal(404, 14, "Paid Bill")
    static let inconsistent = SnapRefusal(404, 18, "Inconsistent Request")
    static let inactive = SnapRefusal(404, 19, "Invalid Bill/Virtual Account")
    static let conflict = SnapRefusal(409, 0, "Conflict")
    static let general = SnapRefusal(500, 0, "General Error")
    static let busy = SnapRefusal(503, 0, "Service Unavailable", retryAfter: 2)
    static let timeout = SnapRefusal(504, 0, "Timeout")

    /// A fault of the JSON body. Member names in the path come from our own code.
    init(_ fault: JSONFault) {
        if fault.field.isEmpty {
            self = .badRequest
        } else if fault.reason == SnapText.missing {
            self = .mandatory(fault.field)
        } else {
            self = .fieldFormat(fault.field)
        }
    }

    /// HTTP status, service and case: 7 digits.
    func code(_ service: SnapService) -> String { snapCode(http, service, caseCode) }
}

/// The response code of a case of a service.
func snapCode(_ http: Int, _ service: SnapService, _ caseCode: Int) -> String {
    "\(http)\(service.rawValue)" + (caseCode < 10 ? "0" : "") + String(caseCode)
}

/// An answer before it has its headers.
struct SnapAnswer: Sendable, Equatable {
    let http: Int
    let code: String
    let body: [UInt8]
    var retryAfter: Int?

    /// `members` writes what follows code and message.
    init(
        http: Int, code: String, message: String, retryAfter: Int? = nil, members: (inout JSONWriter) -> Void = { _ in }
    ) {
        self.http = http
        self.code = code
        self.retryAfter = retryAfter
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("responseCode", code)
        writer.field("responseMessage", message)
        members(&writer)
        writer.endObject()
        body = writer.bytes
    }

    /// An answer that was given before.
    init(stored body: [UInt8], _ service: SnapService) {
        http = 200
        code = snapCode(200, service, 0)
        self.body = body
    }

    static func successful(_ service: SnapService, members: (inout JSONWriter) -> Void) -> SnapAnswer {
        SnapAnswer(http: 200, code: snapCode(200, service, 0), message: "Successful", members: members)
    }

    static func refused(
        _ refusal: SnapRefusal, _ service: SnapService, members: (inout JSONWriter) -> Void = { _ in }
    ) -> SnapAnswer {
        SnapAnswer(
            http: refusal.http, code: refusal.code(service), message: refusal.message, retryAfter: refusal.retryAfter,
            members: members)
    }
}

extension JSONWriter {
    /// `{"english": …, "indonesia": …}`.
    mutating func texts(_ name: StaticString, english: String, indonesia: String) {
        self.name(name)
        beginObject()
        field("english", english)
        field("indonesia", indonesia)
        endObject()
    }
}
