import Dispatch
import Foundation
import Notifier
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Operations

/// What an office tries its own code with.
@Suite struct WebhooksCommandTests {
    private let secret = "secret-of-the-office-0123456789abcdef"
    private let id = "018a0000-0000-7000-8000-000000000001"
    private let body = #"{"specversion":"1.0"}"#
    // printf '%s' "$id.1533081600.$body" | openssl dgst -sha256 -hmac "$secret"
    private let signature = "v1=3ad56c5594d6649553a93caa9730a88074903dab17f9d1ac3a5f795fae734b76"

    private func headers(_ signature: String) -> [(String, String)] {
        [("Webhook-Id", id), ("Webhook-Timestamp", "1533081600"), ("Webhook-Signature", signature)]
    }

    @Test func verifySaysWhetherASignatureIsRight() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let secretFile = try folder.write("secret", secret + "\n")
        let bodyFile = try folder.write("body.json", body)
        func verify(_ signature: String, _ file: String = "") -> Int32 {
            PerisaiCommand.start([
                "webhooks", "verify", "--secret-file", secretFile, "--id", id, "--timestamp", "1533081600",
                "--signature", signature, file.isEmpty ? bodyFile : file,
            ])
        }
        #expect(verify(signature) == 0)
        #expect(verify("v1=00,\(signature)") == 0)
        #expect(verify(signature.replacing("3ad5", with: "3ad6")) == 1)
        #expect(verify(signature, try folder.write("other.json", body + " ")) == 1)
        #expect(verify(signature, folder.path + "/none") == 1)
    }

    @Test func aReceiverPrintsWhatItGetsAndEndsAfterItsCount() throws {
        let lines = Mutex<[String]>([])
        let listener = WebhookListener(secrets: [secret], status: 204, count: 2) { line in
            lines.withLock { $0.append(line) }
        }
        let port = Mutex<Int?>(nil)
        let ready = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        Thread {
            do {
                try listener.run(port: 0) { bound in
                    port.withLock { $0 = bound }
                    ready.signal()
                }
            } catch { ready.signal() }
            ended.signal()
        }.start()
        ready.wait()
        let bound = try #require(port.withLock { $0 })
        for (path, signature) in [("/perisai?x=1", signature), ("/", "v1=00")] {
            let answer = try HTTPProbe.post(
                host: "127.0.0.1", port: bound, path: path, headers: headers(signature), body: Array(body.utf8))
            #expect(answer.status == 204)
        }
        #expect(ended.wait(timeout: .now() + 30) == .success)
        let printed = lines.withLock { $0 }
        #expect(printed.count == 2)
        #expect(printed.first?.contains("POST /perisai?x=1") == true)
        #expect(printed.first?.contains("signature: right") == true && printed.first?.contains(body) == true)
        #expect(printed.last?.contains("signature: WRONG") == true)
        #expect(!printed.joined().contains(secret))
    }
}
