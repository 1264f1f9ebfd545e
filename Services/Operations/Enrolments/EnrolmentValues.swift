import PerisaiModels
import Worker

/// Why a cell cannot be used. The column's name, and words in Indonesian for the agent who wrote the list; never the
/// value.
struct EnrolmentFault: Error, Sendable, Hashable {
    let field: String
    let reason: String

    init(_ column: EnrolmentColumn, _ reason: String) {
        field = column.rawValue
        self.reason = reason
    }

    /// Of the row as a whole.
    init(row reason: String) {
        field = "baris"
        self.reason = reason
    }
}

/// Reads cells as people fill them in and spreadsheets rewrite them.
enum EnrolmentValues {
    /// Longest name, in characters.
    static let mostNameCharacters = 100
    /// Longest number of a submission: with the agent's id and a slash before it a `SubmissionID`.
    static let mostNumberCharacters = 31

    private static let asText = "Format kolom sebagai Teks, lalu ketik ulang."

    /// Without what keeps a spreadsheet from reading a number: `'3515…`, `="3515…"`, blanks between the digits.
    static func digits(_ cell: String) -> String {
        var text = cell[...]
        if text.hasPrefix("=\""), text.hasSuffix("\"") { text = text.dropFirst(2).dropLast() }
        text = text.drop { $0 == "'" || $0 == "’" }
        return text.filter { $0 != " " }
    }

