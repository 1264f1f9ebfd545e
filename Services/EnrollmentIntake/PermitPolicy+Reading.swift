import PerisaiModels
import Worker

extension PermitPolicy {
    init(from reader: inout SettingsReader) {
        self.init()
        holdDays = reader.integer(
            "PERISAI_PERMIT_HOLD_DAYS", default: holdDays, in: 1...365,
            doc: "Days from the application to the end of a held application's deadline")
        reminderDays = reader.integer(
            "PERISAI_PERMIT_REMINDER_DAYS", default: reminderDays, in: 0...364,
            doc: "Days before the end of the deadline on which the permit office is reminded; 0: only after it")
        let patterns = "codes, or beginnings of codes followed by *"
        firstPaymentOffices = Self.offices(
            "PERISAI_FIRST_PAYMENT_OFFICES", firstPaymentOffices, &reader,
            doc: "Permit offices that demand the first payment: \(patterns)")
        registrationOffices = Self.offices(
            "PERISAI_REGISTRATION_OFFICES", registrationOffices, &reader,
            doc: "Permit offices that demand registration, where a statement of readiness is not enough: \(patterns)")
        arrearsOffices = Self.offices(
            "PERISAI_ARREARS_OFFICES", arrearsOffices, &reader,
            doc: "Permit offices where arrears hold a renewal: \(patterns); none for no office")
        partialOffices = Self.offices(
            "PERISAI_PARTIAL_OFFICES", partialOffices, &reader,
            doc:
                "Permit offices where workers or wages registered in part hold a permit: \(patterns); none for no office"
        )
    }

    private static func offices(
        _ key: String, _ standard: OfficePatterns, _ reader: inout SettingsReader, doc: String
    ) -> OfficePatterns {
        let words = reader.list(key, default: standard.patterns.sorted(), maxCount: 1_000, doc: doc)
        return OfficePatterns(words == ["none"] ? [] : words)
    }
}
