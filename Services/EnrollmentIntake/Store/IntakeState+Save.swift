import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Hands the changed rows over, in the order in which their tables are locked.
extension IntakeState {
    mutating func save(to writer: inout BatchWriter) {
        saveParticipants(&writer)
        saveAgents(&writer)
        saveSubmissions(&writer)
        saveParked(&writer)
        saveEmployers(&writer)
        savePermits(&writer)
        saveCounters(&writer)
        if let businessDate {
            writer.execute(SaveStatements.businessDate, Parameters { $0.append(date: businessDate.daysSince1970) })
        }
    }

    private func saveParticipants(_ writer: inout BatchWriter) {
        let rows = changedParticipants.sorted().compactMap { nik in participants[nik].map { (nik, $0) } }
        guard !rows.isEmpty else { return }
        writer.execute(
            SaveStatements.participants,
            Parameters {
                $0.append(rows.map(\.0.code))
                $0.append(rows.map { $0.1.kpj?.code })
                $0.append(dates: rows.map { $0.1.firstSeen?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.bpuOn?.daysSince1970 })
                $0.append(rows.map(\.1.bpuAgent))
                $0.append(rows.map(\.1.bpuBranch))
                $0.append(rows.map(\.1.bpuSubmission))
                $0.append(dates: rows.map { $0.1.puOn?.daysSince1970 })
            })
    }

    private func saveAgents(_ writer: inout BatchWriter) {
        let rows = changedAgents.sorted().compactMap { id in agents[id].map { (id, $0) } }
        guard !rows.isEmpty else { return }
        writer.execute(
            SaveStatements.agents,
            Parameters {
                $0.append(rows.map(\.0))
                $0.append(rows.map { $0.1.file.application?.nik.code })
                $0.append(rows.map { $0.1.file.application.map { String(decoding: $0.json, as: UTF8.self) } })
                $0.append(dates: rows.map { $0.1.file.trainedOn?.daysSince1970 })
                $0.append(rows.map(\.1.file.exam?.passed))
                $0.append(dates: rows.map { $0.1.file.exam?.on.daysSince1970 })
                $0.append(rows.map { $0.1.file.signature?.wadah.text })
                $0.append(dates: rows.map { $0.1.file.signature?.on.daysSince1970 })
                $0.append(dates: rows.map { $0.1.file.signature?.until.daysSince1970 })
                $0.append(rows.map(\.1.stage.rawValue))
                $0.append(rows.map(\.1.reasons))
                $0.append(dates: rows.map { $0.1.decidedOn?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.life.endedOn?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.life.reentryFrom?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.life.returnedOn?.daysSince1970 })
                $0.append(rows.map { $0.1.life.returnedWadah?.text })
                $0.append(dates: rows.map { $0.1.life.returnedUntil?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.life.dismissedOn?.daysSince1970 })
            })
    }

    private func saveSubmissions(_ writer: inout BatchWriter) {
        let rows = changedSubmissions.sorted().compactMap { key in submissions[key].map { (key, $0) } }
        guard !rows.isEmpty else { return }
        writer.execute(
            SaveStatements.submissions,
            Parameters {
                $0.append(rows.map(\.0.agent))
                $0.append(rows.map(\.0.submission))
                $0.append(rows.map { StoredRow.code($0.1.kind) })
                $0.append(rows.map(\.1.outcome.rawValue))
                $0.append(rows.map(\.1.fingerprint))
                $0.append(rows.map(\.1.reasons))
                $0.append(dates: rows.map { $0.1.decidedOn.daysSince1970 })
            })
    }

