import PerisaiModels
import Postgres
import Worker

extension ReconcilerState {
    private static let updateDues = Statement(
        "reconciler_update_dues",
        """
        UPDATE due AS d SET amount = u.amount, paid = u.paid, credited = u.credited, cover = u.cover,
            settled_on = u.settled_on, waived = u.waived
        FROM unnest($1::int8[], $2::int4[], $3::int8[], $4::int8[], $5::int2[], $6::int8[], $7::date[], $8::int8[])
            AS u(payer, month, paid, credited, cover, amount, settled_on, waived)
        WHERE d.payer = u.payer AND d.month = u.month
        """)
    private static let updatePayers = Statement(
        "reconciler_update_payers",
        """
        UPDATE payer AS p SET opened_through = u.opened_through, credit = u.credit, first_month = u.first_month,
            last_month = u.last_month, exit_reason = u.exit_reason, status = u.status, unpaid_months = u.unpaid_months,
            status_on = u.status_on
        FROM unnest(
            $1::int8[], $2::int4[], $3::int8[], $4::int4[], $5::int4[], $6::int2[], $7::int2[], $8::int2[], $9::date[])
            AS u(payer, opened_through, credit, first_month, last_month, exit_reason, status, unpaid_months, status_on)
        WHERE p.payer = u.payer
        """)
    private static let upsertFines = Statement(
        "reconciler_upsert_fines",
        """
        INSERT INTO fine (payer, month, amount, paid, months_late, assessed_on)
        SELECT * FROM unnest($1::int8[], $2::int4[], $3::int8[], $4::int8[], $5::int2[], $6::date[])
        ON CONFLICT (payer, month) DO UPDATE SET amount = excluded.amount, paid = excluded.paid,
            months_late = excluded.months_late, assessed_on = excluded.assessed_on
        """)
    private static let addNames = Statement(
        "reconciler_add_names",
        """
        INSERT INTO payer_name (name_key, payer) SELECT * FROM unnest($1::text[], $2::int8[]) ON CONFLICT DO NOTHING
        """)
    private static let deleteConfirmed = Statement(
        "reconciler_delete_confirmed", "DELETE FROM unconfirmed WHERE payment_id = ANY($1::uuid[])")
    private static let settleCases = Statement(
        "reconciler_settle_cases",
        """
        UPDATE exception_case AS c SET resolution = u.resolution, resolved_on = u.resolved_on
        FROM unnest($1::uuid[], $2::text[], $3::date[], $4::bool[]) AS u(payment_id, resolution, resolved_on, is_reversal)
        WHERE c.payment_id = u.payment_id AND c.resolution IS NULL
            AND (u.is_reversal AND c.code = 'REVERSAL_UNMATCHED'
                OR NOT u.is_reversal AND c.code IN ('UNKNOWN_PAYER', 'AMBIGUOUS'))
        """)
    private static let enrolPayers = Statement(
        "reconciler_enrol_payers",
        """
        UPDATE payer AS p SET known = p.known OR u.known, first_month = u.first_month, programmes = u.programmes,
            income = u.income, transport = u.transport, risk_class = u.risk_class, wages = u.wages,
            payer_kind = u.payer_kind, labour_intensive = u.labour_intensive, terms_from = u.terms_from,
            terms_revision = u.terms_revision
        FROM unnest(
            $1::int8[], $2::int4[], $3::int2[], $4::int8[], $5::bool[], $6::int2[], $7::bytea[], $8::int2[], $9::bool[],
            $10::bool[], $11::int4[], $12::int4[])
            AS u(payer, first_month, programmes, income, transport, risk_class, wages, payer_kind, labour_intensive,
                 known, terms_from, terms_revision)
        WHERE p.payer = u.payer
        """)
    private static let enrolNIKs = Statement(
        "reconciler_enrol_niks",
        "UPDATE nik_payer AS n SET payer = u.payer FROM unnest($1::int8[], $2::int8[]) AS u(nik, payer) WHERE n.nik = u.nik"
    )
    private static let deletePending = Statement(
        "reconciler_delete_pending", "DELETE FROM pending_reversal WHERE payment_id = ANY($1::uuid[])")
    private static let updateDate = Statement(
        "reconciler_update_date", "UPDATE business_date SET started_on = $1, swept = false")

