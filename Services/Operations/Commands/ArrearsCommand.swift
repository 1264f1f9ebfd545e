import ArgumentParser
import PaymentReconciler
import PerisaiModels

struct ArrearsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arrears",
        abstract: "Employers' unpaid months whose due date has passed, by age class, and who owes most.",
        discussion: """
            Classes by months unpaid: 1 to 3 lancar, 4 to 6 kurang_lancar, 7 to 9 macet, more kontinjensi; none stands \
            for late fines alone. Compared with the newest business date.
            """)

    @OptionGroup var database: DatabaseOptions

    @Option(name: .customLong("class"), help: "List only employers of this class.")
    var ageClass: ArrearsClass?

    @Option(help: "List at most so many employers, 0 to 10000.")
    var top = 20

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (0...ArrearsReport.mostListed).contains(top) else {
            throw ValidationError("--top must lie between 0 and \(ArrearsReport.mostListed)")
        }
    }

    func run() throws {
        let schema = PaymentReconcilerService().schema
        let connection = try database.connect(schema: schema, statementTimeout: .seconds(600))
        defer { connection.close() }
        guard let report = try ArrearsReport.make(connection, ageClass: ageClass, limit: top) else {
            throw OperationsError("no business date has started yet: run `perisai clock`")
        }
        Console.out(json ? Self.json(report) : Self.text(report))
    }

    private static func classes(_ report: ArrearsReport) -> Table {
        var table = Table([
            .init("Class"), .init("Employers", number: true), .init("Months", number: true),
            .init("Contributions", number: true), .init("Fines", number: true),
        ])
        for line in report.classes {
            table.append([
                line.ageClass.rawValue, "\(line.employers)", "\(line.months)", "\(line.amount)", "\(line.fines)",
            ])
        }
        return table
    }

    private static func employers(_ report: ArrearsReport) -> Table {
        var table = Table([
            .init("NPP"), .init("Class"), .init("Months", number: true), .init("Since"),
            .init("Contributions", number: true), .init("Fines", number: true),
        ])
        for line in report.employers {
            table.append([
                line.payer.npp?.text ?? line.payer.description, line.ageClass.rawValue, "\(line.months)",
                line.since?.description ?? "", "\(line.amount)", "\(line.fines)",
            ])
        }
        return table
    }

    static func text(_ report: ArrearsReport) -> String {
        let head = "Due before \(report.date)\n" + classes(report).text
        return report.employers.isEmpty ? head : head + "\n\n" + employers(report).text
    }

    static func json(_ report: ArrearsReport) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("business_date" as String)
        writer.string(report.date.description)
        writer.name("classes" as String)
        classes(report).write(to: &writer)
        writer.name("employers" as String)
        employers(report).write(to: &writer)
        writer.endObject()
        return writer.text
    }
}

extension ArrearsClass: ExpressibleByArgument {}
