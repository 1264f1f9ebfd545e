import ArgumentParser
import PaymentReconciler
import PerisaiModels
import Worker

import struct Foundation.UUID

extension ExceptionsCommand {
    struct Assign: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives an exception to someone.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The exception's id, or its first 8 digits and more.") var id: String
        @Option(help: "Who shall settle it.") var to: String

        func validate() throws {
            _ = try wrongUse { try (IdentifierPrefix(id), OperatorName(to)) }
        }

        func run() throws {
            let connection = try database.reconciler()
            defer { connection.close() }
            let found = try ExceptionQueue.caseID(IdentifierPrefix(id), on: connection)
            let owner = try OperatorName(to)
            try ExceptionDesk(connection).assign(found, to: owner, by: actor.name())
            Console.out("\(found.text) is \(owner)'s")
        }
    }

    struct Propose: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes how an exception is settled; someone else approves it.",
            discussion: """
                perisai exceptions propose ID match --payer KPJ-OR-NPP --reason TEXT
                perisai exceptions propose ID write-off|refund|unmatch|note --reason TEXT
                perisai exceptions propose --payment PAYMENT-ID unmatch --reason TEXT
                """)

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The exception's id and the action; the action alone with --payment.") var words: [String]
        @Option(help: "A payment to unmatch that has no exception.") var payment: String?
        @Option(help: "Of a match: KPJ, or NPP with its division.") var payer: String?
        @Option(help: "Why, without a NIK.") var reason: String

        /// What the words stand for.
        struct Wish {
            let prefix: IdentifierPrefix
            let isPayment: Bool
            let action: ResolutionAction
            let payer: PayerNumber?
            let reason: DeskReason
        }

        func wish() throws -> Wish {
            guard words.count == (payment == nil ? 2 : 1), let last = words.last else {
                throw ValidationError("give ID ACTION, or --payment PAYMENT-ID unmatch")
            }
            guard let action = ResolutionAction(rawValue: last) else {
                let all = ResolutionAction.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(last) is no action; there are \(all)")
            }
            if payment != nil, action != .unmatch { throw ValidationError("--payment is for unmatch alone") }
            if action == .match, payer == nil { throw ValidationError("a match needs --payer") }
            if action != .match, payer != nil { throw ValidationError("--payer is for a match alone") }
            return try wrongUse {
                Wish(
                    prefix: try IdentifierPrefix(payment ?? words[0]), isPayment: payment != nil, action: action,
                    payer: try payer.map { try PayerNumber(operatorText: $0) }, reason: try DeskReason(reason))
            }
        }

        func validate() throws { _ = try wish() }

        func run() throws {
            let wish = try wish()
            let connection = try database.reconciler()
            defer { connection.close() }
            let target: ExceptionDesk.Target =
                wish.isPayment
                ? .payment(try ExceptionQueue.paymentID(wish.prefix, on: connection))
                : .exception(try ExceptionQueue.caseID(wish.prefix, on: connection))
            let id = try ExceptionDesk(connection).propose(
                wish.action, for: target, payer: wish.payer, reason: wish.reason, by: actor.name())
            Console.out("proposal \(id.text) waits for someone else: perisai exceptions approve \(id.text)")
        }
    }

    struct Approve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approves what someone else has proposed; the reconciler applies it.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The proposal's id, or its first 8 digits and more.") var proposal: String

        func validate() throws { _ = try wrongUse { try IdentifierPrefix(proposal) } }

        func run() throws {
            let connection = try database.reconciler()
            defer { connection.close() }
            let id = try ExceptionQueue.proposalID(IdentifierPrefix(proposal), on: connection)
            try ExceptionDesk(connection).approve(id, by: actor.name())
            Console.out("\(id.text) is approved")
        }
    }

    struct Reject: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Rejects what someone else has proposed.")

        @OptionGroup var database: DatabaseOptions
        @OptionGroup var actor: Actor
        @Argument(help: "The proposal's id, or its first 8 digits and more.") var proposal: String
        @Option(help: "Why, without a NIK.") var reason: String

        func validate() throws { _ = try wrongUse { try (IdentifierPrefix(proposal), DeskReason(reason)) } }

        func run() throws {
            let connection = try database.reconciler()
            defer { connection.close() }
            let id = try ExceptionQueue.proposalID(IdentifierPrefix(proposal), on: connection)
            try ExceptionDesk(connection).reject(id, by: actor.name(), reason: DeskReason(reason))
            Console.out("\(id.text) is rejected; its exception stays open")
        }
    }
}
