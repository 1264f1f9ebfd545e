import Crypto
import Glibc

/// A file, or bytes in memory, handed out in chunks; counts and digests them on the way.
///
/// Holds one chunk at a time, whatever the size of the file.
package final class ByteChunks {
    /// 256 KiB: large enough that calls into the kernel cost nothing, small enough for every cache.
    package static let chunkBytes = 256 * 1024

    /// Size of the whole in bytes.
    package let size: Int
    /// Bytes read so far.
    private(set) var bytesRead = 0
    /// Gets the bytes read so far and the size, after each chunk.
    var progress: ((Int, Int) -> Void)?

    private let buffer: UnsafeMutableRawBufferPointer
    private let fill: (UnsafeMutableRawBufferPointer) throws -> Int
    private let descriptor: Int32
    private var hasher = SHA256()
    /// Bytes of the chunk that was read ahead and not yet handed out.
    private var ahead: Int?
    private var isAtEnd = false

    /// Opens a regular file: check and import each read it once, which a pipe does not allow.
    package init(path: String) throws {
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw StatementFileError("cannot be opened: \(Self.text(of: errno))") }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw StatementFileError("is not a regular file")
        }
        descriptor = opened
        size = Int(status.st_size)
        buffer = .allocate(byteCount: Self.chunkBytes, alignment: 16)
        fill = { space in
            while true {
                let count = Glibc.read(opened, space.baseAddress, space.count)
                if count >= 0 { return count }
                guard errno == EINTR else { throw StatementFileError("cannot be read: \(Self.text(of: errno))") }
            }
        }
    }

    /// Bytes in memory, in chunks of any size.
    package init(bytes: [UInt8], chunkBytes: Int = ByteChunks.chunkBytes) {
        descriptor = -1
        size = bytes.count
        buffer = .allocate(byteCount: max(1, chunkBytes), alignment: 16)
        var position = 0
        fill = { space in
            let count = min(space.count, bytes.count - position)
            bytes.withUnsafeBytes {
                space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
            }
            position += count
            return count
        }
    }

    /// Bytes that are made while they are read; `make` returns how many it has put there, 0 at the end.
    init(size: Int, make: @escaping (UnsafeMutableRawBufferPointer) -> Int) {
        descriptor = -1
        self.size = size
        buffer = .allocate(byteCount: Self.chunkBytes, alignment: 16)
        fill = make
    }

    deinit {
        buffer.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// The next chunk, valid until the next call; nil at the end.
    func next() throws -> UnsafeRawBufferPointer? {
        let count = try ahead ?? load()
        ahead = nil
        guard count > 0 else { return nil }
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    /// The first chunk without taking it away; empty for an empty file.
    package func peek() throws -> UnsafeRawBufferPointer {
        let count = try ahead ?? load()
        ahead = count
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    /// Reads what is left, and returns the SHA-256 of the whole in 64 hexadecimal digits.
    func digest() throws -> String {
        while try next() != nil {}
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Fills the buffer as far as the file goes; a read may return less than was asked for.
    private func load() throws -> Int {
        var count = 0
        while !isAtEnd, count < buffer.count {
            let more = try fill(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if more == 0 { isAtEnd = true }
            count += more
        }
        guard count > 0 else { return 0 }
        bytesRead += count
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        progress?(bytesRead, size)
        return count
    }

    private static func text(of code: Int32) -> String { String(cString: strerror(code)) }
}
