import BankStatements
import Foundation
import PerisaiModels

/// What holds for every row of a list.
struct EnrolmentTerms {
    let agent: AgentID
    let branch: BranchCode
    /// The day on which the list is handed in.
    let on: CivilDate
    let firstMonth: ContributionMonth
}

/// A row and what becomes of it.
struct EnrolmentRow {
    enum Outcome {
        /// Every fault of the row at once.
        case refused([EnrolmentFault])
        /// The NIK, or the number of the submission, stands in an earlier row that is good.
        case duplicate(EnrolmentColumn, line: Int)
        /// Good; not sent yet, or only checked.
        case good
        case sent
        case enrolled(KPJ, returning: Bool)
        case rejected([RefusalReason])
        /// Read by enrollment-intake, and undecided: parked until the agent is a participant.
        case waiting
        case unanswered
    }

    /// Line of the file, from 1.
    let line: Int
    var nik: NIK?
    var submission: ParticipantSubmitted?
    var outcome: Outcome
}

/// An agent's list, checked row by row. Holds `mostRows` rows at most, whatever the file.
struct EnrolmentList {
    static let mostRows = 10_000
    static let mostBytes = 16 << 20

    private(set) var rows: [EnrolmentRow] = []
    private let terms: EnrolmentTerms
    private var linesByNIK: [NIK: Int] = [:]
    private var linesByNumber: [String: Int] = [:]
    /// NIKs of 16 digits, and those of them that end in 0.
    private var written = (all: 0, rounded: 0)

    /// Reads the file. Throws where it is no list at all; a row that is wrong is an outcome.
    init(path: String, terms: EnrolmentTerms) throws {
        self.terms = terms
        do { try read(ByteChunks(path: path)) } catch let error as StatementFileError {
            throw OperationsError("\(path) \(error.reason)")
        } catch { throw OperationsError("\(path): \(error)") }
    }

    init(bytes: [UInt8], terms: EnrolmentTerms) throws {
        self.terms = terms
        try read(ByteChunks(bytes: bytes))
    }

    private mutating func read(_ chunks: ByteChunks) throws {
        guard chunks.size <= Self.mostBytes else {
            throw OperationsError("has more than \(Self.mostBytes >> 20) MiB; split it")
        }
        let records = try EnrolmentRecords(chunks)
        guard let header = try records.header() else { throw OperationsError("holds no rows") }
        let layout: EnrolmentLayout
        do { layout = try EnrolmentLayout(header.cells) } catch {
            throw OperationsError("line \(header.line): \(error)")
        }
        while let found = try records.row(width: layout.width) {
            let row: EnrolmentRow? =
                switch found {
                case .broken(let line, let reason):
                    EnrolmentRow(line: line, outcome: .refused([EnrolmentFault(row: reason)]))
                case .row(let line): self.row(line, EnrolmentCells(records, layout))
                }
            guard let row else { continue }
            guard rows.count < Self.mostRows else {
                throw OperationsError("has more than \(Self.mostRows) rows; split it")
            }
            rows.append(row)
        }
        guard !rows.isEmpty else { throw OperationsError("holds no rows below its header") }
        // Spreadsheets keep 15 digits of a number: the last one of a NIK becomes 0, and it may be another person's.
        if written.all >= 10, written.rounded == written.all {
            throw OperationsError(
                "every NIK ends in 0: the spreadsheet has rounded them. Format the column as Text and enter them anew")
        }
    }

