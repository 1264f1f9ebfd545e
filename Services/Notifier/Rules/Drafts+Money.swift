import PerisaiModels

/// Receipts, reversals and statements (domain.md 8; a receipt is a required proof of payment).
extension NotifierInput {
    /// Months named in a receipt or a reversal: a year and the month it spills into.
    static let listedMonths = 13
    /// Lines of a statement in a message; the statement itself has them all.
    static let listedLines = 12

    private static func payerFields(_ payer: PayerNumber, bank: BankCode, reference: PaymentReference) -> Fields {
        Fields([
            "payer_label": payer.kpj == nil ? "NPP" : "KPJ", "payer": payer.text, "bank": bank.bankName ?? bank.text,
            "reference": IndonesianText.reference(reference.text),
        ])
    }

    private static func set(_ fields: inout Fields, _ texts: [String: String?]) {
        fields.merge(Fields(texts)) { $1 }
    }

    static func receipt(_ event: ContributionPosted) -> Draft {
        var fields = payerFields(event.payer, bank: event.bank, reference: event.reference)
        let until = event.protectedUntil
        set(
            &fields,
            [
                "amount": IndonesianText.money(event.amount), "booked_on": IndonesianText.date(event.bookedOn),
                "credited": event.credited.isZero ? nil : IndonesianText.money(event.credited),
                "protected_from": until == nil ? nil : event.protectedFrom.map(IndonesianText.date),
                "protected_until": until.map(IndonesianText.date),
            ])
        fields["from_suspense"] = .flag(event.fromSuspense)
        let months = event.allocations.map { part in
            var line = ["month": IndonesianText.month(part.month), "amount": IndonesianText.money(part.amount)]
            if !part.isSettled { line["outstanding"] = IndonesianText.money(part.outstanding) }
            return line
        }
        fields.setLines("months", months, limit: listedMonths)
        fields["fines"] = fines(event.fines)
        return Draft(.receipt, to: Recipient(event.payer), fields)
    }

    static func reversal(_ event: ContributionReversed) -> Draft {
        var fields = payerFields(event.payer, bank: event.bank, reference: event.reference)
        set(
            &fields,
            [
                "amount": IndonesianText.money(event.amount), "booked_on": IndonesianText.date(event.bookedOn),
                "credited": event.credited.isZero ? nil : IndonesianText.money(event.credited),
            ])
        let months = event.allocations.map {
            [
                "month": IndonesianText.month($0.month), "amount": IndonesianText.money($0.amount),
                "due": IndonesianText.money($0.outstanding),
            ]
        }
        fields.setLines("months", months, limit: listedMonths)
        fields["fines"] = fines(event.fines)
        return Draft(.reversal, to: Recipient(event.payer), fields)
    }

    /// Late fines that the money was counted for, or taken from: the message adds up with them.
    private static func fines(_ fines: [Allocation]?) -> FieldValue {
        .lines(
            (fines ?? []).prefix(listedMonths).map {
                ["month": IndonesianText.month($0.month), "amount": IndonesianText.money($0.amount)]
            })
    }

    /// What an employer has paid too little or too much (domain.md 3, S03c 4).
    static func difference(_ event: PaymentDifferent) -> Draft {
        let fields = Fields([
            "payer_label": event.payer.kpj == nil ? "NPP" : "KPJ", "payer": event.payer.text,
            "amount": IndonesianText.money(event.amount), "booked_on": IndonesianText.date(event.bookedOn),
        ])
        return Draft(event.kind == .under ? .paymentUnder : .paymentOver, to: Recipient(event.payer), fields)
    }

    /// Only what the payer must act on. Money of an unknown payer posts itself and then makes a receipt; a payment that
    /// is reported twice counts once and needs no message; reversals without a match are the bank's and ours to settle.
    static func exception(_ event: PaymentException) -> Draft? {
        guard let payer = event.payer else { return nil }
        let reason: String
        switch event.code {
        case .breakdownMismatch: reason = "rincian tidak sama dengan jumlah pembayaran"
        case .conflictingReference: reason = "nomor referensi bank sudah dipakai untuk pembayaran lain"
        case .unknownPayer, .duplicate, .reversalUnmatched, .reversalMismatch, .dateDiffers, .payerEnded, .ambiguous,
            .notInStatement, .creditLeft:
            return nil
        }
        var fields = payerFields(payer, bank: event.bank, reference: event.reference)
        set(
            &fields,
            [
                "amount": IndonesianText.money(event.amount), "booked_on": IndonesianText.date(event.bookedOn),
                "reason": reason,
            ])
        return Draft(.paymentUnposted, to: Recipient(payer), fields)
    }

    /// The monthly statement of an agent, and corrections of it (domain.md 1.3, 1.4).
    static func statement(_ event: StatementIssued) -> Draft {
        var fields = Fields([
            "agent_id": IndonesianText.reference(event.agentID.text), "month": IndonesianText.month(event.month),
            "scheme": name(event.scheme), "new_participants": IndonesianText.number(event.newParticipants),
            "contributions": IndonesianText.money(event.contributions.rupiah),
            "total": IndonesianText.money(event.total.rupiah),
            "agent_share": IndonesianText.money(event.agentShare.rupiah),
            "wadah_share": IndonesianText.money(event.wadahShare.rupiah),
            "issued_on": IndonesianText.date(event.issuedOn),
            "sequence": event.sequence == 0 ? nil : String(event.sequence),
        ])
        let lines = event.lines.map { line in
            var fields = [
                "label": name(line.label), "count": IndonesianText.number(line.count),
                "base": IndonesianText.money(line.base.rupiah), "amount": IndonesianText.money(line.amount.rupiah),
            ]
            fields["rate"] = line.ratePPM.map(IndonesianText.percent(partsPerMillion:))
            return fields
        }
        fields.setLines("lines", lines, limit: listedLines)
        return Draft(
            event.sequence == 0 ? .statement : .statementCorrection, to: .agent(event.agentID), fields)
    }
}
