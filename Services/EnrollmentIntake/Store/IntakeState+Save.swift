import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Hands the changed rows over, in the order in which their tables are locked.
extension IntakeState {
    mutating func save(to writer: inout BatchWriter) {
        saveParticipants(&writer)
        forgetParticipants(&writer)
        saveAgents(&writer)
        saveSubmissions(&writer)
        saveParked(&writer)
        saveChangedParked(&writer)
        saveEmployers(&writer)
        forgetWorkers(&writer)
        saveWorkers(&writer)
        saveEnforcement(&writer)
        savePermits(&writer)
        saveSubjects(&writer)
        saveCounters(&writer)
        if !newDates.isEmpty {
            writer.execute(
                SaveStatements.enforcementDates,
                Parameters { $0.append(dates: newDates.map(\.daysSince1970)) })
        }
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
                $0.append(rows.map { $0.1.cover.map { StoredRow.code(of: $0) } })
                $0.append(dates: rows.map { $0.1.coverOn?.daysSince1970 })
                $0.append(rows.map { $0.1.puNPP?.code })
                $0.append(rows.map { $0.1.exit.map { StoredRow.code(of: $0.reason) } })
                $0.append(dates: rows.map { $0.1.exit?.on.daysSince1970 })
                $0.append(rows.map { $0.1.exit?.lastMonth.index })
                $0.append(dates: rows.map { $0.1.staffSince?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.staffUntil?.daysSince1970 })
                $0.append(rows.map { $0.1.bpuMonth?.index })
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
                $0.append(rows.map { $0.1.file.documents.map(\.rawValue).sorted().joined(separator: ",") })
                $0.append(dates: rows.map { $0.1.file.documentsOn?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.suspension?.from.daysSince1970 })
                $0.append(dates: rows.map { $0.1.suspension?.until?.daysSince1970 })
                $0.append(rows.map(\.1.suspension?.reason))
                $0.append(dates: rows.map { $0.1.resumedOn?.daysSince1970 })
                $0.append(rows.map { StoredRow.code(of: $0.1.standing) })
                $0.append(dates: rows.map { $0.1.credentialedUntil?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.standingOn?.daysSince1970 })
                $0.append(rows.map { $0.1.file.signature?.agentsListed.map { Int32(clamping: $0) } })
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
        let rows = changedEmployers.sorted().compactMap { employers[$0] }
        guard !rows.isEmpty else { return }
        writer.execute(
            SaveStatements.employers,
            Parameters {
                $0.append(rows.map(\.npp.code))
                $0.append(rows.map { $0.nib?.code })
                $0.append(rows.map { $0.npwp?.code })
                $0.append(rows.map(\.name))
                $0.append(rows.map { $0.phone?.code })
                $0.append(rows.map { $0.agentID?.text })
                $0.append(rows.map(\.branch.text))
                $0.append(rows.map(\.size.rawValue))
                $0.append(rows.map { Int16($0.riskClass.rawValue) })
                $0.append(rows.map { $0.kbli?.text })
                $0.append(rows.map(\.labourIntensive))
                $0.append(rows.map { Int32(clamping: $0.workers) })
                $0.append(rows.map(\.wages.amount))
                $0.append(rows.map(\.monthlyContribution.amount))
                $0.append(rows.map(\.submissionID.text))
                $0.append(dates: rows.map(\.enrolledOn.daysSince1970))
                $0.append(rows.map(\.firstMonth.index))
                $0.append(dates: rows.map { $0.firstPaidOn?.daysSince1970 })
                $0.append(rows.map { Int16(clamping: $0.arrears.months) })
                $0.append(rows.map(\.arrears.amount.amount))
                $0.append(rows.map(\.arrears.lateFines.amount))
                $0.append(dates: rows.map { $0.arrears.on?.daysSince1970 })
                $0.append(dates: rows.map { $0.closedOn?.daysSince1970 })
                $0.append(rows.map { $0.lastMonth?.index })
                $0.append(rows.map { $0.changedFrom?.index })
                $0.append(rows.map { Int32(clamping: $0.revision) })
            })
    }

    private func saveWorkers(_ writer: inout BatchWriter) {
        let rows = changedWorkers.sorted { $0.key < $1.key }.flatMap { npp, niks in
            niks.sorted().compactMap { nik in workers[npp]?[nik].map { (npp, nik, $0) } }
        }
        guard !rows.isEmpty else { return }
        writer.execute(
            SaveStatements.workers,
            Parameters {
                $0.append(rows.map(\.0.code))
                $0.append(rows.map(\.1.code))
                $0.append(rows.map(\.2.kpj.code))
                $0.append(rows.map(\.2.wage.amount))
                $0.append(dates: rows.map { $0.2.leftOn?.daysSince1970 })
            })
    }

    private func saveEnforcement(_ writer: inout BatchWriter) {
        EnforcementRows.save(changedEnforcement.sorted().compactMap { enforcement[$0] }, newSteps, to: &writer)
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
                $0.append(rows.map { $0.1.application?.npwp?.code })
                $0.append(rows.map { $0.1.application.map { String(decoding: $0.json, as: UTF8.self) } })
                $0.append(rows.map(\.1.stage.rawValue))
                $0.append(rows.map(\.1.answer))
                $0.append(dates: rows.map { $0.1.decidedOn.daysSince1970 })
                $0.append(dates: rows.map { $0.1.until?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.nextOn?.daysSince1970 })
                $0.append(dates: rows.map { $0.1.validUntil?.daysSince1970 })
                $0.append(rows.map(\.1.isEnforced))
                $0.append(rows.map { $0.1.amendment.map { String(decoding: $0.json, as: UTF8.self) } })
                $0.append(rows.map(\.1.fingerprint))
                $0.append(rows.map { Int32(clamping: $0.1.erasedWorkers) })
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
