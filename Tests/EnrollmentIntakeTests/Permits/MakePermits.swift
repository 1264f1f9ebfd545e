import PerisaiModels
import Worker

@testable import EnrollmentIntake

extension Make {
    static let office = "PTSP-DPS"

    /// The old 15 digits of a firm.
    static func npwp(_ number: Int) throws -> NPWP { try NPWP(code: 12_345_678_000_000 + Int64(number)) }

    static func amended(_ id: String, nib: NIB, on: String = "2018-03-08") throws -> PermitAmended {
        PermitAmended(
            applicationID: try ApplicationID(id), office: try OfficeCode(office), nib: nib, amendedOn: date(on))
    }

    static func issued(_ id: String, nib: NIB, on: String = "2018-03-20", until: String? = nil) throws -> PermitIssued {
        PermitIssued(
            applicationID: try ApplicationID(id), office: try OfficeCode(office), nib: nib,
            validUntil: until.map { date($0) }, issuedOn: date(on))
    }

    static func arrears(_ npp: NPP, months: Int, amount: Int64, fines: Int64 = 0, on: String) -> EnrollmentInput {
        .arrears(
            npp,
            ArrearsChanged(
                payer: .employer(npp), ageClass: ArrearsClass(monthsUnpaid: months), unpaidMonths: months,
                amount: Rupiah(amount), fines: Rupiah(fines), changedOn: date(on)))
    }

    /// A firm of two workers, who are named by its number.
    static func firm(
        _ number: Int, nib: NIB? = nil, npwp: NPWP? = nil, on: String = "2018-03-10", workers: Int = 2
    ) throws -> EnrollmentInput {
        var submitted = try employer(
            "firm-\(number)", nib: nib, niks: try (0..<workers).map { try nik(1_000 + number * 10 + $0) }, on: on)
        submitted.npwp = npwp
        return .employer(submitted)
    }
}

extension Bench {
    /// Stage and answer of an application.
    func permit(_ id: String, nib: NIB) throws -> (stage: PermitStage, item: PermitDesk.Item)? {
        try PermitDesk.find(try ApplicationID(id), office: try OfficeCode(Make.office), on: connection)
            .first { $0.nib == nib }.map { ($0.stage, $0) }
    }

    func npp(enrolling input: EnrollmentInput) throws -> NPP {
        let published = try apply(input)
        guard let enrolled = published.first(where: { $0.kind == "employer-enrolled" }) else { throw NotEnrolled() }
        return try enrolled.read(EmployerEnrolled.self).npp
    }

    struct NotEnrolled: Error {}
}
