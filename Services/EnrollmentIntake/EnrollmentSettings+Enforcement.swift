import PerisaiModels
import Worker

extension EnrollmentSettings {
    mutating func readEnforcement(_ reader: inout SettingsReader) {
        warningDays = reader.integer(
            "PERISAI_WARNING_DAYS", default: warningDays, in: 1...60,
            doc: "Working days of each of the two written warnings (PP 86/2013: up to 10)")
        arrearsWarningMonths = reader.integer(
            "PERISAI_ARREARS_WARNING_MONTHS", default: arrearsWarningMonths, in: 1...60,
            doc: "Unpaid months from which on an employer is warned")
        sanctionFineDays = reader.integer(
            "PERISAI_SANCTION_FINE_DAYS", default: sanctionFineDays, in: 1...30,
            doc: "Days of the sanction fine from the end of the second warning")
        inspectionMonths = reader.integer(
            "PERISAI_INSPECTION_MONTHS", default: inspectionMonths, in: 1...120,
            doc: "Arrears older than so many months go to the inspectors once services are withheld")
        inspectionDays = reader.integer(
            "PERISAI_INSPECTION_DAYS", default: inspectionDays, in: 1...365,
            doc: "Days of withheld services before a firm not registered, or only in part, goes to the inspectors")
        prosecutionDays = reader.integer(
            "PERISAI_PROSECUTION_DAYS", default: prosecutionDays, in: 1...365,
            doc: "Days that the inspectors have before the prosecutor gets a power of attorney")
        prosecutorCallDays = reader.integer(
            "PERISAI_PROSECUTOR_CALL_DAYS", default: prosecutorCallDays, in: 1...90,
            doc: "Days of the prosecutor's call")
    }
}
