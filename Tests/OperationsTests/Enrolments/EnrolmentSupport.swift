import Foundation
import PerisaiModels
import TestSupport

@testable import Operations

enum EnrolmentSupport {
    static func terms(agent: String = "PRS-0001", on: String = "2018-02-05") throws -> EnrolmentTerms {
        let date = CivilDate(parsing: on) ?? .sample
        return EnrolmentTerms(
            agent: try AgentID(agent), branch: try BranchCode("DPS"), on: date, firstMonth: date.contributionMonth)
    }

    static func list(_ text: String, _ terms: EnrolmentTerms? = nil) throws -> EnrolmentList {
        try EnrolmentList(bytes: Array(text.utf8), terms: terms ?? self.terms())
    }

    static let header = "nik;nama;telepon;program;penghasilan;pekerjaan"

    /// A good row for each number from 1 on: women and men of Denpasar.
    static func row(_ number: Int) -> String {
        "\(nik(number));Peserta \(letters(number));0812\(padded(number, 8));2;1.500.000;pedagang"
    }

    static func nik(_ number: Int) -> String {
        "5171\(padded(number % 40 + 1, 2))\(padded(number % 28 + 1 + number % 2 * 40, 2))"
            + "\(padded(number % 12 + 1, 2))\(padded(60 + number % 40, 2))\(padded(number % 9_999 + 1, 4))"
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// Names hold no numbers.
    private static func letters(_ number: Int) -> String {
        String("\(number)".compactMap { $0.wholeNumberValue }.map { Array("abcdefghij")[$0] })
    }

    static func faults(_ row: EnrolmentRow) -> [EnrolmentFault] {
        if case .refused(let faults) = row.outcome { faults } else { [] }
    }

    static func isGood(_ row: EnrolmentRow) -> Bool { if case .good = row.outcome { true } else { false } }
}
