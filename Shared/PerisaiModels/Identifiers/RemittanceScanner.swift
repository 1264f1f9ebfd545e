/// Finds identifiers in a folded text (`RemittanceText.fold`); every pass is linear in its at most 500 characters.
struct RemittanceScanner {
    /// A run of digits, or a run of letters.
    private struct Atom {
        let range: Range<Int>
        let isDigits: Bool
    }

    private let bytes: [UInt8]
    private let corporate: [UInt8]
    private var atoms: [Atom] = []
    /// Atoms that are part of a find.
    private var taken: Set<Int> = []
    /// Where NIKs stand.
    private var hidden: [Range<Int>] = []
    private var monthCounts: Set<Int> = []

    private static let kodeLabels: Set<String> = ["KODE", "IURAN", "KODEIURAN", "KI", "BILLING", "KODEBAYAR", "BAYAR"]
    private static let plainLabels: Set<String> = ["VA", "BRIVA", "NIK", "KTP", "NPP", "KPJ"]
    /// A number behind these is no kode iuran.
    private static let otherLabels: Set<String> = [
        "HP", "NOHP", "TELP", "TLP", "TEL", "WA", "REK", "NOREK", "REKENING", "ACC", "RRN", "REF", "REFF", "TRX",
        "STAN",
    ]
    private static let monthWords: Set<String> = ["BLN", "BULAN", "BL"]

    init(bytes: [UInt8], corporateCode: CorporateCode) {
        self.bytes = bytes
        corporate = Array(corporateCode.text.utf8)
        var start = 0
        while start < bytes.count {
            guard RemittanceText.isAlphanumeric(bytes[start]) else {
                start += 1
                continue
            }
            let isDigits = RemittanceText.isDigit(bytes[start])
            var end = start + 1
            while end < bytes.count, RemittanceText.isAlphanumeric(bytes[end]),
                RemittanceText.isDigit(bytes[end]) == isDigits
            { end += 1 }
            atoms.append(Atom(range: start..<end, isDigits: isDigits))
            start = end
        }
    }

    mutating func scan(into text: inout RemittanceText) {
        for index in atoms.indices where !atoms[index].isDigits { readLabel(at: index, into: &text) }
        for index in atoms.indices where atoms[index].isDigits && !taken.contains(index) && isFree(index) {
            readNumber(at: index, into: &text)
        }
        if monthCounts.count == 1 { text.months = monthCounts.first }
        findReferences(into: &text)
    }

    // MARK: Labels

    private mutating func readLabel(at index: Int, into text: inout RemittanceText) {
        let label = word(index)
        switch label {
        case "NPP", "KPJ", "NIK", "KTP":
            guard var next = numberIndex(after: index) else { return }
            // "KPJ 1…, 2…": a list under one label.
            while let end = readLabelled(label, at: next, into: &text) {
                guard end + 1 < atoms.count, atoms[end + 1].isDigits,
                    gap(before: end + 1).count <= 3,
                    gap(before: end + 1).allSatisfy({ " ,;&+".utf8.contains($0) })
                else { return }
                next = end + 1
            }
        case _ where Self.monthWords.contains(label): readMonths(around: index)
        default: return
        }
    }

    /// The index of the last atom that was read; nil when there is no such number.
    private mutating func readLabelled(_ label: String, at index: Int, into text: inout RemittanceText) -> Int? {
        let end: Int
        switch label {
        case "NPP":
            guard let found = npp(at: index) else { return nil }
            add(.employer(found.npp), to: &text.payers)
            end = found.end
        case "KPJ":
            guard let joined = join(from: index, count: 11), let kpj = try? KPJ(code: joined.value) else { return nil }
            add(.participant(kpj), to: &text.payers)
            end = joined.end
        default:
            guard let joined = join(from: index, count: 16), let nik = try? NIK(code: joined.value) else { return nil }
            addNIK(nik, atoms: index...joined.end, to: &text)
            end = joined.end
        }
        taken.formUnion(index...end)
        return end
    }

