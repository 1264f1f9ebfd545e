import Foundation

/// Reads a file, or standard input (`-`), line by line without holding it whole.
struct LineReader {
    /// Longest line, in bytes; more is an error of the line, and reading goes on behind it.
    static let maxLineBytes = 4 << 20

    enum Line {
        case bytes([UInt8])
        case tooLong
    }

    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var position = 0
    private var atEnd = false
    /// Bytes taken from the file so far.
    private(set) var bytesRead = 0
    /// Number of the last line given out, from 1.
    private(set) var lineNumber = 0
    /// Bytes of the file; nil for standard input.
    let size: Int?

    init(path: String) throws {
        if path == "-" {
            handle = .standardInput
            size = nil
            return
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw OperationsError("\(path) cannot be opened")
        }
        self.handle = handle
        size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
    }

    func close() { try? handle.close() }

    /// The next line without its end; nil behind the last one.
    mutating func next() throws -> Line? {
        var line: [UInt8] = []
        var tooLong = false
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                if !tooLong { line.append(contentsOf: buffer[position..<end]) }
                position = end + 1
                lineNumber += 1
                return finished(line, tooLong)
            }
            if !tooLong { line.append(contentsOf: buffer[position...]) }
            position = buffer.count
            if line.count > Self.maxLineBytes {
                tooLong = true
                line = []
            }
            if try !fill() { break }
        }
        guard !line.isEmpty || tooLong else { return nil }
        lineNumber += 1
        return finished(line, tooLong)
    }

    private func finished(_ line: [UInt8], _ tooLong: Bool) -> Line {
        if tooLong || line.count > Self.maxLineBytes { return .tooLong }
        return .bytes(line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : line)
    }

    private mutating func fill() throws -> Bool {
        guard !atEnd else { return false }
        let data = try handle.read(upToCount: 1 << 18) ?? Data()
        bytesRead += data.count
        atEnd = data.isEmpty
        buffer = Array(data)
        position = 0
        return !atEnd
    }
}