    /// 3,57E+15: digits are lost, and no reading brings them back.
    private static func isScientific(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9]+([.,][0-9]+)?[eE][+]?[0-9]+/) != nil
    }

    static func nik(_ cell: String) throws(EnrolmentFault) -> NIK {
        let text = digits(cell)
        if text.isEmpty { throw EnrolmentFault(.nik, "Wajib diisi.") }
        if text.lowercased().hasPrefix(EnrolmentTemplate.sampleMark.lowercased()) {
            throw EnrolmentFault(.nik, "Ini baris contoh; hapus dari daftar.")
        }
        if isScientific(text) {
            throw EnrolmentFault(.nik, "Tertulis sebagai angka ilmiah (E+15), digitnya hilang. \(asText)")
        }
        if let nik = try? NIK(text) { return nik }
        let part = NIK.wrongPart(of: text) ?? .province
        throw EnrolmentFault(.nik, reason(part))
    }

    private static func reason(_ part: NIKPart) -> String {
        switch part {
        case .length: "NIK harus 16 digit."
        case .digits: "NIK hanya boleh berisi angka."
        case .province: "Kode provinsi tidak dikenal (digit 1-2)."
        case .regency: "Kode kabupaten/kota tidak boleh 00 (digit 3-4)."
        case .district: "Kode kecamatan tidak boleh 00 (digit 5-6)."
        case .birthDate: "Tanggal lahir tidak ada di kalender (digit 7-12; perempuan: tanggal + 40)."
        case .serial: "Nomor urut tidak boleh 0000 (digit 13-16); bila diubah oleh Excel: \(asText)"
        }
    }

    static func name(_ cell: String) throws(EnrolmentFault) -> String {
        let name = cell.split(separator: " ").joined(separator: " ")
        guard name.contains(where: \.isLetter) else { throw EnrolmentFault(.name, "Nama peserta harus diisi.") }
        guard name.count <= mostNameCharacters else {
            throw EnrolmentFault(.name, "Paling banyak \(mostNameCharacters) huruf.")
        }
        // A number that slipped into this column would be read by everyone.
        guard name.filter(\.isNumber).count < 4 else { throw EnrolmentFault(.name, "Nama tidak boleh berisi nomor.") }
        return name
    }

    /// Nil for none.
    static func phone(_ cell: String) throws(EnrolmentFault) -> PhoneNumber? {
        let text = digits(cell)
        if text.isEmpty || text == "-" { return nil }
        if isScientific(text) { throw EnrolmentFault(.phone, "Tertulis sebagai angka ilmiah (E+11). \(asText)") }
        // Spreadsheets drop the zero at the front.
        let whole = text.hasPrefix("8") && (9...12).contains(text.utf8.count) ? "0" + text : text
        do { return try PhoneNumber(whole) } catch {
            throw EnrolmentFault(.phone, "Harus nomor ponsel 08…, 628… atau +628… (62 dan 9 sampai 12 digit).")
        }
    }

    /// 2 or 3, or the programmes by name.
    static func programmes(_ cell: String) throws(EnrolmentFault) -> [Programme] {
        let text = cell.uppercased()
        if text.isEmpty { throw EnrolmentFault(.programmes, "Wajib diisi: 2 atau 3.") }
        switch text.split(separator: " ").first {
        case "2": return ProgrammeSet.basic.programmes
        case "3": return ProgrammeSet.three.programmes
        default: break
        }
        var set: ProgrammeSet = []
        for code in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where code != "DAN" {
            guard let programme = Programme(rawValue: String(code)) else {
                throw EnrolmentFault(.programmes, "Tulis 2 (JKK+JKM) atau 3 (JKK+JKM+JHT).")
            }
            set.formUnion(ProgrammeSet(programme))
        }
        guard set == .basic || set == .three else {
            throw EnrolmentFault(.programmes, "Tulis 2 (JKK+JKM) atau 3 (JKK+JKM+JHT).")
        }
        return set.programmes
    }

    /// Whole rupiah: 1000000, 1.000.000, 1,000,000, Rp 1.000.000,00.
    static func income(_ cell: String) throws(EnrolmentFault) -> Rupiah {
        var text = digits(cell)[...]
        if text.isEmpty { throw EnrolmentFault(.income, "Wajib diisi.") }
        if isScientific(String(text)) {
            throw EnrolmentFault(.income, "Tertulis sebagai angka ilmiah (E+6); tulis 1000000 atau 1.000.000.")
        }
        for sign in ["rp.", "rp", "idr"] where text.lowercased().hasPrefix(sign) { text = text.dropFirst(sign.count) }
        let forms = [
            text.wholeMatch(of: /([0-9]{1,12})([.,]0{1,2})?/)?.1,
            text.wholeMatch(of: /([0-9]{1,3}(\.[0-9]{3})+)(,0{1,2}|,-)?/)?.1,
            text.wholeMatch(of: /([0-9]{1,3}(,[0-9]{3})+)(\.0{1,2})?/)?.1,
        ]
        // "1.000" is a thousand: the second form is tried before the first would take its zeros for cents.
        let found = forms[1] ?? forms[2] ?? forms[0]
        guard let found, let amount = Int64(found.filter(\.isNumber)), amount <= 999_999_999_999 else {
            throw EnrolmentFault(.income, "Tulis rupiah sebulan dengan angka: 1000000 atau 1.000.000.")
        }
        return Rupiah(amount)
    }

    /// Whose JKK and JKM is cut as transport: drivers and couriers, with a platform or without one (PP 50/2025).
    private static let transport: Set<String> = [
        "transport", "transportasi", "ojek", "ojol", "gojek", "grab", "kurir", "courier", "sopir", "supir", "driver",
        "pengemudi", "angkot", "taksi", "taxi", "becak", "bentor", "bajaj",
    ]
    /// Words before the one that counts: "tukang ojek", "penarik becak", "mitra driver".
    private static let before: Set<String> = [
        "tukang", "abang", "penarik", "pengayuh", "mitra", "jasa", "juru", "pekerja", "sektor",
    ]

    /// "transport" and "other", or an occupation in words: those that are no transport are other.
    static func occupation(_ cell: String) throws(EnrolmentFault) -> OccupationGroup {
        let words = cell.lowercased().split { !$0.isLetter }.map(String.init)
        guard let word = words.first(where: { !before.contains($0) }) ?? words.first else {
            throw EnrolmentFault(
                .occupation, "Wajib diisi: transport, other, atau nama pekerjaan (ojek, kurir, petani).")
        }
        return transport.contains(word) ? .transport : .other
    }

    /// Nil for none: the participant pays.
    static func payer(_ cell: String) throws(EnrolmentFault) -> PayerKind? {
        switch cell.lowercased() {
        case "", "-": nil
        case "self", "sendiri", "mandiri", "peserta": .own
        case "donor", "donatur", "csr": .donor
        case "wadah": .wadah
        case "apbd": .apbd
        case "apbn": .apbn
        default: throw EnrolmentFault(.payer, "Pilih sendiri, donatur, wadah, apbd atau apbn.")
        }
    }

    /// Nil for none.
    static func flag(_ column: EnrolmentColumn, _ cell: String) throws(EnrolmentFault) -> Bool? {
        switch cell.lowercased() {
        case "", "-": nil
        case "ya", "y", "yes", "true", "1", "setuju": true
        case "tidak", "n", "no", "false", "0", "tidak setuju": false
        default: throw EnrolmentFault(column, "Tulis ya atau tidak.")
        }
    }

    /// The agent's own number of the submission; nil for none.
    static func number(_ cell: String) throws(EnrolmentFault) -> String? {
        if cell.isEmpty { return nil }
        guard cell.utf8.count <= mostNumberCharacters, cell.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw EnrolmentFault(.number, "Paling banyak \(mostNumberCharacters) huruf dan angka tanpa spasi.")
        }
        // The number of a submission is shown everywhere.
        guard Redaction.redact(cell) == cell else { throw EnrolmentFault(.number, "Tidak boleh berisi NIK.") }
        return cell
    }
}
