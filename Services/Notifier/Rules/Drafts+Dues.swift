import PerisaiModels

/// Reminders, arrears, cover and late fines (domain.md 2.3, 2.4, 3).
extension NotifierInput {
    /// Not sent once the due date has passed.
    static func reminder(_ event: ContributionReminded) -> Draft {
        let kind: MessageKind =
            event.payer.kpj != nil
            ? .reminderParticipant : event.kind == .bill ? .reminderBill : .reminderEmployer
        var values = payerFields(event.payer)
        values["month"] = .month(event.month)
        values["amount"] = .money(event.amount)
        values["kode_iuran"] = event.kodeIuran.map { .text($0.text) }
        values["due_on"] = .date(event.dueOn)
        return Draft(kind, to: Recipient(event.payer), expiresOn: event.dueOn, Fields(values))
    }

    /// Of a participant: one to three months of grace, the lapse, and the return (Perdir 22/PERDIR.02/072022). An
    /// employer's months are told by `ArrearsChanged`.
    static func cover(_ event: CoverChanged) -> Draft? {
        guard event.payer.kpj != nil else { return nil }
        let kind: MessageKind
        switch (event.status, event.unpaidMonths) {
        case (.grace, 1): kind = .arrears1
        case (.grace, 2): kind = .arrears2
        case (.grace, 3): kind = .arrears3
        case (.lapsed, _): kind = .lapse
        case (.returned, _): kind = .coverReturned
        case (.grace, _), (.awaited, _), (.active, _), (.exited, _): return nil
        }
        var values = payerFields(event.payer)
        values["months"] = .number(event.unpaidMonths)
        values["unpaid_since"] = event.unpaidSince.map(FieldValue.month)
        values["payable_until"] = event.payableUntil.map(FieldValue.date)
        values["protected_until"] = event.protectedUntil.map(FieldValue.date)
        values["changed_on"] = .date(event.changedOn)
        return Draft(
            kind, to: Recipient(event.payer), expiresOn: event.status == .grace ? event.payableUntil : nil,
            Fields(values))
    }

    /// Of an employer, in months 1 to 3; then warnings speak.
    static func arrears(_ event: ArrearsChanged) -> Draft? {
        guard event.payer.kpj == nil, (1...3).contains(event.unpaidMonths) else { return nil }
        var values = payerFields(event.payer)
        values["months"] = .number(event.unpaidMonths)
        values["amount"] = .money(event.amount)
        values["fines"] = .owed(event.fines)
        values["unpaid_since"] = event.unpaidSince.map(FieldValue.month)
        values["changed_on"] = .date(event.changedOn)
        return Draft(.arrearsEmployer, to: Recipient(event.payer), Fields(values))
    }

    /// Nothing is said of a fine that a reversal has cancelled: the reversal has its own message.
    static func fine(_ event: FineAssessed) -> Draft? {
        guard !event.amount.isZero else { return nil }
        var values = payerFields(event.payer)
        values["month"] = .month(event.month)
        values["amount"] = .money(event.amount)
        values["months_late"] = .number(event.monthsLate)
        values["due_on"] = .date(event.dueOn)
        values["settled_on"] = .date(event.settledOn)
        return Draft(.lateFine, to: Recipient(event.payer), Fields(values))
    }

    /// A step of PP 86/2013. Without an NPP nobody is known who could be told by message: letters do it.
    static func enforcement(_ event: EnforcementStepped) -> Draft? {
        guard let npp = event.npp else { return nil }
        let kind: MessageKind =
            switch event.step {
            case .warning1: .warning1
            case .warning2: .warning2
            case .fine: .sanctionFine
            case .servicesWithheld: .servicesWithheld
            case .inspector: .handedToInspector
            case .prosecutor: .handedToProsecutor
            case .lifted: .enforcementLifted
            }
        return Draft(
            kind, to: .employer(npp),
            Fields([
                "npp": .text(npp.text), "employer": .name(event.employerName), "case": .prefix(event.caseID.text),
                "months": .some(event.unpaidMonths), "arrears": .owed(event.arrears),
                "late_fines": .owed(event.lateFines), "sanction_fine": .owed(event.sanctionFine),
                "deadline": event.deadline.map(FieldValue.date), "legal_ground": .sentence(event.legalGround),
                "remedy": .sentence(event.remedy), "stepped_on": .date(event.steppedOn),
            ]))
    }
}
