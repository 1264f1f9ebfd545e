import Foundation
import PaymentReconciler
import PerisaiModels

/// The result of the demo as a branch head would want to read it.
struct DemoReport {
    let plan: BranchPlan
    let expected: ExpectedFigures
    let figures: BranchFigures
    let banks: ReconciliationFigures
    let ledger: LedgerReport
    let incentives: DemoIncentives
    let probe: StackProbe
    let gateways: LocalGateways?

    func text(events: Int, lines statementLines: Int, starting: Duration, working: Duration) throws -> String {
        var lines = [
            "", "Branch \(plan.branch), \(plan.start) to \(plan.start.advanced(by: plan.months - 1)), scheme by date",
            "",
        ]
        lines += people
        lines += money
        lines.append("")
        lines += try reconciliation()
        lines.append("")
        lines.append(agents)
        lines.append("")
        lines += incentives.lines.map { row($0.label, $0.value) }
        lines.append("")
        lines += try outcomes()
        lines.append("")
        lines.append(
            "\(events) input events and \(statementLines) lines of statements in \(Self.seconds(working)) s, after \(Self.seconds(starting)) s to start everything"
        )
        return lines.joined(separator: "\n")
    }

    private var people: [String] {
        let persons = figures.workers + figures.participants
        var lines = [
            row("Agents certified", "\(figures.agents)"), row("Employers enrolled", "\(figures.employers)"),
            row(
                "Persons enrolled",
                "\(persons)   (\(figures.workers) workers of employers, \(figures.participants) on their own)"),
            row("Payers with cover", "\(figures.activePayers)   (first month paid in full)"),
        ]
        if let target = plan.target, target.persons > 0, target.branch > 0 {
            let reached = Double(persons) / Double(target.persons) * 100
            lines.append(
                row(
                    "Target reached",
                    String(
                        format: "%.1f %%   (%d of %d, which is %.0f %% of the branch's %d)", reached, persons,
                        target.persons,
                        Double(target.persons) / Double(target.branch) * 100, target.branch)))
        }
        return lines
    }

    private var money: [String] {
        [
            row("Contributions received", Rupiah(figures.contributions).formatted),
            row("Still due", Rupiah(figures.outstanding).formatted),
            row("Credit of payers", Rupiah(figures.credit).formatted),
            row(
                "Late fines, received and due",
                "\(Rupiah(figures.fines).formatted), \(Rupiah(figures.unpaidFines).formatted)"),
            row("In suspense", Rupiah(figures.suspense).formatted),
        ]
    }

    /// Notices of the banks against their statements.
    private func reconciliation() throws -> [String] {
        func with(_ count: Int64, _ amount: Int64) -> String { "\(count)   (\(Rupiah(amount).formatted))" }
        let names = banks.banks.map { (try? BankCode($0.bank))?.bankName ?? $0.bank }.joined(separator: ", ")
        let chains = try probe.count("payment_reconciler", "SELECT count(*) FROM audit_head")
        let written = ledger.accounts.reduce(0) { $0 + $1.lines }
        return [
            row("Statements imported", "\(banks.sum(\.statements))   (\(names))"),
            row("Lines of statements", "\(banks.sum(\.lines))"),
            row(
                "Confirmed by notice and statement", with(banks.sum(\.confirmed), banks.sum(\.confirmedAmount))),
            row(
                "Posted from statements alone",
                with(banks.sum(\.statementOnly), banks.sum(\.statementOnlyAmount))),
            row("Told of, not in a statement", with(banks.sum(\.noticeOnly), banks.sum(\.noticeOnlyAmount))),
            row("Dates corrected by statements", "\(banks.datesCorrected)"),
            row(
                "Ledger verified",
                ledger.isProven
                    ? "\(written) lines that sum to Rp 0, \(chains) chains of hashes" : "NOT: see below"),
        ]
    }

    private var agents: String {
        var table = Table([
            .init("Agent"), .init("New persons", number: true), .init("Contributions", number: true),
            .init("Incentive", number: true), .init("Agent", "share", number: true), .init("Wadah", number: true),
        ])
        let byAgent = Dictionary(grouping: figures.statements, by: \.agent)
        for (agent, statements) in byAgent.sorted(by: { $0.key < $1.key }) {
            func sum(_ value: KeyPath<BranchFigures.Statement, Int64>) -> Int64 {
                statements.reduce(0) { $0 + $1[keyPath: value] }
            }
            table.append(
                [agent, "\(sum(\.newPersons))"]
                    + [\.contributions, \.total, \.agentShare, \.wadahShare].map { Rupiah(sum($0)).formatted })
        }
        return table.text
    }

    private func outcomes() throws -> [String] {
        var lines = [
            row(
                "Permits",
                "\(figures.permits.cleared) cleared, \(figures.permits.held) held, \(figures.permits.withdrawn) withdrawn"
            )
        ]
        let exceptions = try probe.rows(
            "payment_reconciler", "SELECT code, count(*) FROM payment_exception GROUP BY code ORDER BY code")
        for index in 0..<exceptions.rowCount {
            lines.append(row("Exception \(try exceptions.text(index, 0))", "\(try exceptions.int64(index, 1))"))
        }
        let messages = try probe.rows(
            "notifier", "SELECT kind, state, count(*) FROM message GROUP BY kind, state ORDER BY kind, state")
        for index in 0..<messages.rowCount {
            lines.append(
                row(
                    "Message \(try messages.text(index, 0))",
                    "\(try messages.int64(index, 2)) \(try messages.text(index, 1))"))
        }
        return lines + [row("Messages", try MessageFigures(probe, gateways).text)]
    }

    private func row(_ label: String, _ value: String) -> String {
        label.padding(toLength: 34, withPad: " ", startingAt: 0) + value
    }

    private static func seconds(_ duration: Duration) -> String {
        String(format: "%.1f", Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }
}
