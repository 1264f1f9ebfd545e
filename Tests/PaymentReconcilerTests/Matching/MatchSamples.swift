import PerisaiModels
import Testing

import struct Foundation.UUID

@testable import PaymentReconciler

/// Makes inputs and candidates; 12 February 2026 is the day of all, unless another is given.
enum Sample {
    static let nik: Int64 = 3_602_041_211_870_001

    static func day(_ day: Int = 12, _ month: Int = 2) throws -> CivilDate {
        try #require(CivilDate(year: 2026, month: month, day: day))
    }

    static func id(_ number: Int) -> UUID { UUID(0, UInt64(number)) }
    static func kpj(_ number: Int) throws -> KPJ { try KPJ(code: 22_053_115_900 + Int64(number)) }
    static func person(_ number: Int) throws -> PayerNumber { .participant(try kpj(number)) }

    static func due(_ amount: Int64, _ month: Int = 2) throws -> OpenDue {
        OpenDue(
            month: try #require(ContributionMonth(year: 2026, month: month)), outstanding: amount,
            dueOn: try day(15, month))
    }

    /// Amounts for January, February ... 2026, in that order from `first`.
    static func payer(
        _ number: Int, _ name: String? = nil, _ open: [Int64] = [], first: Int = 2, next: Int64? = nil,
        isKnown: Bool = true, isClosed: Bool = false
    ) throws -> PayerCandidate {
        PayerCandidate(
            payer: try person(number), isKnown: isKnown, isClosed: isClosed, nameKey: name.flatMap { NameKey($0) },
            open: try open.enumerated().map { try due($1, first + $0) },
            next: try next.map { try due($0, first + open.count) })
    }

    static func known(
        _ number: Int, _ amount: Int64 = 16_800, reference: String? = nil, payer: PayerNumber? = nil, nik: Int64? = nil,
        on: CivilDate? = nil, remark: String? = nil, evidence: EvidenceKind = .notice, bank: BankCode = .bni
    ) throws -> KnownMoney {
        KnownMoney(
            id: id(number), bank: bank, reference: try PaymentReference(reference ?? "FT2601000\(number)"),
            payer: payer,
            nik: nik, amount: amount, bookedOn: try on ?? day(),
            remarkKey: remark.flatMap { RemittanceText($0).remarkKey },
            evidence: evidence)
    }

    static func waiting(_ number: Int, _ amount: Int64, _ name: String = "BUDI SANTOSO") throws -> WaitingMoney {
        WaitingMoney(id: id(number), amount: amount, bookedOn: try day(number % 28 + 1, 1), nameKey: NameKey(name))
    }

    static func input(
        _ amount: Int64 = 16_800, on: CivilDate? = nil, kind: EvidenceKind = .statement, text: String? = nil,
        name: String? = nil, references: [String] = [], account: VirtualAccount? = nil, kode: KodeIuran? = nil,
        nik: Int64? = nil, months: Int = 0
    ) throws -> MatchInput {
        MatchInput(
            amount: amount, bookedOn: try on ?? day(), bank: .bni, kind: kind, virtualAccount: account, kodeIuran: kode,
            nik: nik, months: months, references: try references.map { try PaymentReference($0) },
            remittance: text.map { RemittanceText($0) }, payerName: name.flatMap { NameKey($0) })
    }
}
