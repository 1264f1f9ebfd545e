import PerisaiModels

/// Reads files of targets and of places; a file is taken as a whole or refused with all its faults.
public enum TargetFile {
    /// 10^15: a thousand trillion rupiah.
    static let mostValue: Int64 = 1_000_000_000_000_000
    static let mostMonths = 120

    static let fields: Set<String> = [
        "level", "place", "measure", "from", "through", "value", "share_percent", "of_level", "of_place", "of_measure",
        "reported", "source", "definition",
    ]
    static let placeFields: Set<String> = ["branch", "name", "region", "office"]

    /// A target with its line in the file.
    public struct Line: Sendable {
        public let number: Int
        public let target: Target
    }

    /// - Throws: `RowFaults` with every fault.
    public static func targets(_ bytes: [UInt8], isJSON: Bool) throws(RowFaults) -> [Line] {
        try read(bytes, isJSON, fields) { reader in
            target(&reader).map { Line(number: reader.row.line, target: $0) }
        } key: {
            [$0.target.key]
        }
    }

    /// - Throws: `RowFaults` with every fault.
    public static func places(_ bytes: [UInt8], isJSON: Bool) throws(RowFaults) -> [PlaceLine] {
        try read(bytes, isJSON, placeFields) { reader in
            let branch = reader.place("branch", of: .branch)
            let name = reader.words("name", 2...100)
            let region = reader.place("region", of: .region).flatMap { Kanwil(named: $0) }
            let office: Place.Office? = reader.choice("office", default: .cabang)
            guard let branch, let name, let region, let office else { return nil }
            let place = Place(branch: branch, name: name, region: region, office: office)
            return PlaceLine(number: reader.row.line, place: place)
        } key: {
            [$0.place.branch]
        }
    }

    private static func read<Value, Key: Hashable>(
        _ bytes: [UInt8], _ isJSON: Bool, _ fields: Set<String>, _ value: (inout RowReader) -> Value?,
        key: (Value) -> [Key]
    ) throws(RowFaults) -> [Value] {
        var (rows, faults) = RowFile.read(bytes, isJSON: isJSON, fields: fields)
        var values: [Value] = []
        var seen = Set<Key>()
        for row in rows {
            var reader = RowReader(row)
            let one = value(&reader)
            faults += reader.faults
            guard let one, reader.faults.isEmpty else { continue }
            for key in key(one) where !seen.insert(key).inserted {
                faults.append(RowFault(line: row.line, field: "row", reason: "is the second of its kind in the file"))
            }
            values.append(one)
        }
        if rows.isEmpty, faults.isEmpty { faults.append(RowFault(line: 1, field: "file", reason: "has no rows")) }
        guard faults.isEmpty else { throw RowFaults(faults) }
        return values
    }

    private static func target(_ reader: inout RowReader) -> Target? {
        let level: TargetLevel? = reader.choice("level")
        let place = reader.place("place", of: level)
        let measure: TargetMeasure? = reader.choice("measure")
        let first = reader.month("from")
        let last = reader.month("through")
        if let first, let last {
            if last < first { reader.fault("through", "lies before from") }
            if first.distance(to: last) >= mostMonths {
                reader.fault("through", "spans more than \(mostMonths) months")
            }
        }
        if let level, let measure, measure == .labourForce, level == .wadah || level == .group {
            reader.fault("measure", "labour-force is for branches, regions and the nation")
        }
        let source = reader.words("source", 3...200)
        let definition = reader.words("definition", 3...500)
        let reported = reader.has("reported") ? reader.count("reported", most: mostValue) : nil
        let amount = amount(&reader, measure)
        guard let level, let place, let measure, let first, let last, let source, let definition, let amount else {
            return nil
        }
        let key = TargetKey(level: level, place: place, measure: measure, first: first, last: last, source: source)
        let target = Target(key: key, amount: amount, reported: reported, definition: definition)
        if target.parent == key { reader.fault("of_place", "is the target itself") }
        return target
    }

    /// A value, or a share of another target.
    private static func amount(_ reader: inout RowReader, _ measure: TargetMeasure?) -> Target.Amount? {
        guard reader.has("share_percent") else {
            for field in ["of_level", "of_place", "of_measure"] where reader.has(field) {
                reader.fault(field, "needs share_percent")
            }
            return reader.count("value", most: mostValue).map { .value($0) }
        }
        if reader.has("value") { reader.fault("value", "give value or share_percent, not both") }
        let rate = reader.percent("share_percent")
        let level: TargetLevel? = reader.choice("of_level")
        let place = reader.place("of_place", of: level)
        let of: TargetMeasure? = reader.choice("of_measure", default: measure)
        guard let rate, let level, let place, let of else { return nil }
        return .share(rate, level: level, place: place, measure: of)
    }
}

/// A branch: its name and where it belongs.
public struct Place: Sendable, Hashable {
    public enum Office: String, Sendable, CaseIterable {
        case cabang
        /// A small office of a branch (KCP in the articles).
        case perintis
    }

    public let branch: String
    public let name: String
    public let region: Kanwil
    public let office: Office

    public init(branch: String, name: String, region: Kanwil, office: Office) {
        self.branch = branch
        self.name = name
        self.region = region
        self.office = office
    }
}

/// A place with its line in the file.
public struct PlaceLine: Sendable {
    public let number: Int
    public let place: Place
}