    private func saveParked(_ writer: inout BatchWriter) {
        if !released.isEmpty {
            writer.execute(
                SaveStatements.released,
                Parameters {
                    $0.append(released.map(\.agent))
                    $0.append(released.map(\.position))
                })
        }
        var copy = CopyBuffer(
            table: "parked_submission",
            columns: ["agent_id", "position", "kind", "submission_id", "submitted_on", "submission", "npp", "kpjs"])
        for (agent, items) in parked.sorted(by: { $0.key < $1.key }) {
            for item in items where !item.isStored {
                copy.beginRow()
                copy.append(agent)
                copy.append(item.position)
                copy.append(StoredRow.code(item.submission.kind))
                copy.append(item.submission.submissionID.text)
                copy.append(date: item.submission.submittedOn.daysSince1970)
                copy.append(jsonb: String(decoding: item.submission.json, as: UTF8.self))
                copy.append(item.npp?.code)
                copy.append(item.kpjs.map { $0?.text ?? "" }.joined(separator: ","))
            }
        }
        writer.copy(copy)
    }

    private func saveEmployers(_ writer: inout BatchWriter) {
        var copy = CopyBuffer(
            table: "employer",
            columns: [
                "npp", "nib", "name", "agent_id", "branch", "size", "risk_class", "workers", "monthly_contribution",
                "submission_id", "enrolled_on", "first_month", "first_paid_on",
            ])
        var workers = CopyBuffer(table: "employer_worker", columns: ["npp", "nik", "kpj", "wage"])
        for (_, enrolled) in newEmployers {
            copy.beginRow()
            copy.append(enrolled.npp.code)
            copy.append(enrolled.nib?.code)
            copy.append(enrolled.name)
            copy.append(enrolled.agentID?.text)
            copy.append(enrolled.branch.text)
            copy.append(enrolled.size.rawValue)
            copy.append(Int16(enrolled.riskClass.rawValue))
            copy.append(Int32(clamping: enrolled.workers.count))
            copy.append(enrolled.monthlyContribution.amount)
            copy.append(enrolled.submissionID.text)
            copy.append(date: enrolled.enrolledOn.daysSince1970)
            copy.append(enrolled.firstMonth.index)
            copy.append(date: nil)
            for worker in enrolled.workers {
                workers.beginRow()
                workers.append(enrolled.npp.code)
                workers.append(worker.nik.code)
                workers.append(worker.kpj.code)
                workers.append(worker.wage.amount)
            }
        }
        writer.copy(copy)
        writer.copy(workers)
        let paid = paidEmployers.sorted().compactMap { employers[$0] }
        guard !paid.isEmpty else { return }
        writer.execute(
            SaveStatements.firstPayments,
            Parameters {
                $0.append(paid.map(\.npp.code))
                $0.append(dates: paid.map { $0.firstPaidOn?.daysSince1970 })
            })
    }

    private func savePermits(_ writer: inout BatchWriter) {
        let rows = changedPermits.compactMap { key in permits[key].map { (key, $0) } }
        guard !rows.isEmpty else { return }
        writer.execute(
            SaveStatements.permits,
            Parameters {
                $0.append(rows.map(\.0.nib))
                $0.append(rows.map(\.0.office))
                $0.append(rows.map(\.0.application))
                $0.append(rows.map { $0.1.application?.npp?.code })
                $0.append(rows.map { $0.1.application.map { String(decoding: $0.json, as: UTF8.self) } })
                $0.append(rows.map(\.1.stage.rawValue))
                $0.append(rows.map(\.1.answer))
                $0.append(dates: rows.map { $0.1.decidedOn.daysSince1970 })
            })
    }

    private func saveCounters(_ writer: inout BatchWriter) {
        if !changedKPJCounts.isEmpty {
            let rows = changedKPJCounts.map { ($0, kpjCounts[$0] ?? 0) }
            writer.execute(
                SaveStatements.kpjCounters,
                Parameters {
                    $0.append(rows.map(\.0.month.index))
                    $0.append(rows.map { Int16($0.0.lane) })
                    $0.append(rows.map { Int64($0.1) })
                })
        }
        if !changedNPPCounts.isEmpty {
            let rows = changedNPPCounts.map { ($0, nppCounts[$0] ?? 0) }
            writer.execute(
                SaveStatements.nppCounters,
                Parameters {
                    $0.append(rows.map { Int16($0.0) })
                    $0.append(rows.map { Int64($0.1) })
                })
        }
    }
}
