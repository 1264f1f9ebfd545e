import CExpat

/// The attributes of one element, as expat hands them over: names and values in turn, a null at the end.
struct CamtAttributes {
    let pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    let count: Int

    /// Calls with the bytes of name and value of each.
    func each(_ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) throws -> Void) rethrows {
        guard let pairs else { return }
        for index in 0..<count {
            guard let name = pairs[2 * index], let value = pairs[2 * index + 1] else { return }
            try body(name, value)
        }
    }
}

/// What follows the elements of one file as expat tells them; an error ends the reading.
protocol XMLEvents: AnyObject {
    /// `name` is namespace, separator and local name, valid for the call.
    func started(_ name: UnsafePointer<CChar>, attributes: CamtAttributes, parser: CamtExpat) throws
    func ended(parser: CamtExpat) throws
    func text(_ bytes: UnsafeBufferPointer<UInt8>)
    func namespace(prefix: UnsafePointer<CChar>?, parser: CamtExpat) throws
}

/// An expat parser with namespaces, without DTD and without any entity but the five of XML.
///
/// expat holds an unfinished token whole and scans it anew with each piece of input: `tokenLimit` bounds both.
final class CamtExpat {
    /// Bytes that may pass without one event: no tag, comment or name may be longer.
    static let tokenLimit = 64 * 1024
    /// Bytes that expat is given at once.
    static let sliceLimit = 32 * 1024
    static let attributeLimit = 64
    /// expat reads UTF-16 too, but the format of a file is told by its first lines, and ISO 20022 is UTF-8.
    private static let encodings = "encoding: only UTF-8, ISO-8859-1 and US-ASCII are read"
    /// Between namespace and name in what expat calls an element; cannot be in either.
    static let separator: CChar = 0x0A

    private let parser: OpaquePointer
    private let events: any XMLEvents
    private var failure: (any Error)?
    private var eventCount = 0
    private var stalled = 0
    /// Bytes of the start that were looked at: UTF-16 and UTF-32 show within four.
    private var started = 0

    /// nil: out of memory.
    init?(events: some XMLEvents) {
        guard let parser = XML_ParserCreateNS(nil, Self.separator) else { return nil }
        self.parser = parser
        self.events = events
        // Not counted as a reference: the parser ends with this object, in deinit.
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        setCallbacks()
    }

    deinit { XML_ParserFree(parser) }

    /// Line of the event that is told now, or where the parser stands, from 1.
    var line: Int { Int(clamping: XML_GetCurrentLineNumber(parser)) }

    /// The next bytes of the file; an error of an event ends the parser and comes out here.
    func feed(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.sliceLimit))
            rest = rest.dropFirst(slice.count)
            try checkStart(slice)
            let before = eventCount
            try parse(slice, isFinal: false)
            stalled = eventCount == before ? stalled + slice.count : 0
            if stalled > Self.tokenLimit {
                throw StatementFault(line: line, field: "XML", reason: "a tag, name or comment is longer than 64 KiB")
            }
        }
    }

    private func checkStart(_ bytes: UnsafeRawBufferPointer) throws {
        for byte in bytes.prefix(4 - started) {
            guard byte != 0, started > 0 || byte < 0xFE else {
                throw StatementFault(line: 1, field: "XML", reason: Self.encodings)
            }
            started += 1
        }
    }

    /// The file has ended.
    func finish() throws { try parse(UnsafeRawBufferPointer(start: nil, count: 0), isFinal: true) }

    private func parse(_ bytes: UnsafeRawBufferPointer, isFinal: Bool) throws {
        // The callbacks reach this object by an address that does not keep it alive.
        let status = withExtendedLifetime(self) {
            XML_Parse(
                parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), isFinal ? 1 : 0)
        }
        if let failure { throw failure }
        guard status == XML_STATUS_OK else { throw fault(XML_GetErrorCode(parser)) }
    }

    private func fault(_ code: XML_Error) -> StatementFault {
        let reason =
            switch code {
            case XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN, XML_ERROR_PARTIAL_CHAR,
                XML_ERROR_UNCLOSED_CDATA_SECTION:
                "the file is empty or ends too early"
            case XML_ERROR_UNKNOWN_ENCODING, XML_ERROR_INCORRECT_ENCODING:
                Self.encodings
            case XML_ERROR_INVALID_TOKEN: "not well-formed, or bytes that the encoding does not know"
            case XML_ERROR_UNDEFINED_ENTITY: "an entity that XML does not know by itself"
            default: "not well-formed: \(XML_ErrorString(code).map { String(cString: $0) } ?? "unknown error")"
            }
        return StatementFault(line: line, field: "XML", reason: reason)
    }

    // MARK: Callbacks

    /// Runs in a callback. No Swift error may cross expat's C frames: the first is kept, and expat is stopped. It may
    /// still tell one event more, which is not passed on.
    private func guarded(_ body: () throws -> Void) {
        eventCount &+= 1
        guard failure == nil else { return }
        do {
            try body()
        } catch {
            failure = error
            XML_StopParser(parser, 0)
        }
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> CamtExpat? {
        data.map { Unmanaged<CamtExpat>.fromOpaque($0).takeUnretainedValue() }
    }

    private func setCallbacks() {
        XML_SetElementHandler(
            parser,
            { data, name, pairs in
                guard let expat = CamtExpat.from(data), let name else { return }
                expat.guarded {
                    let count = Int(XML_GetSpecifiedAttributeCount(expat.parser)) / 2
                    guard count <= CamtExpat.attributeLimit else {
                        throw StatementFault(
                            line: expat.line, field: "XML", reason: "an element with over 64 attributes")
                    }
                    let attributes = CamtAttributes(pairs: pairs, count: count)
                    try expat.events.started(name, attributes: attributes, parser: expat)
                }
            },
            { data, _ in
                guard let expat = CamtExpat.from(data) else { return }
                expat.guarded { try expat.events.ended(parser: expat) }
            })
        XML_SetCharacterDataHandler(parser) { data, text, length in
            guard let expat = CamtExpat.from(data), let text, length > 0 else { return }
            expat.guarded {
                let count = Int(length)
                text.withMemoryRebound(to: UInt8.self, capacity: count) {
                    expat.events.text(UnsafeBufferPointer(start: $0, count: count))
                }
            }
        }
        XML_SetStartNamespaceDeclHandler(parser) { data, prefix, _ in
            guard let expat = CamtExpat.from(data) else { return }
            expat.guarded { try expat.events.namespace(prefix: prefix, parser: expat) }
        }
        // Told before anything of the DTD is read: no entity is ever declared, so none can grow or reach out.
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            guard let expat = CamtExpat.from(data) else { return }
            expat.guarded {
                throw StatementFault(line: expat.line, field: "DOCTYPE", reason: "a document type is not allowed")
            }
        }
        // Comments and processing instructions: nothing to read, but the input moves on.
        XML_SetDefaultHandler(parser) { data, _, _ in CamtExpat.from(data)?.guarded {} }
    }
}
