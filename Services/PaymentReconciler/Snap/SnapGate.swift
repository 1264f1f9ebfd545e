import PerisaiModels
import Worker

/// A call whose headers, token and signature are good.
struct SnapAuthorized: Sendable {
    let partner: SnapPartner
    let externalID: String
    /// X-TIMESTAMP.
    let time: Instant
}

/// Checks who calls: headers first, then token, timestamp and signature. Nothing of the body is read before that.
struct SnapGate: Sendable {
    let partners: [String: SnapPartner]
    /// Seconds that X-TIMESTAMP may be from the clock, either way.
    let window: Int64
    /// The wall clock: the window guards transport, not business.
    let now: @Sendable () -> Instant

    /// Services 24 and 25: bearer token and symmetric signature.
    func admit(_ request: ServiceRequest) throws(SnapRefusal) -> SnapAuthorized {
        try checkContentType(request)
        let timestamp = try header("X-TIMESTAMP", request)
        let signature = try header("X-SIGNATURE", request)
        let partnerID = try header("X-PARTNER-ID", request)
        let externalID = try header("X-EXTERNAL-ID", request)
        let channel = try header("CHANNEL-ID", request)
        guard externalID.utf8.count <= 36, externalID.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
            throw .fieldFormat("X-EXTERNAL-ID")
        }
        guard channel.utf8.count <= 5, channel.utf8.allSatisfy({ $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 }) else {
            throw .fieldFormat("CHANNEL-ID")
        }
        let time = try parsed(timestamp)
        guard let partner = partners[partnerID] else { throw .unauthorized("Unknown Client") }
        let token = try token(request)
        guard SnapToken.isValid(token, partner.tokenKey, now: now()) else { throw .invalidToken }
        try checkWindow(time)
        let text = SnapSignature.stringToSign(
            method: request.method, target: request.target, token: token, body: request.body, timestamp: timestamp)
        guard SnapSignature.isValid(signature, of: text, secret: partner.secret) else {
            throw .unauthorized("Signature")
        }
        return SnapAuthorized(partner: partner, externalID: externalID, time: time)
    }

    /// Service 73: asymmetric signature.
    func client(_ request: ServiceRequest) throws(SnapRefusal) -> SnapPartner {
        try checkContentType(request)
        let timestamp = try header("X-TIMESTAMP", request)
        let signature = try header("X-SIGNATURE", request, limit: 2_048)
        let client = try header("X-CLIENT-KEY", request)
        let time = try parsed(timestamp)
        guard let partner = partners[client] else { throw .unauthorized("Unknown Client") }
        try checkWindow(time)
        guard SnapSignature.isValid(signature, client: client, timestamp: timestamp, key: partner.publicKey) else {
            throw .unauthorized("Signature")
        }
        return partner
    }

    /// A header that must be there once; one given twice leaves open which of them counts.
    private func header(_ name: String, _ request: ServiceRequest, limit: Int = 512) throws(SnapRefusal) -> String {
        let values = request.values(of: name.lowercased())
        guard let value = values.first, !value.isEmpty else { throw .mandatory(name) }
        guard values.count == 1, value.utf8.count <= limit else { throw .fieldFormat(name) }
        return value
    }

    private func token(_ request: ServiceRequest) throws(SnapRefusal) -> String {
        let values = request.values(of: "authorization")
        guard values.count == 1, let value = values.first, value.utf8.count <= 512,
            value.prefix(7).lowercased() == "bearer "
        else { throw .invalidToken }
        return String(value.dropFirst(7))
    }

    private func parsed(_ timestamp: String) throws(SnapRefusal) -> Instant {
        guard let time = Instant(parsing: timestamp) else { throw .fieldFormat("X-TIMESTAMP") }
        return time
    }

    private func checkWindow(_ time: Instant) throws(SnapRefusal) {
        let distance = abs(time.microseconds - now().microseconds)
        guard distance <= window * 1_000_000 else { throw .unauthorized("X-TIMESTAMP") }
    }

    private func checkContentType(_ request: ServiceRequest) throws(SnapRefusal) {
        let parts = try header("Content-Type", request).lowercased().split(separator: ";").map { part in
            part.filter { !$0.isWhitespace }
        }
        let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }
        guard parts.first == "application/json",
            charset.map({ ["charset=utf-8", "charset=\"utf-8\""].contains($0) }) ?? true
        else { throw .fieldFormat("Content-Type") }
    }
}
