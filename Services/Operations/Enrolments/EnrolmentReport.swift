import Foundation
import PerisaiModels

/// What became of each row: for the operator on the terminal, for the agent as a file. NIKs are masked.
struct EnrolmentReport {
    let rows: [EnrolmentRow]

    /// One row of the list as it is told.
    private struct Told {
        var outcome: String
        var kpj = ""
        var field = ""
        var codes = ""
        var reason = ""
    }

    /// Rows by outcome, in the order of `outcomes`.
    var totals: [(outcome: String, count: Int)] {
        var counts: [String: Int] = [:]
        for row in rows { counts[Self.told(row).outcome, default: 0] += 1 }
        return Self.outcomes.compactMap { name in counts[name].map { (name, $0) } }
    }

    static let outcomes = ["good", "sent", "enrolled", "refused", "duplicate", "rejected", "waiting", "unanswered"]

    /// Rows that need somebody: everything but good, sent and enrolled.
    var open: [EnrolmentRow] { rows.filter { !Self.isAccepted($0) } }

    private static func isAccepted(_ row: EnrolmentRow) -> Bool {
        switch row.outcome {
        case .good, .sent, .enrolled: true
        default: false
        }
    }

    static func table(_ rows: some Sequence<EnrolmentRow>) -> Table {
        var table = Table([
            .init("Line", number: true), .init("NIK"), .init("Outcome"), .init("KPJ"), .init("Field"), .init("Codes"),
            .init("Reason"), .init("Submission"),
        ])
        for row in rows {
            let told = told(row)
            table.append([
                "\(row.line)", row.nik?.masked ?? "", told.outcome, told.kpj, told.field, told.codes, told.reason,
                row.submission?.submissionID.text ?? "",
            ])
        }
        return table
    }

    private static func told(_ row: EnrolmentRow) -> Told {
        switch row.outcome {
        case .refused(let faults):
            Told(
                outcome: "refused", field: joined(faults.map(\.field)),
                reason: faults.map { faults.count == 1 ? $0.reason : "\($0.field): \($0.reason)" }
                    .joined(separator: " "))
        case .duplicate(let column, let line):
            Told(outcome: "duplicate", field: column.rawValue, reason: "Sama dengan baris \(line).")
        case .good: Told(outcome: "good")
        case .sent: Told(outcome: "sent")
        case .enrolled(let kpj, let returning):
            Told(outcome: "enrolled", kpj: kpj.text, reason: returning ? "Peserta kembali." : "")
        case .rejected(let reasons):
            Told(
                outcome: "rejected", field: joined(reasons.map(\.field)), codes: joined(reasons.map(\.code)),
                reason: reasons.map(\.text).joined(separator: " "))
        case .waiting:
            Told(outcome: "waiting", reason: "Menunggu agen sendiri terdaftar sebagai peserta.")
        case .unanswered: Told(outcome: "unanswered", reason: "Terkirim, belum ada jawaban.")
        }
    }

    private static func joined(_ texts: [String]) -> String {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }.joined(separator: ",")
    }

    /// Writes every row: CSV, or JSON by the name .json.
    func write(to path: String) throws {
        let table = Self.table(rows)
        var text = ""
        if path.lowercased().hasSuffix(".json") {
            var writer = JSONWriter()
            table.write(to: &writer)
            text = writer.text + "\n"
        } else {
            text = table.csv
        }
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw OperationsError("--report: \(path) cannot be written")
        }
    }

    func json(file: String, terms: EnrolmentTerms, by: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("file", URL(fileURLWithPath: file).lastPathComponent)
        writer.field("agent_id", terms.agent)
        writer.field("branch", terms.branch)
        writer.field("submitted_on", terms.on)
        writer.field("first_month", terms.firstMonth)
        writer.field("by", by)
        writer.field("rows", rows.count)
        writer.name("totals" as StaticString)
        writer.beginObject()
        for (outcome, count) in totals {
            writer.name(outcome)
            writer.integer(Int64(count))
        }
        writer.endObject()
        writer.name("not_accepted" as StaticString)
        Self.table(open).write(to: &writer)
        writer.endObject()
        return writer.text
    }
}
