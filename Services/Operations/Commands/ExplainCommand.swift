import ArgumentParser
import Foundation
import PaymentReconciler
import PerisaiModels
import Postgres

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tells in words what has happened, and why.",
        subcommands: [Payment.self, Commission.self])

    struct Payment: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "payment",
            abstract: "How a payment came, which rule decided, where every rupiah went, and who has done what.",
            discussion: "NIKs are masked. A reference may also be that of a notice or line that was further evidence.")

        @OptionGroup var database: DatabaseOptions

        @Argument(help: "The payment's id, or BANK/REFERENCE: 009/TX-1.")
        var payment: String

        @Flag(help: "Print JSON.")
        var json = false

        private enum Name {
            case id(UUID)
            case reference(BankCode, String)
        }

        private func name() throws -> Name {
            if let id = UUID(uuidString: payment) { return .id(id) }
            let parts = payment.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let bank = try? BankCode(parts[0]) else {
                throw ValidationError("give the payment's id, or the bank's 3 digits, / and its reference")
            }
            do { return .reference(bank, try PaymentReference(parts[1]).text) } catch {
                throw ValidationError("\(error)")
            }
        }

        func validate() throws { _ = try name() }

        func run() throws {
            let connection = try database.connect(
                schema: PaymentReconcilerService().schema, statementTimeout: .seconds(300))
            defer { connection.close() }
            let story: PaymentStory?
            switch try name() {
            case .id(let id): story = try PaymentStory.of(id, connection: connection)
            case .reference(let bank, let reference):
                story = try PaymentStory.of(bank: bank, reference: reference, connection: connection)
            }
            guard let story else { throw OperationsError("no payment \(payment) is known") }
            if json { Self.printJSON(story) } else { Self.printText(story) }
        }

        private static let headings = [
            ("came", "How it came"), ("group", "Group payment"), ("rule", "Which rule decided"),
            ("rejected", "What was not taken"), ("ledger", "Where each rupiah went"), ("cover", "Months"),
            ("evidence", "Evidence"), ("suspense", "Suspense"), ("reversal", "Reversal"),
            ("exception", "Exceptions"), ("proposal", "Proposals and decisions"), ("chain", "Proof"),
        ]

        private static func printText(_ story: PaymentStory) {
            Console.out("Payment \(story.paymentID.text)")
            for (topic, heading) in headings {
                let lines = story.lines.filter { $0.topic == topic }
                guard !lines.isEmpty else { continue }
                Console.out("\n\(heading)")
                for line in lines { Console.out("  \(line.text)") }
            }
        }

        private static func printJSON(_ story: PaymentStory) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("payment_id", story.paymentID)
            writer.name("story")
            writer.beginArray()
            for line in story.lines {
                writer.beginObject()
                writer.field("topic", line.topic)
                writer.field("text", line.text)
                writer.endObject()
            }
            writer.endArray()
            writer.name("movements")
            writer.beginArray()
            for movement in story.movements {
                writer.beginObject()
                writer.field("what", movement.what)
                writer.field("event_key", movement.eventKey)
                writer.field("account", LedgerAccountText.name(movement.account))
                writer.field("payer", movement.payer)
                writer.field("month", movement.month)
                writer.name("amount")
                writer.integer(movement.amount)
                writer.field("booked_on", movement.bookedOn)
                writer.field("chain", movement.chain.map(Int.init))
                writer.field("seq", movement.seq.map(Int.init))
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            Console.out(writer.text)
        }
    }
}
