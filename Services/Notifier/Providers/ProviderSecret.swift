import Foundation

/// A token or a password: in the settings themselves, or in a file that is read at each use, so that it can be changed
/// while the process runs. Its descriptions never show it.
public enum ProviderSecret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    case text(String)
    case file(String)

    /// Characters of a secret.
    static let characters = 1...8_192

    /// The secret of this moment; nil when the file cannot be read, or does not hold one line of visible ASCII.
    public func read() -> String? {
        guard case .file(let path) = self else {
            if case .text(let text) = self { return text }
            return nil
        }
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: Self.characters.upperBound + 2) else { return nil }
        let line = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        guard line.count == 1, let text = line.first.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
        let secret = text.hasSuffix("\r") ? String(text.dropLast()) : text
        return Self.isUsable(secret) ? secret : nil
    }

    static func isUsable(_ text: String) -> Bool {
        characters.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    public var description: String { "secret (masked)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
