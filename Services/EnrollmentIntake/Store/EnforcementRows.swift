import PerisaiModels
import Postgres
import Worker

/// Cases and their files, as a batch and as the run of a business date write them.
enum EnforcementRows {
    static func save(_ cases: [EnforcementCase], _ steps: [EnforcementRecord], to writer: inout BatchWriter) {
        if !cases.isEmpty {
            writer.execute(
                SaveStatements.enforcement,
                Parameters {
                    $0.append(cases.map(\.subject.code))
                    $0.append(cases.map { Int32(clamping: $0.number) })
                    $0.append(cases.map(\.name))
                    $0.append(cases.map { $0.npp?.code })
                    $0.append(cases.map { $0.nib?.code })
                    $0.append(cases.map { EnforcementBreach.bits($0.breaches) })
                    $0.append(cases.map(\.stage.rawValue))
                    $0.append(dates: cases.map(\.openedOn.daysSince1970))
                    $0.append(dates: cases.map(\.stageOn.daysSince1970))
                    $0.append(dates: cases.map { $0.deadline?.daysSince1970 })
                    $0.append(cases.map { Int16(clamping: $0.unpaidMonths) })
                    $0.append(cases.map(\.arrears.amount))
                    $0.append(cases.map(\.lateFines.amount))
                    $0.append(cases.map(\.sanctionFine.amount))
                    $0.append(cases.map { $0.offices.map(\.text).sorted().joined(separator: ",") })
                    $0.append(dates: cases.map { $0.finedOn?.daysSince1970 })
                    $0.append(cases.map { $0.declared.workers.map { Int32(clamping: $0) } })
                    $0.append(cases.map { $0.declared.wages?.amount })
                })
        }
        guard !steps.isEmpty else { return }
        writer.execute(
            SaveStatements.enforcementSteps,
            Parameters {
                $0.append(steps.map(\.subject.code))
                $0.append(steps.map { Int32(clamping: $0.number) })
                $0.append(steps.map(\.step.rawValue))
                $0.append(dates: steps.map(\.on.daysSince1970))
                $0.append(dates: steps.map { $0.deadline?.daysSince1970 })
                $0.append(steps.map(\.legalGround))
                $0.append(steps.map(\.arrears.amount))
                $0.append(steps.map(\.fine.amount))
            })
    }
}
