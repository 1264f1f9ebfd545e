import ArgumentParser
import PaymentReconciler
import PerisaiModels

struct BillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bill",
        abstract: "What a payer owes: each programme with its regulation and the row of rates behind it, fine, paid.",
        discussion: "Without --month: every month that is open. A month that is not open yet is computed in advance.")

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "KPJ (11 digits), or NPP (8 digits, and -DDD for a division).")
    var payer: String

    @Option(help: "Contribution month, YYYY-MM.")
    var month: String?

    @Flag(help: "Print JSON.")
    var json = false

    private func number() throws -> PayerNumber {
        do {
            return payer.utf8.count == KPJ.digitCount ? .participant(try KPJ(payer)) : .employer(try NPP(payer))
        } catch { throw ValidationError("\(error)") }
    }

    private func chosen() throws -> ContributionMonth? {
        guard let month else { return nil }
        guard let found = ContributionMonth(parsing: month) else { throw ValidationError("--month must be YYYY-MM") }
        return found
    }

    func validate() throws {
        _ = try number()
        _ = try chosen()
    }

    func run() throws {
        let connection = try database.connect(schema: PaymentReconcilerService().schema)
        defer { connection.close() }
        let payer = try number()
        guard let bill = try PayerBill.of(payer, month: chosen(), connection: connection) else {
            throw OperationsError("\(payer) is not enrolled")
        }
        if json { Self.printJSON(bill) } else { Self.printText(bill) }
    }

    private static func printText(_ bill: PayerBill) {
        Console.out("\(bill.payer), virtual account \(bill.virtualAccount.text), credit \(bill.credit) rupiah")
        if bill.months.isEmpty, bill.sanctions.isEmpty { Console.out("Nothing is open.") }
        for month in bill.months {
            Console.out(
                "\n\(month.month): kode iuran \(month.kodeIuran?.text ?? "none"), due "
                    + "\(month.dueDate?.description ?? "unknown")\(month.due == nil ? ", not open yet" : "")")
            var table = Table([
                .init("Line"), .init("Rupiah", "amount", number: true), .init("Rule"), .init("Rates valid"),
            ])
            for line in month.lines {
                let through = line.validThrough?.description ?? "on"
                table.append([
                    line.programme.rawValue, "\(line.amount.amount)", line.regulation, "\(line.validFrom) – \(through)",
                ])
            }
            if month.fine > 0 {
                table.append(["late fine", "\(month.fine)", "PP 44/2015, \(month.monthsLate) months late", ""])
            }
            table.append(["due", "\((month.due ?? 0) + month.fine)"])
            table.append(["paid", "\(month.paid + month.finePaid)"])
            table.append(["outstanding", "\(month.outstanding)"])
            table.print(json: false)
            if let fault = month.fault { Console.out("No lines: \(fault)") }
            if month.differs {
                Console.out("The month was opened or changed under other terms or rates: the lines are today's.")
            }
        }
        guard !bill.sanctions.isEmpty else { return }
        Console.out("\nSanction fines (PP 86/2013), with the deposit of the month")
        var table = Table([
            .init("Month"), .init("Rupiah", "amount", number: true), .init("Paid", number: true),
            .init("Outstanding", number: true), .init("Imposed on"),
        ])
        for fine in bill.sanctions {
            table.append([
                "\(fine.month)", "\(fine.amount)", "\(fine.paid)", "\(fine.outstanding)", "\(fine.imposedOn)",
            ])
        }
        table.print(json: false)
    }

    private static func printJSON(_ bill: PayerBill) {
        var writer = JSONWriter()
        func money(_ name: StaticString, _ amount: Int64?) {
            writer.name(name)
            if let amount { writer.integer(amount) } else { writer.null() }
        }
        writer.beginObject()
        writer.field("payer", bill.payer)
        writer.field("virtual_account", bill.virtualAccount)
        money("credit", bill.credit)
        writer.name("months")
        writer.beginArray()
        for month in bill.months {
            writer.beginObject()
            writer.field("month", month.month)
            writer.field("kode_iuran", month.kodeIuran)
            writer.field("due_date", month.dueDate)
            writer.name("lines")
            writer.beginArray()
            for line in month.lines {
                writer.beginObject()
                writer.field("programme", line.programme)
                money("amount", line.amount.amount)
                money("employer_share", line.employerShare?.amount)
                writer.field("regulation", line.regulation)
                writer.field("valid_from", line.validFrom)
                writer.field("valid_through", line.validThrough)
                writer.endObject()
            }
            writer.endArray()
            money("due", month.due)
            money("paid", month.paid)
            money("fine", month.fine)
            money("fine_paid", month.finePaid)
            money("outstanding", month.outstanding)
            writer.field("lines_differ", month.differs)
            writer.endObject()
        }
        writer.endArray()
        writer.name("sanction_fines")
        writer.beginArray()
        for fine in bill.sanctions {
            writer.beginObject()
            writer.field("month", fine.month)
            money("amount", fine.amount)
            money("paid", fine.paid)
            money("outstanding", fine.outstanding)
            writer.field("imposed_on", fine.imposedOn)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        Console.out(writer.text)
    }
}
