import Foundation
import PerisaiModels
import Testing

@testable import Notifier

/// What leaves for Firebase and for Meta, as their documents ask for it, and what their answers mean.
@Suite struct RequestTests {
    private static let token = "ya29.a-token-of-an-hour"
    private static let title = "Bukti \"pembayaran\""
    private static let text = "Iuran Juli diterima – terima kasih.\nTerlindungi sampai 31/08.\tSalam 🙏"

    private func settings(
        _ gateway: FakeGateway, _ channel: MessageChannel, _ kind: ProviderSettings.Kind, path: String
    ) -> ProviderSettings {
        var settings = ProviderSettings("test", channel: channel, kind: kind)
        (settings.url, settings.token) = (gateway.origin + path, .text(Self.token))
        return settings
    }

    /// The one request as JSON in one order of its names, and its head.
    private func posted(_ gateway: FakeGateway, to path: String) throws -> [String: Any] {
        let request = try #require(gateway.requests.first)
        #expect(gateway.requests.count == 1 && request.method == "POST" && request.target == path)
        #expect(request.authorization == "Bearer \(Self.token)")
        #expect(request.headers["content-type"] == "application/json; charset=utf-8")
        return try #require(JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
    }

    private func isSame(_ found: [String: Any], _ expected: [String: Any]) -> Bool {
        NSDictionary(dictionary: found).isEqual(to: expected)
    }

    @Test func aPushMessageForFirebase() async throws {
        let path = "/v1/projects/perisai-id/messages:send"
        let gateway = try FakeGateway { _, _ in
            .status(200, body: #"{"name": "projects/perisai-id/messages/0:15", "unknown": [1]}"#)
        }
        defer { gateway.stop() }
        let adapter = FCMAdapter(settings(gateway, .push, .fcm, path: path))
        defer { adapter.close() }
        let dispatch = SMTPTests.dispatch(to: "device-token:APA91b", title: Self.title, text: Self.text)
        let outcome = await adapter.send(dispatch)
        #expect(outcome == .accepted(reference: "projects/perisai-id/messages/0:15"))
        let message: [String: Any] = [
            "token": "device-token:APA91b", "notification": ["title": Self.title, "body": Self.text],
            "data": ["message_id": dispatch.id.text, "kind": "receipt"],
        ]
        #expect(isSame(try posted(gateway, to: path), ["message": message]))
        #expect(await adapter.ask(dispatch) == .cannotBeAsked)
    }

    @Test func aTextForWhatsApp() async throws {
        let path = "/v23.0/106540352242922/messages"
        let gateway = try FakeGateway { _, _ in
            .status(
                200,
                body:
                    #"{"messaging_product": "whatsapp", "contacts": [{"wa_id": "1"}], "messages": [{"id": "wamid.H=="}]}"#
            )
        }
        defer { gateway.stop() }
        let adapter = WhatsAppCloudAdapter(settings(gateway, .whatsapp, .whatsappCloud, path: path))
        defer { adapter.close() }
        let dispatch = SMTPTests.dispatch(to: "+6281234567890", text: Self.text)
        #expect(await adapter.send(dispatch) == .accepted(reference: "wamid.H=="))
        let expected: [String: Any] = [
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "6281234567890",
            "biz_opaque_callback_data": dispatch.id.text, "type": "text",
            "text": ["preview_url": false, "body": Self.text],
        ]
        #expect(isSame(try posted(gateway, to: path), expected))
    }

    @Test func aTemplateForWhatsApp() async throws {
        let path = "/v23.0/106540352242922/messages"
        let gateway = try FakeGateway { _, _ in .status(200) }
        defer { gateway.stop() }
        var settings = settings(gateway, .whatsapp, .whatsappCloud, path: path)
        settings.template = ProviderSettings.Template(name: "perisai_pesan", language: nil)
        let adapter = WhatsAppCloudAdapter(settings)
        defer { adapter.close() }
        let dispatch = SMTPTests.dispatch(to: "+6281234567890", text: Self.text)
        #expect(await adapter.send(dispatch) == .accepted(reference: nil))
        // A variable of a template holds no line breaks and no tabs.
        let line = "Iuran Juli diterima – terima kasih. Terlindungi sampai 31/08. Salam 🙏"
        let template: [String: Any] = [
            "name": "perisai_pesan", "language": ["code": "id"],
            "components": [["type": "body", "parameters": [["type": "text", "text": line]]]],
        ]
        let expected: [String: Any] = [
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "6281234567890",
            "biz_opaque_callback_data": dispatch.id.text, "type": "template", "template": template,
        ]
        #expect(isSame(try posted(gateway, to: path), expected))
    }

    /// Whoever renews the token writes the file: the next post has the new one.
    @Test func theTokenOfTheMomentIsSent() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let gateway = try FakeGateway { _, _ in .status(200) }
        defer { gateway.stop() }
        var settings = settings(gateway, .push, .fcm, path: "/v1/projects/p/messages:send")
        settings.token = .file(file.path)
        let adapter = FCMAdapter(settings)
        defer { adapter.close() }
        #expect(await adapter.send(SMTPTests.dispatch()) == .notTaken(reason: "the token cannot be read", after: nil))
        for token in ["first", "second"] {
            try Data("\(token)\n".utf8).write(to: file)
            #expect(await adapter.send(SMTPTests.dispatch()) == .accepted(reference: nil))
        }
        #expect(gateway.requests.map(\.authorization) == ["Bearer first", "Bearer second"])
    }

