import PerisaiModels

/// Agents and wadah: gates, standing, end and return of an agency, incentives and their payment (domain.md 1).
extension NotifierInput {
    /// Lines of a statement in a message; the statement itself has them all.
    static let listedLines = 12

    static func activated(_ event: AgentActivated) -> Draft {
        Draft(
            .agentActivated, to: .agent(event.agentID),
            Fields([
                "agent_id": .reference(event.agentID.text), "wadah_id": .reference(event.wadahID.text),
                "branch": .text(event.branch.text), "activated_on": .date(event.activatedOn),
                "contract_until": event.contractUntil.map(FieldValue.date),
            ]))
    }

    /// Of a first application, or of a renewal: then the reasons say until when the present contract holds.
    static func refused(_ event: AgentRefused) -> Draft {
        var values: [String: FieldValue?] = [
            "agent_id": .reference(event.agentID.text), "decided_on": .date(event.decidedOn),
        ]
        values.merge(reasons(event.reasons)) { $1 }
        return Draft(.agentRefused, to: .agent(event.agentID), Fields(values))
    }

    static func standing(_ event: AgentStandingChanged) -> Draft {
        Draft(
            .agentStanding, to: .agent(event.agentID),
            Fields([
                "agent_id": .reference(event.agentID.text), "active": .flag(event.standing == .active),
                "reason": .sentence(event.reason), "until": event.until.map(FieldValue.date),
                "changed_on": .date(event.changedOn),
            ]))
    }

    static func credentialed(_ event: AgentCredentialed) -> Draft {
        Draft(
            .agentCredentialed, to: .agent(event.agentID),
            Fields([
                "agent_id": .reference(event.agentID.text), "wadah_id": .reference(event.wadahID.text),
                "certificate": .reference(event.certificate.text),
                "identity_card": .reference(event.identityCard.text),
                "assignment_letter": .reference(event.assignmentLetter.text), "valid_until": .date(event.validUntil),
                "issued_on": .date(event.issuedOn),
            ]))
    }

    static func agency(_ event: AgencyChanged) -> Draft {
        let kind: MessageKind =
            switch event.change {
            case .idleOnce: .idle1
            case .idleTwice: .idle2
            case .ended: .agencyEnded
            case .dismissed: .agencyDismissed
            case .reactivated: .agencyReactivated
            }
        return Draft(
            kind, to: .agent(event.agentID),
            Fields([
                "agent_id": .reference(event.agentID.text), "wadah_id": .reference(event.wadahID.text),
                "branch": .text(event.branch.text), "reason": .sentence(event.reason),
                "changed_on": .date(event.changedOn), "month": .month(event.changedOn.contributionMonth),
                "reentry_from": event.reentryFrom.map(FieldValue.date),
                "contract_until": event.contractUntil.map(FieldValue.date),
            ]))
    }

    static func wadah(_ event: WadahChanged) -> Draft {
        let change: FieldValue =
            switch event.change {
            case .contracted: .phrase("perjanjian (PKS) berlaku", "the contract (PKS) is in force")
            case .belowMinimum:
                .phrase("jumlah agen di bawah ketentuan", "fewer agents than the scheme asks for")
            case .contractEnds: .phrase("perjanjian (PKS) segera berakhir", "the contract (PKS) ends soon")
            case .ended: .phrase("perjanjian (PKS) berakhir", "the contract (PKS) has ended")
            }
        return Draft(
            .wadahNotice, to: .wadah(event.wadahID),
            Fields([
                "wadah_id": .reference(event.wadahID.text), "name": .name(event.name), "change": change,
                "reason": .sentence(event.reason), "changed_on": .date(event.changedOn),
                "contract_until": event.contractUntil.map(FieldValue.date),
            ]))
    }

    /// The monthly statement of an agent, and corrections of it (domain.md 1.3, 1.4).
    static func statement(_ event: StatementIssued) -> Draft {
        var fields = Fields([
            "agent_id": .reference(event.agentID.text), "month": .month(event.month), "scheme": .name(event.scheme),
            "new_participants": .number(event.newParticipants),
            "contributions": .money(event.contributions.rupiah), "total": .money(event.total.rupiah),
            "agent_share": .money(event.agentShare.rupiah), "wadah_share": .money(event.wadahShare.rupiah),
            "issued_on": .date(event.issuedOn),
            "sequence": event.sequence == 0 ? nil : .text(String(event.sequence)),
        ])
        let lines = event.lines.map { line in
            var values: [String: FieldValue] = [
                "label": .name(line.label), "count": .number(line.count), "base": .money(line.base.rupiah),
                "amount": .money(line.amount.rupiah),
            ]
            values["rate"] = line.ratePPM.map { .text(IndonesianText.percent(partsPerMillion: $0)) }
            return values
        }
        fields.setLines("lines", lines, limit: listedLines)
        return Draft(event.sequence == 0 ? .statement : .statementCorrection, to: .agent(event.agentID), fields)
    }

    static func dispute(_ event: DisputeChanged) -> Draft {
        let state: FieldValue =
            switch event.state {
            case .held: .phrase("sedang diperiksa", "under review")
            case .upheld: .phrase("perhitungan semula tetap", "the statement stands")
            case .corrected: .phrase("dikoreksi", "corrected")
            }
        return Draft(
            .dispute, to: .agent(event.agentID),
            Fields([
                "agent_id": .reference(event.agentID.text), "dispute": .prefix(event.disputeID.text),
                "month": .month(event.month), "state": state,
                "held": event.state == .held ? .money(event.held.rupiah) : nil,
                "correction": event.state == .corrected ? .money(event.correction.rupiah) : nil,
                "reason": .sentence(event.reason), "changed_on": .date(event.changedOn),
            ]))
    }

    /// What the bank has done; orders and new attempts are inner affairs.
    static func payout(_ event: PayoutChanged) -> Draft? {
        let kind: MessageKind
        switch event.state {
        case .paid: kind = .payoutPaid
        case .rejected, .returned: kind = .payoutRejected
        case .ordered, .replaced, .released: return nil
        }
        let recipient = event.agentID.map { Recipient.agent($0) } ?? event.wadahID.map { .wadah($0) }
        guard let recipient else { return nil }
        return Draft(
            kind, to: recipient,
            Fields([
                "payee": .reference(event.payeeID), "month": .month(event.month), "gross": .money(event.gross),
                "tax": .money(event.tax), "net": .money(event.net), "returned": .flag(event.state == .returned),
                "reason": event.reason == "-" ? nil : .sentence(event.reason), "changed_on": .date(event.changedOn),
            ]))
    }
}