    /// Nil for a row without content and for a remark.
    private mutating func row(_ line: Int, _ cells: EnrolmentCells) -> EnrolmentRow? {
        if cells.isRemark { return nil }
        var faults = cells.faults
        func take<Value>(
            _ column: EnrolmentColumn, _ read: (String) throws(EnrolmentFault) -> Value
        ) -> Value? {
            guard let cell = cells.text(column) else {
                faults.append(EnrolmentFault(column, "Berisi karakter yang tidak dapat dibaca."))
                return nil
            }
            do throws(EnrolmentFault) { return try read(cell) } catch {
                faults.append(error)
                return nil
            }
        }
        count(cells.text(.nik) ?? "")
        let nik = take(.nik, EnrolmentValues.nik)
        let name = take(.name, EnrolmentValues.name)
        let phone = take(.phone, EnrolmentValues.phone)
        let programmes = take(.programmes, EnrolmentValues.programmes)
        let income = take(.income, EnrolmentValues.income)
        let occupation = take(.occupation, EnrolmentValues.occupation)
        let payer = take(.payer, EnrolmentValues.payer)
        let owner = take(.businessOwner) { cell throws(EnrolmentFault) in
            try EnrolmentValues.flag(.businessOwner, cell)
        }
        let consent = take(.consent) { cell throws(EnrolmentFault) in try EnrolmentValues.flag(.consent, cell) }
        let number = take(.number, EnrolmentValues.number)
        guard faults.isEmpty, let nik, let name, let programmes, let income, let occupation else {
            return EnrolmentRow(line: line, nik: nik, outcome: .refused(faults))
        }
        if let first = linesByNIK[nik] {
            return EnrolmentRow(line: line, nik: nik, outcome: .duplicate(.nik, line: first))
        }
        if let number = number ?? nil {
            if let first = linesByNumber[number] {
                return EnrolmentRow(line: line, nik: nik, outcome: .duplicate(.number, line: first))
            }
            linesByNumber[number] = line
        }
        linesByNIK[nik] = line
        let submission = ParticipantSubmitted(
            submissionID: .none, agentID: terms.agent, nik: nik, name: name, phone: phone ?? nil,
            programmes: programmes, monthlyIncome: income, occupation: occupation, branch: terms.branch,
            submittedOn: terms.on, firstMonth: terms.firstMonth, payerKind: payer ?? nil,
            businessOwner: owner ?? nil, consent: consent ?? nil)
        return EnrolmentRow(
            line: line, nik: nik, submission: EnrolmentNumbers.numbered(submission, number ?? nil), outcome: .good)
    }

    private mutating func count(_ nik: String) {
        let digits = EnrolmentValues.digits(nik)
        guard digits.utf8.count == NIK.digitCount, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return }
        written.all += 1
        if digits.hasSuffix("0") { written.rounded += 1 }
    }

    mutating func set(_ outcome: EnrolmentRow.Outcome, at index: Int) { rows[index].outcome = outcome }
}

/// The cells of one row.
private struct EnrolmentCells {
    private let records: EnrolmentRecords
    private let layout: EnrolmentLayout
    /// What is wrong with the row's form.
    let faults: [EnrolmentFault]
    /// Blank, or begins with #.
    let isRemark: Bool

    init(_ records: EnrolmentRecords, _ layout: EnrolmentLayout) {
        self.records = records
        self.layout = layout
        let fields = records.record.fields
        isRemark =
            records.cell(0)?.hasPrefix("#") == true || fields.allSatisfy(\.isEmpty)
            || fields.indices.allSatisfy { records.cell($0)?.isEmpty == true }
        var faults: [EnrolmentFault] = []
        if fields.count < layout.width {
            faults.append(EnrolmentFault(row: "Ada \(fields.count) kolom, seharusnya \(layout.width)."))
        } else if fields.indices.dropFirst(layout.width).contains(where: { records.cell($0)?.isEmpty != true }) {
            faults.append(
                EnrolmentFault(row: "Ada isi di luar \(layout.width) kolom; periksa pemisah kolom dan tanda kutip."))
        }
        self.faults = faults
    }

    /// Empty for a column that the file does not have; nil for a cell that cannot be read.
    func text(_ column: EnrolmentColumn) -> String? {
        guard let place = layout.places[column] else { return "" }
        return records.cell(place)
    }
}
