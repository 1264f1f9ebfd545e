import PerisaiModels

/// Numbers that are allocated on enrolment, by what is known before it: `submission_id` or NIK.
///
/// Files of payments are written before anybody is enrolled. They hold placeholders instead of numbers:
/// `${VA:x}` virtual account, `${KPJ:x}`, `${NPP:x}`, and `${KODE:x}` (BPU) or `${KODE:x:YYYY-MM}` (PU) for the kode
/// iuran; `x` is the submission id, or the NIK of a participant or worker.
struct EnrollmentDirectory {
    private(set) var payers: [String: PayerNumber] = [:]

    var count: Int { payers.count }

    init() {}

    mutating func insert(_ payer: PayerNumber, for key: String) { payers[key] = payer }

    /// Takes the numbers out of an event of `enrollment.events`; other types are passed over.
    mutating func apply(type: String, data: UnsafeRawBufferPointer) {
        // An event that this program cannot read gives no numbers; whoever needs them is told that they are missing.
        switch type {
        case ParticipantEnrolled.type:
            guard let event = try? ParticipantEnrolled.read(bytes: data) else { return }
            insert(.participant(event.kpj), for: event.submissionID.text)
            insert(.participant(event.kpj), for: event.nik.text)
        case EmployerEnrolled.type:
            guard let event = try? EmployerEnrolled.read(bytes: data) else { return }
            insert(.employer(event.npp), for: event.submissionID.text)
        default: return
        }
    }
}

/// Finds and fills the placeholders of a line.
enum Placeholders {
    /// Longest text between the braces, in bytes.
    private static let maxBytes = 96

    enum Outcome {
        case filled([UInt8])
        /// What stands between the braces is not known: masked where it is a NIK.
        case missing(String)
    }

    static func occur(in line: [UInt8]) -> Bool {
        line.indices.contains {
            line[$0] == UInt8(ascii: "$") && $0 + 1 < line.count && line[$0 + 1] == UInt8(ascii: "{")
        }
    }

    static func fill(_ line: [UInt8], from directory: EnrollmentDirectory) -> Outcome {
        var output: [UInt8] = []
        output.reserveCapacity(line.count + 32)
        var index = 0
        while index < line.count {
            guard line[index] == UInt8(ascii: "$"), index + 1 < line.count, line[index + 1] == UInt8(ascii: "{"),
                let end = line[index...].prefix(maxBytes + 3).firstIndex(of: UInt8(ascii: "}"))
            else {
                output.append(line[index])
                index += 1
                continue
            }
            let text = String(decoding: line[(index + 2)..<end], as: UTF8.self)
            guard let number = number(text, directory) else { return .missing(masked(text)) }
            output.append(contentsOf: number.utf8)
            index = end + 1
        }
        return .filled(output)
    }

    private static func number(_ text: String, _ directory: EnrollmentDirectory) -> String? {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count >= 2, let payer = directory.payers[parts[1]] else { return nil }
        switch (parts[0], payer) {
        case ("VA", _): return VirtualAccount(payer: payer).text
        case ("KPJ", .participant(let kpj)): return kpj.text
        case ("NPP", .employer(let npp)): return npp.text
        case ("KODE", .participant(let kpj)): return KodeIuran(participant: kpj).text
        case ("KODE", .employer(let npp)):
            guard parts.count == 3, let month = ContributionMonth(parsing: parts[2]) else { return nil }
            return (try? KodeIuran(employer: npp, month: month))?.text
        default: return nil
        }
    }

    private static func masked(_ text: String) -> String {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count >= 2, let nik = try? NIK(parts[1]) else { return text }
        return ([parts[0], nik.masked] + parts.dropFirst(2)).joined(separator: ":")
    }
}
