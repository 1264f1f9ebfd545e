/// Reads a bank's statement file of any format, in two passes.
///
/// Whether a statement adds up shows at its end, when a stream has handed out its entries already. So a caller that
/// imports makes two passes: `check` reads the whole file and tells which statements are whole, then `read` with that
/// summary in `accepting` hands out these alone. A statement that is opened and never closed is refused as a whole.
public enum StatementFile {
    /// Bytes read so far, and size of the file.
    public typealias Progress = (Int, Int) -> Void

    /// The first pass. Format and dialect are detected where not given; CSV needs a profile, and a profile means CSV.
    ///
    /// Throws `StatementFileError` for a file that cannot be read at all and `StatementFault` for a CSV file or a
    /// profile that do not fit each other. What is wrong within a file stands in the summary.
    public static func check(
        path: String, format: StatementFormat? = nil, dialect: StatementDialect? = nil, profile: CSVProfile? = nil,
        progress: Progress? = nil
    ) throws -> StatementSummary {
        try withoutActuallyEscaping(progress ?? { _, _ in }) { progress in
            let chunks = try ByteChunks(path: path)
            chunks.progress = progress
            defer { chunks.progress = nil }
            let name = profile == nil ? "" : try CSVReader.statementName(sha256: ByteChunks(path: path).digest())
            return try check(chunks, format: format, dialect: dialect, profile: profile, name: name)
        }
    }

    /// Hands out what the file holds, in its order.
    ///
    /// Without `accepting` everything comes, with entries of statements that turn out not to add up. With the summary
    /// of `check`, statements that it refuses are left out, except for their faults; and when the file is no longer
    /// the one that was checked, `StatementFileError` is thrown at the end, so the caller must not have committed.
    public static func read(
        path: String, format: StatementFormat? = nil, dialect: StatementDialect? = nil, profile: CSVProfile? = nil,
        accepting summary: StatementSummary? = nil, progress: Progress? = nil, each: (StatementItem) throws -> Void
    ) throws {
        try withoutActuallyEscaping(progress ?? { _, _ in }) { progress in
            let chunks = try ByteChunks(path: path)
            chunks.progress = progress
            defer { chunks.progress = nil }
            let digest = profile == nil ? nil : try summary?.sha256 ?? ByteChunks(path: path).digest()
            let source = try Source(
                chunks, format: format ?? summary?.format, dialect: dialect ?? summary?.dialect, profile: profile,
                name: digest.map(CSVReader.statementName(sha256:)) ?? "")
            guard let summary else { return try source.read(chunks, each: each) }
            try read(source, chunks, accepting: summary, each: each)
        }
    }

    static func check(
        _ chunks: ByteChunks, format: StatementFormat? = nil, dialect: StatementDialect? = nil,
        profile: CSVProfile? = nil, name: String = ""
    ) throws -> StatementSummary {
        let source = try Source(chunks, format: format, dialect: dialect, profile: profile, name: name)
        var collector = StatementCollector(format: source.format, dialect: source.dialect)
        try source.read(chunks) { try collector.take($0) }
        let digest = try chunks.digest()
        return collector.finish(sha256: digest, bytes: chunks.bytesRead)
    }

    static func read(
        _ source: Source, _ chunks: ByteChunks, accepting summary: StatementSummary,
        each: (StatementItem) throws -> Void
    ) throws {
        let accepted = summary.statements.map(\.isAccepted)
        var index = -1
        var isAccepted = false
        try source.read(chunks) { item in
            switch item {
            case .opened:
                index += 1
                isAccepted = index < accepted.count && accepted[index]
                if isAccepted { try each(item) }
            case .refused: try each(item)
            case .entry, .closed: if isAccepted { try each(item) }
            }
        }
        guard try chunks.digest() == summary.sha256 else {
            throw StatementFileError("has changed since it was checked; nothing of it may be imported")
        }
    }

    /// Format, dialect and profile of a file, and the reader that they choose.
    struct Source {
        let format: StatementFormat
        let dialect: StatementDialect?
        let profile: CSVProfile?
        let name: String

        init(
            _ chunks: ByteChunks, format: StatementFormat?, dialect: StatementDialect?, profile: CSVProfile?,
            name: String
        ) throws {
            let start = try chunks.peek()
            guard !start.isEmpty else { throw StatementFileError("is empty") }
            try TextEncoding.checkStart(start)
            guard let found = format ?? (profile == nil ? StatementFormat.detect(start) : .csv) else {
                throw StatementFileError(
                    "is none of mt940, mt942, camt053 and camt054 by its first lines; csv needs a profile")
            }
            guard found == .csv || profile == nil else { throw StatementFileError("a profile is for csv alone") }
            guard found != .csv || profile != nil else { throw StatementFileError("csv needs a profile") }
            self.format = found
            self.profile = profile
            self.name = name
            self.dialect = found == .mt940 || found == .mt942 ? dialect ?? StatementDialect.detect(start) : nil
        }

        func read(_ chunks: ByteChunks, each: (StatementItem) throws -> Void) throws {
            switch format {
            case .mt940, .mt942:
                var reader = MTReader(kind: format == .mt940 ? .mt940 : .mt942, dialect: dialect ?? .generic)
                try reader.read(ByteLines(chunks), each: each)
            case .camt053: try readXML(.camt053, chunks, each: each)
            case .camt054: try readXML(.camt054, chunks, each: each)
            case .csv:
                guard let profile else { throw StatementFileError("csv needs a profile") }
                var reader = try CSVReader(profile: profile, name: name)
                try reader.read(ByteLines(chunks), each: each)
            }
        }

        /// A fault that ends the XML refuses the statement that is open; those before it stand.
        private func readXML(
            _ kind: CamtReader.Kind, _ chunks: ByteChunks, each: (StatementItem) throws -> Void
        ) throws {
            var isOfCaller = false
            do {
                let tell: (StatementItem) throws -> Void = { item in
                    do { try each(item) } catch {
                        isOfCaller = true
                        throw error
                    }
                }
                try CamtReader(kind: kind).read(chunks.next, each: tell)
            } catch let fault as StatementFault where !isOfCaller {
                try each(.refused(fault))
            }
        }
    }
}
