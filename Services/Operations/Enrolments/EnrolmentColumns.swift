/// The columns of an agent's list. Headers are taken in Indonesian and English, in any order and any case.
enum EnrolmentColumn: String, CaseIterable, Sendable {
    case nik
    case name = "nama"
    case phone = "telepon"
    case programmes = "program"
    case income = "penghasilan"
    case occupation = "pekerjaan"
    case payer = "pembayar"
    case businessOwner = "pemilik_usaha"
    case consent = "persetujuan"
    case number = "nomor_pengajuan"
    /// Known, and read by nobody: the number of the row, remarks.
    case remark = "keterangan"

    static let required: [EnrolmentColumn] = [.nik, .name, .programmes, .income, .occupation]

    /// Every header that means the column, as `normalized` writes it; the first one is the template's.
    var headers: [String] {
        switch self {
        case .nik: ["nik", "no_nik", "nomor_nik", "ktp", "no_ktp", "nomor_ktp", "nomor_induk_kependudukan"]
        case .name: ["nama", "nama_lengkap", "nama_peserta", "name", "full_name"]
        case .phone:
            [
                "telepon", "no_telepon", "nomor_telepon", "telp", "no_telp", "hp", "no_hp", "nomor_hp", "wa", "no_wa",
                "phone", "phone_number", "mobile",
            ]
        case .programmes: ["program", "jumlah_program", "programs", "programme", "programmes"]
        case .income: ["penghasilan", "penghasilan_bulanan", "penghasilan_per_bulan", "income", "monthly_income"]
        case .occupation: ["pekerjaan", "jenis_pekerjaan", "profesi", "occupation", "job"]
        case .payer: ["pembayar", "sumber_dana", "payer", "payer_kind"]
        case .businessOwner: ["pemilik_usaha", "pengusaha", "business_owner"]
        case .consent: ["persetujuan", "setuju", "consent"]
        case .number:
            ["nomor_pengajuan", "no_pengajuan", "nomor", "number", "submission", "submission_number", "submission_id"]
        case .remark: ["keterangan", "catatan", "no", "no_urut", "nomor_urut", "remark", "remarks", "note", "notes"]
        }
    }

    /// "Penghasilan (Rp)" and "PENGHASILAN" are "penghasilan"; what stands in brackets is a remark.
    static func normalized(_ header: String) -> String {
        let bare = header.lowercased().prefix { $0 != "(" && $0 != "[" }
        let words = bare.split { !$0.isLetter && !$0.isNumber }
        return words.joined(separator: "_")
    }

    private static let byHeader: [String: EnrolmentColumn] = Dictionary(
        uniqueKeysWithValues: allCases.flatMap { column in column.headers.map { ($0, column) } })

    init?(header: String) {
        guard let column = Self.byHeader[Self.normalized(header)] else { return nil }
        self = column
    }
}

/// Where each column of a list stands.
struct EnrolmentLayout {
    let places: [EnrolmentColumn: Int]
    /// Columns that the header names; those behind it must be empty.
    let width: Int

    /// - Parameter names: the cells of the header; nil for one that cannot be read.
    init(_ names: [String?]) throws {
        var places: [EnrolmentColumn: Int] = [:]
        let named = (names.lastIndex { $0 != "" } ?? -1) + 1
        let columns = names.prefix(named).map { $0.flatMap(EnrolmentColumn.init(header:)) }
        guard columns.contains(where: { $0 != nil }) else {
            throw OperationsError("the first row is no header: it must name the columns, as in the file of --template")
        }
        for (place, column) in columns.enumerated() {
            guard let column else {
                throw OperationsError(
                    "column \(place + 1) of the header is unknown\(Self.quoted(names[place])); there are "
                        + EnrolmentColumn.allCases.map(\.rawValue).joined(separator: ", "))
            }
            if column == .remark { continue }
            if let other = places[column] {
                throw OperationsError(
                    "\(column.rawValue) stands twice in the header: columns \(other + 1), \(place + 1)")
            }
            places[column] = place
        }
        let missing = EnrolmentColumn.required.filter { places[$0] == nil }
        guard missing.isEmpty else {
            throw OperationsError("the header lacks " + missing.map(\.rawValue).joined(separator: ", "))
        }
        self.places = places
        width = named
    }

    /// The name of an unknown column; a cell with digits may be somebody's number and is not shown.
    private static func quoted(_ name: String?) -> String {
        guard let name, (1...40).contains(name.count), !name.contains(where: \.isNumber) else { return "" }
        return " (\(name))"
    }
}
