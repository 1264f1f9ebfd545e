import PerisaiModels

extension ExpectedFigures {
    /// The figures as one JSON document over lines.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 16_384)
        writer.beginObject()
        writer.member("name", plan.name)
        writer.member("seed", Int64(bitPattern: plan.seed))
        writer.member("branch", plan.branch)
        writer.member("last_business_date", lastDate.description)
        writePeople(&writer)
        writePermits(&writer)
        writePayments(&writer)
        writeBanks(&writer)
        writer.name("months" as StaticString)
        writer.beginArray()
        for key in months.keys.sorted() { write(key, &writer) }
        writer.endArray()
        writer.endObject()
        return JSONLayout.lines(writer.bytes)
    }

    private func writePeople(_ writer: inout JSONWriter) {
        writer.member("agents", Int64(agents.count))
        writer.member("wadahs", Int64(wadahs))
        writer.member("employers", Int64(employers))
        writer.member("workers", Int64(workers))
        writer.member("participants", Int64(participants))
        writer.member("persons", Int64(persons))
        // Agents register themselves first: no agent acquires them.
        writer.member("self_registered", Int64(selfRegistered))
        writer.member("active_payers", Int64(activePayers))
        writer.member("active_persons", Int64(activePersons))
        guard let target = plan.target, let reachedPerMille else { return }
        writer.member("target", Int64(target.persons))
        writer.member("branch_target", Int64(target.branch))
        writer.member("target_reached_per_mille", Int64(reachedPerMille))
    }

    private func writePermits(_ writer: inout JSONWriter) {
        writer.name("permits" as StaticString)
        writer.beginObject()
        writer.member("applied", Int64(permits.applied))
        writer.member("cleared", Int64(permits.cleared))
        writer.member("cleared_by_readiness", Int64(permits.clearedByReadiness))
        writer.member("released_after_hold", Int64(permits.releasedAfterHold))
        writer.member("held", Int64(permits.held))
        writer.member("withdrawn", Int64(permits.withdrawn))
        writer.endObject()
    }

    private func writePayments(_ writer: inout JSONWriter) {
        writer.name("payments" as StaticString)
        writer.beginObject()
        writer.member("events", Int64(paymentEvents))
        for kind in PaymentMix.Kind.allCases { writer.field(kind, kinds[kind] ?? 0) }
        let all = months.values
        writer.member("posted", Int64(all.reduce(0) { $0 + $1.payments }))
        writer.member("received", all.reduce(0) { $0 + $1.received })
        writer.member("reversals", Int64(all.reduce(0) { $0 + $1.reversals }))
        writer.member("reversed_amount", all.reduce(0) { $0 + $1.reversed })
        writer.member("contributions", all.reduce(0) { $0 + $1.contributions })
        writer.member("duplicates", Int64(duplicates))
        writer.member("suspense_payments", Int64(suspensePayments))
        writer.member("suspense_amount", suspenseAmount)
        writer.member("released_from_suspense", Int64(releasedFromSuspense))
        writer.member("outstanding", outstanding)
        writer.member("credit", credit)
        writer.member("fines", fines)
        writer.member("unpaid_fines", unpaidFines)
        writer.endObject()
    }

    private func writeBanks(_ writer: inout JSONWriter) {
        writer.name("banks" as StaticString)
        writer.beginArray()
        for (code, bank) in banks.sorted(by: { $0.key.code < $1.key.code }) {
            writer.beginObject()
            writer.member("bank", code.text)
            writer.member("statements", Int64(bank.statements))
            writer.member("lines", Int64(bank.lines))
            writer.member("confirmed", Int64(bank.confirmed.payments))
            writer.member("confirmed_amount", bank.confirmed.amount)
            writer.member("notice_only", Int64(bank.noticeOnly.payments))
            writer.member("notice_only_amount", bank.noticeOnly.amount)
            writer.member("statement_only", Int64(bank.statementOnly.payments))
            writer.member("statement_only_amount", bank.statementOnly.amount)
            writer.member("date_differs", Int64(bank.dateDiffers.payments))
            writer.endObject()
        }
        writer.endArray()
    }

    private func write(_ key: Key, _ writer: inout JSONWriter) {
        guard let month = months[key] else { return }
        writer.beginObject()
        writer.member("month", key.month.description)
        writer.name("agent" as StaticString)
        if let agent = key.agent { writer.string(agents[agent]) } else { writer.null() }
        writer.member("new_participants", Int64(month.newThree + month.newTwo))
        writer.member("new_workers", Int64(month.newWorkers))
        writer.member("payments", Int64(month.payments))
        writer.member("received", month.received)
        writer.member("reversed", month.reversed)
        writer.member("contributions", month.contributions)
        if key.agent != nil {
            let incentive = incentive(key)
            writer.member("acquisition_incentive", incentive.acquisition)
            writer.member("contribution_incentive", incentive.contribution)
            writer.member("total_incentive", incentive.acquisition + incentive.contribution)
            writer.member("agent_share", incentive.agent)
            writer.member("wadah_share", incentive.wadah)
            // A statement is issued on the first of the month that follows.
            writer.name("closed" as StaticString)
            writer.boolean(key.month.next.firstDay <= lastDate)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    /// A count under the name of its kind.
    fileprivate mutating func field(_ kind: PaymentMix.Kind, _ count: Int) {
        name(kind.rawValue)
        integer(Int64(count))
    }
}
