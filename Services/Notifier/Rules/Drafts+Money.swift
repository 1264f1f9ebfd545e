import PerisaiModels

/// Receipts, reversals and what could not be posted (domain.md 8; a receipt is a required proof of payment).
extension NotifierInput {
    /// Months named in a receipt or a reversal: a year and the month it spills into.
    static let listedMonths = 13

    static func payerFields(_ payer: PayerNumber) -> [String: FieldValue?] {
        ["payer_label": .text(payer.kpj == nil ? "NPP" : "KPJ"), "payer": .text(payer.text)]
    }

    private static func bankFields(
        _ payer: PayerNumber, bank: BankCode, reference: PaymentReference
    ) -> [String: FieldValue?] {
        var fields = payerFields(payer)
        fields["bank"] = .text(bank.bankName ?? bank.text)
        fields["reference"] = .reference(reference.text)
        return fields
    }

    static func receipt(_ event: ContributionPosted) -> Draft {
        var values = bankFields(event.payer, bank: event.bank, reference: event.reference)
        values["amount"] = .money(event.amount)
        values["booked_on"] = .date(event.bookedOn)
        values["credited"] = .owed(event.credited)
        if let from = event.protectedFrom, let until = event.protectedUntil {
            values["protected_from"] = .date(from)
            values["protected_until"] = .date(until)
        }
        values["from_suspense"] = .flag(event.fromSuspense)
        values["fines"] = fines(event.fines)
        values["sanction_fines"] = fines(event.sanctionFines)
        var fields = Fields(values)
        let months = event.allocations.map { part in
            var line: [String: FieldValue] = ["month": .month(part.month), "amount": .money(part.amount)]
            if !part.isSettled { line["outstanding"] = .money(part.outstanding) }
            return line
        }
        fields.setLines("months", months, limit: listedMonths)
        return Draft(.receipt, to: Recipient(event.payer), fields)
    }

    static func reversal(_ event: ContributionReversed) -> Draft {
        var values = bankFields(event.payer, bank: event.bank, reference: event.reference)
        values["amount"] = .money(event.amount)
        values["booked_on"] = .date(event.bookedOn)
        values["credited"] = .owed(event.credited)
        values["fines"] = fines(event.fines)
        values["sanction_fines"] = fines(event.sanctionFines)
        var fields = Fields(values)
        let months: [[String: FieldValue]] = event.allocations.map {
            ["month": .month($0.month), "amount": .money($0.amount), "due": .money($0.outstanding)]
        }
        fields.setLines("months", months, limit: listedMonths)
        return Draft(.reversal, to: Recipient(event.payer), fields)
    }

    /// Fines that the money was counted for, or taken from: the message adds up with them.
    private static func fines(_ fines: [Allocation]?) -> FieldValue {
        .lines((fines ?? []).prefix(listedMonths).map { ["month": .month($0.month), "amount": .money($0.amount)] })
    }

    /// What an employer has paid too little or too much (domain.md 3, S03c 4).
    static func difference(_ event: PaymentDifferent) -> Draft {
        var values = payerFields(event.payer)
        values["amount"] = .money(event.amount)
        values["booked_on"] = .date(event.bookedOn)
        return Draft(event.kind == .under ? .paymentUnder : .paymentOver, to: Recipient(event.payer), Fields(values))
    }

    /// Only what the payer must act on. Money of an unknown payer posts itself and then makes a receipt; a payment that
    /// is reported twice counts once and needs no message; reversals without a match are the bank's and ours to settle.
    static func exception(_ event: PaymentException) -> Draft? {
        guard let payer = event.payer else { return nil }
        let reason: FieldValue
        switch event.code {
        case .breakdownMismatch:
            reason = .phrase(
                "rincian tidak sama dengan jumlah pembayaran", "the parts do not add up to the amount paid")
        case .conflictingReference:
            reason = .phrase(
                "nomor referensi bank sudah dipakai untuk pembayaran lain",
                "the bank's reference was used for another payment")
        case .unknownPayer, .duplicate, .reversalUnmatched, .reversalMismatch, .dateDiffers, .payerEnded, .ambiguous,
            .notInStatement, .creditLeft:
            return nil
        }
        var values = bankFields(payer, bank: event.bank, reference: event.reference)
        values["amount"] = .money(event.amount)
        values["booked_on"] = .date(event.bookedOn)
        values["reason"] = reason
        return Draft(.paymentUnposted, to: Recipient(payer), Fields(values))
    }

    /// To the staff that the level names; `branch` is the payer's.
    static func escalated(_ event: ExceptionEscalated, to branch: BranchCode?) -> Draft {
        Draft(
            .exceptionEscalated, to: .branch(event.desk(branch: branch)),
            Fields([
                "exception": .prefix(event.exceptionID.text), "code": .text(event.code.rawValue),
                "amount": .money(event.amount), "payer": event.payer.map { .text($0.text) },
                "owner": event.owner.map(FieldValue.name), "opened_on": .date(event.openedOn),
                "deadline": .date(event.deadline), "level": .number(event.level),
                "escalated_on": .date(event.escalatedOn),
            ]))
    }
}
