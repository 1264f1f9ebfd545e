import PerisaiModels

import struct Foundation.UUID

/// Agents, wadah and their incentives.
extension Samples {
    static var agents: [NotifierInput] {
        var activated = AgentActivated.sample
        activated.contractUntil = .sample
        var bareActivated = activated
        bareActivated.contractUntil = nil
        let standings = [AgentStanding.suspended, .active].map { standing in
            var changed = AgentStandingChanged.sample
            changed.standing = standing
            changed.reason = standing == .active ? shortSentence : longSentence
            changed.until = standing == .active ? nil : .sample
            return NotifierInput.agentStandingChanged(changed)
        }
        let agencies = AgencyChange.allCases.flatMap { change in
            var changed = AgencyChanged.sample
            changed.change = change
            changed.reason = longSentence
            changed.reentryFrom = .sample
            changed.contractUntil = .sample
            var bare = changed
            bare.reason = shortSentence
            bare.reentryFrom = nil
            bare.contractUntil = nil
            return [NotifierInput.agencyChanged(changed), .agencyChanged(bare)]
        }
        let wadah = WadahChange.allCases.flatMap { change in
            var changed = WadahChanged.sample
            changed.change = change
            changed.name = longName
            changed.reason = longSentence
            changed.contractUntil = .sample
            var bare = changed
            bare.reason = shortSentence
            bare.contractUntil = nil
            return [NotifierInput.wadahChanged(changed), .wadahChanged(bare)]
        }
        return [.agentActivated(activated), .agentActivated(bareActivated), .agentCredentialed(.sample)]
            + standings + agencies + wadah
    }

    static var incentives: [NotifierInput] {
        let disputes = DisputeState.allCases.map { state in
            var changed = DisputeChanged.sample
            changed.state = state
            changed.reason = longSentence
            return NotifierInput.disputeChanged(changed)
        }
        var payouts: [NotifierInput] = []
        for kind in PayeeKind.allCases {
            for state in PayoutState.allCases {
                var changed = PayoutChanged.sample
                changed.payeeKind = kind
                changed.payeeID = kind == .agent ? AgentID.sample.text : WadahID.sample.text
                changed.state = state
                changed.reason = kind == .agent ? longSentence : "-"
                payouts.append(.payoutChanged(changed))
            }
        }
        return statements + disputes + payouts
    }

    private static var statements: [NotifierInput] {
        var statement = StatementIssued.sample
        var line = StatementLine.sample
        line.label = "Insentif iuran"
        line.ratePPM = 75_000
        var flat = line
        flat.ratePPM = nil
        statement.lines = [line, flat]
        statement.sequence = 0
        var long = statement
        long.lines = Array(repeating: line, count: 20)
        var empty = statement
        empty.lines = []
        return [statement, long, empty].flatMap { statement in
            var correction = statement
            correction.sequence = 1
            return [NotifierInput.statementIssued(statement), .statementIssued(correction)]
        }
    }
}
