import Glibc

/// One line without its end, valid until the next one is asked for.
package struct ByteLine {
    /// Empty when the line was too long.
    package var bytes: UnsafeBufferPointer<UInt8>
    /// From 1.
    package var number: Int
    /// Longer than `ByteLines.lineLimit`: was skipped, not held.
    package var isTooLong: Bool
}

/// The lines of a file: CR LF, LF and CR end a line; a UTF-8 byte order mark is skipped.
package final class ByteLines {
    /// Longest line in bytes; the longest that a standard allows has far less.
    package static let lineLimit = 64 * 1024

    /// Lines handed out so far.
    private(set) var number = 0
    /// Most bytes of one line that were ever held besides the chunk: tells that memory is bounded.
    private(set) var mostHeld = 0

    private let chunks: ByteChunks
    private var chunk: UnsafePointer<UInt8>?
    private var count = 0
    private var position = 0
    /// The part of a line that lies in earlier chunks.
    private let held: UnsafeMutablePointer<UInt8>
    private var heldCount = 0
    /// Places of the next LF and CR in the chunk, `count` when there is none: each byte is looked at once.
    private var nextLF = 0
    private var nextCR = 0
    /// The last chunk ended with CR: an LF at the start of the next one belongs to it.
    private var endedWithCR = false
    private var isFirstChunk = true

    package init(_ chunks: ByteChunks) {
        self.chunks = chunks
        held = .allocate(capacity: Self.lineLimit)
    }

    deinit { held.deallocate() }

    /// The next line; nil at the end. A file that ends with a line end has no empty line behind it.
    package func next() throws -> ByteLine? {
        heldCount = 0
        var isTooLong = false
        var isStarted = false
        while true {
            if position == count {
                guard try load() else { return isStarted ? line(isTooLong: isTooLong) : nil }
                if position == count { continue }
            }
            guard let chunk else { return nil }
            let end = lineEnd(chunk)
            let piece = UnsafeBufferPointer(start: chunk + position, count: end - position)
            if piece.count + heldCount > Self.lineLimit { isTooLong = true }
            let isWhole = end < count
            if isWhole, heldCount == 0 {
                step(over: end, chunk)
                number += 1
                return ByteLine(
                    bytes: isTooLong ? UnsafeBufferPointer(start: nil, count: 0) : piece, number: number,
                    isTooLong: isTooLong)
            }
            hold(piece, isTooLong: isTooLong)
            isStarted = true
            if isWhole {
                step(over: end, chunk)
                return line(isTooLong: isTooLong)
            }
            position = count
        }
    }

    private func line(isTooLong: Bool) -> ByteLine {
        number += 1
        return ByteLine(
            bytes: UnsafeBufferPointer(start: held, count: isTooLong ? 0 : heldCount), number: number,
            isTooLong: isTooLong)
    }

    private func hold(_ piece: UnsafeBufferPointer<UInt8>, isTooLong: Bool) {
        guard !isTooLong else {
            heldCount = 0
            return
        }
        if let start = piece.baseAddress, !piece.isEmpty { (held + heldCount).update(from: start, count: piece.count) }
        heldCount += piece.count
        mostHeld = max(mostHeld, heldCount)
    }

    private func load() throws -> Bool {
        guard let bytes = try chunks.next(), let start = bytes.baseAddress else { return false }
        chunk = start.assumingMemoryBound(to: UInt8.self)
        (count, position, nextLF, nextCR) = (bytes.count, 0, -1, -1)
        if isFirstChunk, bytes.starts(with: TextEncoding.utf8Mark) { position = 3 }
        if endedWithCR, bytes[0] == UInt8(ascii: "\n") { position = 1 }
        (isFirstChunk, endedWithCR) = (false, false)
        return true
    }

    private func lineEnd(_ chunk: UnsafePointer<UInt8>) -> Int {
        if nextLF < position { nextLF = find(UInt8(ascii: "\n"), chunk) }
        if nextCR < position { nextCR = find(UInt8(ascii: "\r"), chunk) }
        return min(nextLF, nextCR)
    }

    private func find(_ byte: UInt8, _ chunk: UnsafePointer<UInt8>) -> Int {
        guard let found = memchr(chunk + position, Int32(byte), count - position) else { return count }
        return UnsafeRawPointer(found) - UnsafeRawPointer(chunk)
    }

    private func step(over end: Int, _ chunk: UnsafePointer<UInt8>) {
        position = end + 1
        guard chunk[end] == UInt8(ascii: "\r") else { return }
        if position == count {
            endedWithCR = true
        } else if chunk[position] == UInt8(ascii: "\n") {
            position += 1
        }
    }
}
