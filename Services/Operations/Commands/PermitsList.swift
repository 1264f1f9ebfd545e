import EnrollmentIntake
import PerisaiModels

/// Permit applications for people, or as JSON. No NIK is shown: a statement of readiness is counted, and a tax number is
/// shown as its own type masks it.
enum PermitsList {
    static func table(of items: [PermitDesk.Item], today: CivilDate?) -> Table {
        var table = Table([
            .init("Office"), .init("Application", "application_id"), .init("NIB"), .init("Firm"), .init("Kind"),
            .init("State"), .init("Missing"), .init("Decided on"), .init("Until"), .init("Overdue"),
            .init("Reminder on"),
        ])
        for item in items {
            table.append([
                item.office, item.applicationID, item.nib.text, item.application?.employerName ?? "",
                item.application?.kind.rawValue ?? "", "\(item.stage)",
                item.missing.map(\.rawValue).joined(separator: ","), "\(item.decidedOn)",
                item.until?.description ?? "", item.isOverdue(on: today) ? "yes" : "", item.nextOn?.description ?? "",
            ])
        }
        return table
    }

    static func text(of item: PermitDesk.Item, today: CivilDate?) -> String {
        var lines = ["Application \(item.applicationID) at \(item.office): \(item.stage) since \(item.decidedOn)"]
        lines.append("Answer: \(item.answer.isEmpty ? "none yet" : item.answer)")
        for code in item.missing { lines.append("  \(code.rawValue): \(meaning(code))") }
        if let until = item.until {
            lines.append("Deadline: \(until)\(item.isOverdue(on: today) ? ", overdue" : "")")
        }
        if let next = item.nextOn { lines.append("Reminder on: \(next)") }
        if let valid = item.validUntil { lines.append("Permit valid until: \(valid)") }
        lines.append("NIB: \(item.nib.text)")
        guard let application = item.application else { return lines.joined(separator: "\n") + "\nNot applied yet" }
        lines.append("Firm: \(application.employerName)")
        lines.append("Kind: \(application.kind.rawValue), applied on \(application.appliedOn)")
        if let npp = application.npp { lines.append("NPP: \(npp.text)") }
        if let npwp = application.npwp { lines.append("NPWP: \(npwp)") }
        lines.append("Workers declared: \(application.workersDeclared)")
        if let wages = application.wagesDeclared { lines.append("Wages declared: \(wages) a month") }
        if let size = application.size { lines.append("Size: \(size.rawValue)") }
        if let kbli = application.kbli { lines.append("KBLI: \(kbli)") }
        if let readiness = application.readiness {
            lines.append("Statement of readiness: \(readiness.signedOn), \(readiness.workers.count) workers listed")
        }
        if let url = application.callbackURL { lines.append("Answers go to: \(url.host)") }
        return lines.joined(separator: "\n")
    }

    private static func meaning(_ code: MissingCondition.Code) -> String {
        switch code {
        case .notRegistered: "nobody is registered under its numbers, and no statement of readiness counts"
        case .workersMissing: "the statement of readiness lists fewer workers than declared"
        case .firstPaymentMissing: "the office demands the first payment"
        case .identityMismatch: "its numbers name different firms"
        case .partialWorkers: "fewer workers are registered than declared"
        case .partialWages: "less wages are registered than declared"
        case .arrears: "a renewal, and contributions or fines are overdue"
        case .servicesWithheld: "public services are withheld from the firm (PP 86/2013 Art. 8)"
        }
    }
}
