import Foundation
import Glibc
import PerisaiModels

/// Hands messages over as files: `<batch id>.jsonl`, one message a line, in a directory that a gateway empties.
///
/// A file appears at once and whole (written under a hidden name, synchronised, renamed). A batch that is delivered
/// again writes the same bytes under the same name, so that each message stands once in the directory. Files are
/// readable by their owner and group alone.
public struct FileOutbox: Sendable {
    public let directory: String
    /// Its name among the providers.
    public static let provider = "file-outbox"

    /// Creates the directory where it is missing, and removes what writers that died left there over an hour ago.
    public init(directory: String) throws {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o770])
        } catch { throw DeliveryError(reason: "the outbox directory cannot be created") }
        removeLeftovers()
    }

    /// Writes the file of a batch. The same batch may come again, after a crash, with the same messages: a file of its
    /// name in `done/`, where readers move what they have taken, says that it has been read.
    public func deliver(_ messages: [Outbound], batch: UUID) throws {
        guard !messages.isEmpty, access(donePath(of: batch), F_OK) != 0 else { return }
        try write(messages, batch: batch)
    }

    /// The file of a batch.
    public func path(of batch: UUID) -> String { "\(directory)/\(batch.text).jsonl" }

    /// Where a reader moves the file of a batch.
    public func donePath(of batch: UUID) -> String { "\(directory)/done/\(batch.text).jsonl" }

    private func write(_ messages: [Outbound], batch: UUID) throws {
        var bytes: [UInt8] = []
        for message in messages.sorted(by: { $0.id.halves < $1.id.halves }) {
            bytes += message.json
            bytes.append(UInt8(ascii: "\n"))
        }
        // The name is the writer's own: two that hold the same batch never write into one file.
        let hidden = "\(directory)/.\(batch.text).\(UUID().text).tmp"
        let file = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o660)
        guard file >= 0 else { throw DeliveryError(reason: "a file cannot be created: \(Self.lastError)") }
        do {
            defer { Glibc.close(file) }
            try Self.writeAll(bytes, to: file)
            guard fsync(file) == 0 else { throw DeliveryError(reason: "fsync: \(Self.lastError)") }
            guard rename(hidden, path(of: batch)) == 0 else { throw DeliveryError(reason: "rename: \(Self.lastError)") }
        } catch {
            unlink(hidden)
            throw error
        }
        try synchroniseDirectory()
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DeliveryError(reason: "write: \(lastError)") }
            written += count
        }
    }

    /// Without this a power cut could take the new name back.
    private func synchroniseDirectory() throws {
        let handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw DeliveryError(reason: "the directory cannot be opened: \(Self.lastError)") }
        defer { Glibc.close(handle) }
        guard fsync(handle) == 0 else { throw DeliveryError(reason: "fsync of the directory: \(Self.lastError)") }
    }

    private func removeLeftovers() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            var status = stat()
            guard stat("\(directory)/\(name)", &status) == 0, time(nil) - status.st_mtim.tv_sec > 3_600 else {
                continue
            }
            unlink("\(directory)/\(name)")
        }
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