    /// Begins a transaction: plans by key, and the lock on the chain that its ledger lines are added to. Before any
    /// line is.
    mutating func openChain(_ chain: Int32, on connection: Connection) throws {
        let results = try connection.pipeline {
            $0.query(LoadStatements.planByKey)
            $0.query(AuditChain.lockHead, Parameters { $0.append(chain) })
        }
        let seq = try results[1].rowCount > 0 ? results[1].int64(0, 0) : AuditChain.lock(chain, on: connection)
        rows.chain = chain
        rows.batch = AuditChain.batch(chain: chain, seq: seq + 1)
    }

    /// Hands new rows to COPY and changed rows to one statement for each table.
    mutating func save(to writer: inout BatchWriter) {
        saveAccounts(&writer)
        for buffer in [
            rows.payments, rows.ledger, rows.dues, rows.suspense, rows.releases, rows.reversals, rows.pending,
            rows.exceptions, rows.openings, rows.changes, rows.groups, rows.evidence, rows.entries, rows.unconfirmed,
            rows.decisions, rows.cases,
        ] { writer.copy(buffer) }
        if rows.digest.lines > 0 {
            writer.execute(AuditChain.append, AuditChain.parameters(chain: rows.chain, of: rows.digest))
        }
        rows = NewRows()  // the writer is the only owner now, so that sending copies nothing
        // After the copies: a reversal may have begun to wait and have found its payment in one batch.
        if !settledPending.isEmpty {
            writer.execute(Self.deletePending, Parameters { $0.append(settledPending) })
        }
        saveSmall(&writer)
        if !enrolledNIKs.isEmpty {
            writer.execute(
                Self.enrolNIKs,
                Parameters {
                    $0.append(Array(enrolledNIKs.keys))
                    $0.append(Array(enrolledNIKs.values))
                })
        }
        // After all rows of the batch.
        SubjectStatements.apply(subjects, to: &writer)
        SubjectStatements.forget(forgottenNIKs, to: &writer)
        if dateHasChanged, let businessDate {
            writer.execute(Self.updateDate, Parameters { $0.append(date: businessDate.daysSince1970) })
        }
    }

    private func saveSmall(_ writer: inout BatchWriter) {
        if !confirmed.isEmpty { writer.execute(Self.deleteConfirmed, Parameters { $0.append(confirmed) }) }
        if !enrolledNames.isEmpty {
            writer.execute(
                Self.addNames,
                Parameters {
                    $0.append(enrolledNames.map(\.name))
                    $0.append(enrolledNames.map(\.payer))
                })
        }
        if !settledCases.isEmpty {
            writer.execute(
                Self.settleCases,
                Parameters {
                    $0.append(settledCases.map(\.paymentID))
                    $0.append(settledCases.map(\.resolution.rawValue))
                    $0.append(dates: settledCases.map(\.on.daysSince1970))
                    $0.append(settledCases.map(\.isReversal))
                })
        }
    }

    private mutating func saveAccounts(_ writer: inout BatchWriter) {
        var dues = DueColumns()
        var payers = PayerColumns()
        var terms = TermColumns()
        var fines = FineColumns()
        for account in accounts {
            let code = account.payer.code
            for due in account.dues {
                switch due.row {
                case .stored: continue
                case .changed: dues.append(due, payer: code)
                case .new: rows.add(due, payer: code)
                }
            }
            for change in account.changes {
                guard let key = change.key else { continue }
                rows.add(change, payer: code, key: key)
            }
            for fine in account.fines where fine.isChanged { fines.append(fine, payer: code) }
            if account.isChanged { payers.append(account) }
            if account.isEnrolled { terms.append(account) }
        }
        if !dues.payers.isEmpty { writer.execute(Self.updateDues, dues.parameters) }
        if !payers.payers.isEmpty { writer.execute(Self.updatePayers, payers.parameters) }
        if !terms.payers.isEmpty { writer.execute(Self.enrolPayers, terms.parameters) }
        if !fines.payers.isEmpty { writer.execute(Self.upsertFines, fines.parameters) }
        saveSanctions(&writer)
    }
}

private struct DueColumns {
    var payers: [Int64] = []
    var months: [Int32] = []
    var paid: [Int64] = []
    var credited: [Int64] = []
    var cover: [Int16] = []
    var amounts: [Int64] = []
    var settledOn: [Int32?] = []
    var waived: [Int64] = []

