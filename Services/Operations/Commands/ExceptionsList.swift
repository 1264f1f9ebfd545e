import PaymentReconciler
import PerisaiModels
import Worker

/// Exceptions for people, or as JSON.
struct ExceptionList {
    let today: CivilDate
    let items: [ExceptionItem]
    let sums: [ExceptionQueue.Sum]

    var table: Table {
        var table = Table([
            .init("Exception", "exception_id"), .init("Code"), .init("Amount", number: true), .init("Payer"),
            .init("Bank"), .init("Reference"), .init("Opened on"), .init("Days", number: true),
            .init("Working days", number: true), .init("Deadline"), .init("Overdue"), .init("Level"), .init("Owner"),
            .init("Payment", "payment_id"),
        ])
        for item in items {
            table.append([
                item.id.text, item.code.rawValue, "\(item.amount.amount)", item.payer?.text ?? "", item.bank.text,
                Redaction.redact(item.reference), "\(item.openedOn)", "\(item.days(on: today))",
                "\(item.workingDays(on: today))", "\(item.deadline)", item.isOverdue(on: today) ? "yes" : "",
                item.level.title, item.owner ?? "", item.paymentID.text,
            ])
        }
        return table
    }

    var summary: Table {
        var table = Table([
            .init("Code"), .init("Open", number: true), .init("Amount", number: true), .init("Overdue", number: true),
            .init("Oldest"), .init("Remedy"),
        ])
        for sum in sums {
            table.append([
                sum.code.rawValue, "\(sum.count)", "\(sum.amount.amount)", "\(sum.overdue)", "\(sum.oldest)",
                ExceptionPolicy(of: sum.code).remedy,
            ])
        }
        return table
    }

    var text: String {
        if sums.isEmpty { return "no open exceptions on \(today)" }
        let all = sums.reduce(0) { $0 + $1.count }
        let shown = items.count < all ? "\(items.count) of \(all) shown\n" : ""
        return "\(table.text)\n\(shown)\nOpen on \(today)\n\(summary.text)"
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("on")
        writer.string("\(today)")
        writer.name("exceptions")
        table.write(to: &writer)
        writer.name("by_code")
        summary.write(to: &writer)
        writer.endObject()
        return writer.text
    }

    func print(json: Bool) { Console.out(json ? self.json : text) }

    static func table(of section: ExceptionStory.Section) -> Table {
        var table = Table(section.columns.map { .init($0) })
        for row in section.rows { table.append(row) }
        return table
    }

    static func text(of story: ExceptionStory, today: CivilDate) -> String {
        let item = story.item
        let policy = ExceptionPolicy(of: item.code)
        var lines = [
            "Exception \(item.id.text): \(item.code.rawValue), \(item.amount)", policy.meaning,
            policy.meaningInIndonesian, "Remedy: \(policy.remedy)",
            "Actions: \(policy.actions.map(\.rawValue).joined(separator: ", "))",
            "Payer: \(item.payer?.description ?? "not known")",
            "Opened on \(item.openedOn), \(item.days(on: today)) days ago (\(item.workingDays(on: today)) worked)",
        ]
        if let resolution = item.resolution {
            lines.append("Settled: \(resolution) on \(item.resolvedOn?.description ?? "?")")
        } else {
            let late = item.isOverdue(on: today) ? ", overdue" : ""
            lines.append(
                "Deadline \(item.deadline)\(late); with the \(item.level.title), owner \(item.owner ?? "none")")
        }
        for section in story.sections { lines += ["", section.title, table(of: section).text] }
        return lines.joined(separator: "\n")
    }
}
