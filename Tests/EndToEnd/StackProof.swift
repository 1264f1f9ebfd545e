import Foundation
import Testing

@testable import Operations

/// What a test with a seed and a stack expects. Every failure names the seed, and the first one shows how the logs of
/// the stack end: `stop()` deletes them.
final class StackProof {
    private static let linesOfALog = 40

    let seed: UInt64
    private let stack: LocalStack
    private var hasShownLogs = false

    init(_ stack: LocalStack, seed: UInt64) {
        self.stack = stack
        self.seed = seed
    }

    func expect(
        _ holds: Bool, _ what: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard !holds else { return }
        showLogs()
        Issue.record("\(what()), seed \(seed)", sourceLocation: sourceLocation)
    }

    /// Runs the test: an error is a failure, too.
    func run(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
        do {
            try body()
        } catch {
            showLogs()
            Issue.record(error, "seed \(seed)", sourceLocation: sourceLocation)
        }
    }

    private func showLogs() {
        guard !hasShownLogs else { return }
        hasShownLogs = true
        let names = (try? FileManager.default.contentsOfDirectory(atPath: stack.directory)) ?? []
        for name in names.sorted() where name.hasSuffix(".log") {
            guard let bytes = FileManager.default.contents(atPath: stack.directory + "/" + name) else { continue }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(Self.linesOfALog)
            print("== \(name) ends:\n\(lines.joined(separator: "\n"))")
        }
    }
}
