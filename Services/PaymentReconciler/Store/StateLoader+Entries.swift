import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What only batches with lines of statements need.
extension StateLoader {
    /// The payers that numbers and names may mean.
    mutating func loadNames(_ keys: inout BatchKeys) throws {
        guard !keys.entries.isEmpty else { return }
        for entry in keys.entries {
            for nik in entry.namedNIKs {
                guard let payer = state.payerOfNIK[nik] else { continue }
                keys.slowPayers.insert(payer.code)
                if entry.takesBack { keys.fullPayers.insert(payer.code) }
            }
        }
        guard !keys.names.isEmpty else { return }
        let rows = try connection.query(
            LoadStatements.payersByName, Parameters { $0.append(keys.names.sorted()) })
        guard rows.rowCount < LoadStatements.nameLimit else { return }
        for row in 0..<rows.rowCount {
            let payer = try rows.int64(row, 2)
            state.payersByName[try rows.text(row, 0), default: []].append((try rows.text(row, 1), payer))
            keys.possiblePayers.insert(payer)
        }
    }

    /// After all locks: payments that lines may be evidence of, and money that waits under the same name or remark.
    mutating func loadEvidence(_ keys: BatchKeys) throws {
        guard !keys.entries.isEmpty else { return }
        let days = keys.entries.map { $0.event.bookedOn.daysSince1970 }
        let margin = Int32(state.policy.reach)
        let payers = keys.slowPayers.union(keys.possiblePayers).sorted()
        let results = try connection.pipeline {
            $0.query(LoadStatements.knownEntries, Parameters { $0.append(keys.entryKeys) })
            $0.query(
                LoadStatements.paymentsOfPayers,
                Parameters {
                    $0.append(payers)
                    $0.append(date: (days.min() ?? 0) - margin)
                    $0.append(date: (days.max() ?? 0) + margin)
                })
            $0.query(
                LoadStatements.waitingForEntries,
                Parameters {
                    $0.append(keys.entries.flatMap(\.namedNIKs))
                    $0.append(keys.names.sorted())
                    $0.append(Array(keys.remarks))
                })
        }
        for row in 0..<results[0].rowCount { state.knownEntries.insert(try results[0].uuid(row, 0)) }
        for row in 0..<results[1].rowCount {
            let id = try results[1].uuid(row, 0)
            guard state.paymentIndex[id] == nil else { continue }
            state.remember(try KnownPayment(results[1], row), id: id)
        }
        try readWaiting(results[2])
        try loadEvidenceRows()
        try loadForNewDates(keys)
    }

    mutating func readReversalLines(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            state.reversalLines[try rows.uuid(row, 0), default: []].insert(try rows.uuid(row, 1))
        }
    }

    private mutating func loadEvidenceRows() throws {
        let ids = Array(state.paymentIndex.keys) + state.groups.keys
        guard !ids.isEmpty else { return }
        let results = try connection.pipeline {
            $0.query(LoadStatements.evidence, Parameters { $0.append(ids) })
            $0.query(LoadStatements.reversals, Parameters { $0.append(ids) })
            $0.query(LoadStatements.reversalLines, Parameters { $0.append(ids) })
        }
        try readReversalLines(results[2])
        for row in 0..<results[0].rowCount {
            let id = try results[0].uuid(row, 0)
            let kinds = EvidenceKind(rawValue: try results[0].int16(row, 1))
            state.groups[id]?.evidence.insert(kinds)
            if let index = state.paymentIndex[id] { state.payments[index].evidence.insert(kinds) }
        }
        try readReversals(results[1])
    }

    /// Where a statement shows another booking date than the notice, the months that the payment has paid are needed;
    /// where it takes money back, all that the payment has done.
    private mutating func loadForNewDates(_ keys: BatchKeys) throws {
        var asked: Set<UUID> = []
        var payers: Set<Int64> = []
        for entry in keys.entries {
            let named = entry.namedPayers + entry.namedNIKs.compactMap { state.payerOfNIK[$0] }
            let ids = entry.candidateIDs + named.flatMap { state.paymentsOfPayer[$0.code] ?? [] }
            for id in ids {
                guard let index = state.paymentIndex[id] else { continue }
                let known = state.payments[index]
                guard known.amount == entry.input.amount, entry.takesBack || known.bookedOn != entry.event.bookedOn
                else { continue }
                asked.insert(id)
                if let payer = known.payer { payers.insert(payer.code) }
            }
        }
        guard !asked.isEmpty else { return }
        try loadWhereabouts(
            of: asked.filter { id in
                state.paymentIndex[id].map { state.payments[$0].parts.isEmpty } ?? false
            })
        let full = payers.subtracting(keys.fullPayers).sorted()
        guard !full.isEmpty else { return }
        let rows = try connection.query(
            LoadStatements.duesOfLocked,
            Parameters {
                $0.append(full)
                $0.append(full)
            })
        for payer in full { if let index = state.accountIndex[payer] { state.accounts[index].dues = [] } }
        for row in 0..<rows.rowCount {
            guard let index = state.accountIndex[try rows.int64(row, 0)] else { continue }
            state.accounts[index].dues.append(try Due(rows, row))
        }
    }
}