    private func npp(at index: Int) -> (npp: NPP, end: Int)? {
        let range = atoms[index].range
        if range.count == 11 { return value(range).flatMap { try? NPP(code: $0) }.map { ($0, index) } }
        guard range.count == 8, let number = value(range) else { return nil }
        if index + 1 < atoms.count, atoms[index + 1].isDigits, atoms[index + 1].range.count == 3,
            gap(before: index + 1).elementsEqual("-".utf8), let division = value(atoms[index + 1].range)
        {
            return (try? NPP(number: number, division: Int(division))).map { ($0, index + 1) }
        }
        return (try? NPP(number: number)).map { ($0, index) }
    }

    private mutating func readMonths(around index: Int) {
        if index > 0, let count = monthCount(index - 1), gap(before: index).allSatisfy({ $0 == 0x20 }),
            // "01-02 BLN" and "2026 1 BLN" are no counts.
            index == 1
                || !(atoms[index - 2].isDigits && !taken.contains(index - 2) && atoms[index - 2].range.count <= 4
                    && gap(before: index - 1).count == 1)
        {
            monthCounts.insert(count)
            taken.insert(index - 1)
        } else if index + 1 < atoms.count, let count = monthCount(index + 1), gap(before: index + 1).count <= 2,
            // "BLN 2 2026", "BLN 1-3", "BLN 1 SD 3" name months.
            index + 2 == atoms.count
                || !(atoms[index + 2].isDigits && gap(before: index + 2).count <= 2)
                    && !["SD", "S"].contains(word(index + 2))
        {
            monthCounts.insert(count)
            taken.insert(index + 1)
        }
    }

    private func monthCount(_ index: Int) -> Int? {
        guard atoms[index].isDigits, atoms[index].range.count <= 2, let value = value(atoms[index].range) else {
            return nil
        }
        return (1...12).contains(value) ? Int(value) : nil
    }

    /// The digits behind a label, over "NO", "NOMOR" and signs.
    private func numberIndex(after index: Int) -> Int? {
        var next = index + 1
        if next < atoms.count, ["NO", "NOMOR"].contains(word(next)) { next += 1 }
        guard next < atoms.count, atoms[next].isDigits, gap(before: next).count <= 3 else { return nil }
        return next
    }

    // MARK: Numbers

    private mutating func readNumber(at index: Int, into text: inout RemittanceText) {
        let range = atoms[index].range
        if bytes[range].starts(with: corporate), let found = virtualAccount(at: index) {
            add(found.account, to: &text.virtualAccounts)
            taken.formUnion(index...found.end)
        } else if range.count == 16, let nik = value(range).flatMap({ try? NIK(code: $0) }) {
            addNIK(nik, atoms: index...index, to: &text)
        } else if range.count == 12, let npp = employerReference(at: index) {
            add(.employer(npp), to: &text.payers)
        } else if range.count == 11 || range.count == 12, let kode = try? KodeIuran(utf8: bytes[range]),
            kode.payer != nil
        {
            let label = label(before: index)
            guard !Self.otherLabels.contains(label) else { return }
            add(kode, to: &text.kodeIuran)
            let isPaired = index > 0 && employerReference(at: index - 1) != nil
            if isPaired || Self.kodeLabels.contains(label) { add(kode, to: &text.labelledKodeIuran) }
        }
    }

    /// "4" + NPP + division before "/" and a kode iuran (domain.md 5).
    private func employerReference(at index: Int) -> NPP? {
        let range = atoms[index].range
        guard range.count == 12, bytes[range.lowerBound] == UInt8(ascii: "4"), index + 1 < atoms.count,
            atoms[index + 1].isDigits, atoms[index + 1].range.count == 12,
            gap(before: index + 1).elementsEqual("/".utf8)
        else { return nil }
        return value(range.dropFirst()).flatMap { try? NPP(code: $0) }
    }

    private func virtualAccount(at index: Int) -> (account: VirtualAccount, end: Int)? {
        if let joined = join(from: index, count: 14),
            let account = try? VirtualAccount(FixedText.padded(joined.value, width: 14)),
            account.payer != nil
        {
            // A division follows a complete number behind a hyphen only: "… 100 ribu" is none.
            let hyphenated = joined.end + 1 < atoms.count && gap(before: joined.end + 1).elementsEqual("-".utf8)
            guard hyphenated, let longer = join(from: index, count: 17),
                let whole = try? VirtualAccount(FixedText.padded(longer.value, width: 17)), whole.payer != nil
            else { return (account, joined.end) }
            return (whole, longer.end)
        }
        guard let joined = join(from: index, count: 17),
            let account = try? VirtualAccount(FixedText.padded(joined.value, width: 17)),
            account.payer != nil
        else { return nil }
        return (account, joined.end)
    }

