#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Names of elements and attributes as expat gives them: namespace, separator, local name.
///
/// expat keeps every different name for as long as the file lasts, so their number is limited here.
struct CamtNames {
    /// Different names of elements and attributes that nobody reads; the standard has some 500.
    static let nameLimit = 4096
    static let prefixLimit = 64

    /// The namespace of the file with the separator.
    private var namespace: [CChar] = []
    private var seen: [UInt64] = Array(repeating: 0, count: 1 << 10)
    private var seenCount = 0
    private var prefixes: Set<UInt64> = []

    /// Checks the root's name and remembers its namespace.
    mutating func readRoot(_ name: UnsafePointer<CChar>, kind: CamtReader.Kind, line: Int) throws {
        let bytes = Array(UnsafeBufferPointer(start: name, count: strlen(name)))
        let other = kind == .camt053 ? CamtReader.Kind.camt054 : .camt053
        guard let end = bytes.lastIndex(of: CamtExpat.separator) else {
            throw StatementFault(line: line, field: "Document", reason: "has no namespace")
        }
        let expected = kind.namespace.utf8.map { CChar(bitPattern: $0) }
        let version = bytes[..<end].dropFirst(expected.count)
        guard bytes.starts(with: expected), version.count == 2,
            let number = Int(String(decoding: version.map { UInt8(bitPattern: $0) }, as: UTF8.self)), number >= 2
        else {
            let isOther = bytes.starts(with: other.namespace.utf8.map { CChar(bitPattern: $0) })
            let found = isOther ? "it is \(other.message)" : "another"
            throw StatementFault(
                line: line, field: "Document",
                reason: "the namespace is not \(kind.namespace)02 or a later version: \(found)")
        }
        namespace = Array(bytes[...end])
        guard let root = local(name), root.elementsEqual(CamtNode.document.rawValue.utf8) else {
            throw StatementFault(line: line, field: "Document", reason: "the file begins with another element")
        }
    }

    /// The local name of an element of the file's namespace, nil for another.
    func local(_ name: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8>? {
        // Reads no further than the first difference, and so not past the end of `name`.
        guard strncmp(name, namespace, namespace.count) == 0 else { return nil }
        let rest = UnsafeRawPointer(name + namespace.count)
        return UnsafeBufferPointer(
            start: rest.assumingMemoryBound(to: UInt8.self), count: strlen(name + namespace.count))
    }

    func isCurrency(_ name: UnsafePointer<CChar>) -> Bool { strcmp(name, "Ccy") == 0 }
    func isRupiah(_ value: UnsafePointer<CChar>) -> Bool { strcmp(value, "IDR") == 0 }

    /// Counts a name that is not read. Two that share a bit count once: the limit is not exact, memory is bounded.
    mutating func note(_ name: UnsafePointer<CChar>, line: Int) throws {
        let hash = Self.hash(name)
        let bit = Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0xFFFF)
        let mask: UInt64 = 1 << UInt64(bit & 63)
        guard seen[bit >> 6] & mask == 0 else { return }
        seen[bit >> 6] |= mask
        seenCount += 1
        if seenCount > Self.nameLimit {
            throw StatementFault(line: line, field: "XML", reason: "more than \(Self.nameLimit) different names")
        }
    }

    mutating func notePrefix(_ prefix: UnsafePointer<CChar>, line: Int) throws {
        prefixes.insert(Self.hash(prefix))
        if prefixes.count > Self.prefixLimit {
            throw StatementFault(line: line, field: "XML", reason: "more than \(Self.prefixLimit) namespace prefixes")
        }
    }

    /// FNV-1a.
    private static func hash(_ name: UnsafePointer<CChar>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var next = name
        while next.pointee != 0 {
            hash = (hash ^ UInt64(UInt8(bitPattern: next.pointee))) &* 0x100_0000_01b3
            next += 1
        }
        return hash
    }
}
