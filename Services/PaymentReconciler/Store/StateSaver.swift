import PerisaiModels
import Postgres
import Worker

extension ReconcilerState {
    private static let updateDues = Statement(
        "reconciler_update_dues",
        """
        UPDATE due AS d SET paid = u.paid, credited = u.credited, cover = u.cover
        FROM unnest($1::int8[], $2::int4[], $3::int8[], $4::int8[], $5::int2[]) AS u(payer, month, paid, credited, cover)
        WHERE d.payer = u.payer AND d.month = u.month
        """)
    private static let updatePayers = Statement(
        "reconciler_update_payers",
        """
        UPDATE payer AS p SET opened_through = u.opened_through, credit = u.credit
        FROM unnest($1::int8[], $2::int4[], $3::int8[]) AS u(payer, opened_through, credit)
        WHERE p.payer = u.payer
        """)
    private static let enrolPayers = Statement(
        "reconciler_enrol_payers",
        """
        UPDATE payer AS p SET known = true, first_month = u.first_month, programmes = u.programmes,
            income = u.income, transport = u.transport, risk_class = u.risk_class, wages = u.wages
        FROM unnest($1::int8[], $2::int4[], $3::int2[], $4::int8[], $5::bool[], $6::int2[], $7::bytea[])
            AS u(payer, first_month, programmes, income, transport, risk_class, wages)
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

    /// Hands new rows to COPY and changed rows to one statement for each table.
    mutating func save(to writer: inout BatchWriter) {
        saveAccounts(&writer)
        for buffer in [
            rows.payments, rows.ledger, rows.dues, rows.suspense, rows.releases, rows.reversals, rows.pending,
            rows.exceptions, rows.openings,
        ] { writer.copy(buffer) }
        rows = NewRows()  // the writer is the only owner now, so that sending copies nothing
        // After the copies: a reversal may have begun to wait and have found its payment in one batch.
        if !settledPending.isEmpty {
            writer.execute(Self.deletePending, Parameters { $0.append(settledPending) })
        }
        if !enrolledNIKs.isEmpty {
            writer.execute(
                Self.enrolNIKs,
                Parameters {
                    $0.append(Array(enrolledNIKs.keys))
                    $0.append(Array(enrolledNIKs.values))
                })
        }
        if dateHasChanged, let businessDate {
            writer.execute(Self.updateDate, Parameters { $0.append(date: businessDate.daysSince1970) })
        }
    }

    private mutating func saveAccounts(_ writer: inout BatchWriter) {
        var dues = DueColumns()
        var payers = PayerColumns()
        var terms = TermColumns()
        for account in accounts {
            let code = account.payer.code
            for due in account.dues {
                switch due.row {
                case .stored: continue
                case .changed: dues.append(due, payer: code)
                case .new: rows.add(due, payer: code)
                }
            }
            if account.isChanged { payers.append(account) }
            if account.isEnrolled { terms.append(account) }
        }
        if !dues.payers.isEmpty { writer.execute(Self.updateDues, dues.parameters) }
        if !payers.payers.isEmpty { writer.execute(Self.updatePayers, payers.parameters) }
        if !terms.payers.isEmpty { writer.execute(Self.enrolPayers, terms.parameters) }
    }
}

private struct DueColumns {
    var payers: [Int64] = []
    var months: [Int32] = []
    var paid: [Int64] = []
    var credited: [Int64] = []
    var cover: [Int16] = []

    mutating func append(_ due: Due, payer: Int64) {
        payers.append(payer)
        months.append(due.month.index)
        paid.append(due.paid)
        credited.append(due.credited)
        cover.append(due.cover.rawValue)
    }

    var parameters: Parameters {
        var parameters = Parameters(capacity: payers.count * 60 + 256)
        parameters.append(payers)
        parameters.append(months)
        parameters.append(paid)
        parameters.append(credited)
        parameters.append(cover)
        return parameters
    }
}

private struct PayerColumns {
    var payers: [Int64] = []
    var openedThrough: [Int32?] = []
    var credit: [Int64] = []

    mutating func append(_ account: PayerAccount) {
        payers.append(account.payer.code)
        openedThrough.append(account.openedThrough?.index)
        credit.append(account.credit)
    }

    var parameters: Parameters {
        Parameters {
            $0.append(payers)
            $0.append(openedThrough)
            $0.append(credit)
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

    mutating func append(_ account: PayerAccount) {
        payers.append(account.payer.code)
        firstMonths.append(account.firstMonth?.index)
        let columns = account.terms.map(StoredTerms.init)
        programmes.append(columns?.programmes)
        incomes.append(columns?.income)
        transport.append(columns?.transport)
        riskClasses.append(columns?.riskClass)
        wages.append(columns?.wages)
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
        }
    }
}