    /// Neither part of a longer word nor behind letters that are no label.
    private func isFree(_ index: Int) -> Bool {
        if index + 1 < atoms.count, gap(before: index + 1).isEmpty { return false }
        guard index > 0, gap(before: index).isEmpty else { return true }
        let label = word(index - 1)
        return (index == 1 || !gap(before: index - 1).isEmpty)
            && (Self.plainLabels.contains(label) || Self.kodeLabels.contains(label))
    }

    // MARK: References

    private func findReferences(into text: inout RemittanceText) {
        var found: Set<String> = []
        let chunks = bytes.indices.split {
            !(RemittanceText.isAlphanumeric(bytes[$0]) || "-/._".utf8.contains(bytes[$0]))
        }
        for chunk in chunks {
            // "A-1/B": the whole, what slashes part, and each word.
            let parts =
                [Array(chunk)] + chunk.split { bytes[$0] == UInt8(ascii: "/") }.map(Array.init)
                + chunk.split { !RemittanceText.isAlphanumeric(bytes[$0]) }.map(Array.init)
            for part in parts.map({ $0.filter { RemittanceText.isAlphanumeric(bytes[$0]) } }) {
                guard text.references.count < RemittanceText.findLimit else { return }
                let token = part.map { bytes[$0] }
                guard RemittanceText.isReference(token[...]),
                    !part.contains(where: { place in hidden.contains { $0.contains(place) } })
                else { continue }
                let reference = String(decoding: token, as: UTF8.self)
                // A NIK split by signs, or glued to letters.
                guard NIK.hidden(in: reference) == reference || token.count(where: RemittanceText.isDigit) != 16 else {
                    continue
                }
                if found.insert(reference).inserted { text.references.append(reference) }
            }
        }
    }

    // MARK: Atoms

    private func word(_ index: Int) -> String {
        atoms[index].isDigits ? "" : String(decoding: bytes[atoms[index].range].prefix(16), as: UTF8.self)
    }

    /// The word before, over "NO" and "NOMOR".
    private func label(before index: Int) -> String {
        guard index > 0 else { return "" }
        let label = word(index - 1)
        return ["NO", "NOMOR"].contains(label) && index > 1 ? word(index - 2) : label
    }

    private func gap(before index: Int) -> ArraySlice<UInt8> {
        bytes[(index > 0 ? atoms[index - 1].range.upperBound : 0)..<atoms[index].range.lowerBound]
    }

    private func value(_ range: Range<Int>) -> Int64? {
        bytes.withUnsafeBufferPointer { FixedText.number($0, at: range.lowerBound, count: range.count) }
    }

    /// Digits of exactly `count` (18 at most) from atoms that one blank, hyphen or full stop keeps apart.
    private func join(from index: Int, count: Int) -> (value: Int64, end: Int)? {
        var joined: Int64 = 0
        var digits = 0
        var next = index
        while next < atoms.count, atoms[next].isDigits, digits + atoms[next].range.count <= count {
            if next > index, gap(before: next).count != 1 || !" -.".utf8.contains(gap(before: next).first ?? 0) {
                return nil
            }
            for byte in bytes[atoms[next].range] { joined = joined * 10 + Int64(byte - 0x30) }
            digits += atoms[next].range.count
            if digits == count { return (joined, next) }
            next += 1
        }
        return nil
    }

    private mutating func addNIK(_ nik: NIK, atoms range: ClosedRange<Int>, to text: inout RemittanceText) {
        hidden.append(atoms[range.lowerBound].range.lowerBound..<atoms[range.upperBound].range.upperBound)
        add(nik, to: &text.niks)
    }

    private func add<Find: Equatable>(_ find: Find, to list: inout [Find]) {
        if list.count < RemittanceText.findLimit, !list.contains(find) { list.append(find) }
    }
}