    mutating func append(_ due: Due, payer: Int64) {
        payers.append(payer)
        months.append(due.month.index)
        paid.append(due.paid)
        credited.append(due.credited)
        cover.append(due.cover.rawValue)
        amounts.append(due.amount)
        settledOn.append(due.settledOn?.daysSince1970)
        waived.append(due.waived)
    }

    var parameters: Parameters {
        var parameters = Parameters(capacity: payers.count * 92 + 256)
        parameters.append(payers)
        parameters.append(months)
        parameters.append(paid)
        parameters.append(credited)
        parameters.append(cover)
        parameters.append(amounts)
        parameters.append(dates: settledOn)
        parameters.append(waived)
        return parameters
    }
}

private struct PayerColumns {
    var payers: [Int64] = []
    var openedThrough: [Int32?] = []
    var credit: [Int64] = []
    var firstMonths: [Int32?] = []
    var lastMonths: [Int32?] = []
    var exits: [Int16?] = []
    var status: [Int16] = []
    var unpaidMonths: [Int16] = []
    var statusOn: [Int32?] = []

    mutating func append(_ account: PayerAccount) {
        payers.append(account.payer.code)
        openedThrough.append(account.openedThrough?.index)
        credit.append(account.credit)
        firstMonths.append(account.firstMonth?.index)
        lastMonths.append(account.lastMonth?.index)
        exits.append(account.exit?.rawValue)
        status.append(account.status.rawValue)
        unpaidMonths.append(Int16(clamping: account.unpaidMonths))
        statusOn.append(account.statusOn?.daysSince1970)
    }

    var parameters: Parameters {
        Parameters {
            $0.append(payers)
            $0.append(openedThrough)
            $0.append(credit)
            $0.append(firstMonths)
            $0.append(lastMonths)
            $0.append(exits)
            $0.append(status)
            $0.append(unpaidMonths)
            $0.append(dates: statusOn)
        }
    }
}

private struct TermColumns {
    var payers: [Int64] = []
    var firstMonths: [Int32?] = []
    var programmes: [Int16?] = []
    var incomes: [Int64?] = []
    var transport: [Bool?] = []
    var riskClasses: [Int16?] = []
    var wages: [[UInt8]?] = []
    var payerKinds: [Int16?] = []
    var labourIntensive: [Bool?] = []
    var known: [Bool] = []
    var termsFrom: [Int32?] = []
    var revisions: [Int32] = []

    mutating func append(_ account: PayerAccount) {
        known.append(account.isKnown)
        termsFrom.append(account.termsFrom?.index)
        revisions.append(Int32(clamping: account.termsRevision))
        payers.append(account.payer.code)
        firstMonths.append(account.firstMonth?.index)
        let columns = account.terms.map(StoredTerms.init)
        programmes.append(columns?.programmes)
        incomes.append(columns?.income)
        transport.append(columns?.transport)
        riskClasses.append(columns?.riskClass)
        wages.append(columns?.wages)
        payerKinds.append(columns?.payerKind)
        labourIntensive.append(columns?.labourIntensive)
    }

    var parameters: Parameters {
        Parameters {
            $0.append(payers)
            $0.append(firstMonths)
            $0.append(programmes)
            $0.append(incomes)
            $0.append(transport)
            $0.append(riskClasses)
            $0.append(wages)
            $0.append(payerKinds)
            $0.append(labourIntensive)
            $0.append(known)
            $0.append(termsFrom)
            $0.append(revisions)
        }
    }
}

private struct FineColumns {
    var payers: [Int64] = []
    var months: [Int32] = []
    var amounts: [Int64] = []
    var paid: [Int64] = []
    var monthsLate: [Int16] = []
    var assessedOn: [Int32] = []

    mutating func append(_ fine: Fine, payer: Int64) {
        payers.append(payer)
        months.append(fine.month.index)
        amounts.append(fine.amount)
        paid.append(fine.paid)
        monthsLate.append(Int16(clamping: fine.monthsLate))
        assessedOn.append(fine.assessedOn.daysSince1970)
    }

    var parameters: Parameters {
        Parameters {
            $0.append(payers)
            $0.append(months)
            $0.append(amounts)
            $0.append(paid)
            $0.append(monthsLate)
            $0.append(dates: assessedOn)
        }
    }
}