    @Test(
        arguments: [
            (
                400, "", #"{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}"#,
                .refused(reason: "HTTP 400 INVALID_ARGUMENT")
            ),
            (
                404, "", #"{"error": {"status": "NOT_FOUND", "details": [{"errorCode": "UNREGISTERED"}]}}"#,
                .refused(reason: "HTTP 404 UNREGISTERED")
            ),
            (404, "", "<html>", .notTaken(reason: "HTTP 404", after: nil)),
            (401, "", #"{"error": {"status": "UNAUTHENTICATED"}}"#, .lockedOut(reason: "HTTP 401")),
            (429, "Retry-After: 60\r\n", "", .notTaken(reason: "HTTP 429", after: .seconds(60))),
            (503, "Retry-After: 5\r\n", "", .notTaken(reason: "HTTP 503", after: .seconds(5))),
            (503, "", "", .unknown(reason: "HTTP 503")), (500, "", "", .unknown(reason: "HTTP 500")),
        ] as [(Int, String, String, SendOutcome)])
    func whatFirebaseAnswers(_ status: Int, _ headers: String, _ body: String, _ outcome: SendOutcome) async throws {
        let gateway = try FakeGateway { _, _ in .status(status, headers: headers, body: body) }
        defer { gateway.stop() }
        let adapter = FCMAdapter(settings(gateway, .push, .fcm, path: "/v1/projects/p/messages:send"))
        defer { adapter.close() }
        #expect(await adapter.send(SMTPTests.dispatch()) == outcome)
    }

    @Test(
        arguments: [
            (
                400, #"{"error": {"message": "x", "code": 131026, "error_data": {"details": "not on WhatsApp"}}}"#,
                .refused(reason: "HTTP 400 code 131026")
            ),
            (400, "{", .refused(reason: "HTTP 400")),
            (403, #"{"error": {"code": 10}}"#, .lockedOut(reason: "HTTP 403")),
            (401, #"{"error": {"code": 190}}"#, .lockedOut(reason: "HTTP 401")),
            (502, "", .unknown(reason: "HTTP 502")),
        ] as [(Int, String, SendOutcome)])
    func whatMetaAnswers(_ status: Int, _ body: String, _ outcome: SendOutcome) async throws {
        let gateway = try FakeGateway { _, _ in .status(status, body: body) }
        defer { gateway.stop() }
        let adapter = WhatsAppCloudAdapter(settings(gateway, .whatsapp, .whatsappCloud, path: "/v23.0/1/messages"))
        defer { adapter.close() }
        #expect(await adapter.send(SMTPTests.dispatch(to: "+6281234567890")) == outcome)
    }
}
