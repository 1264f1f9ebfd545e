import Foundation
import PerisaiModels

/// One mail as it goes over the wire (RFC 5322, MIME): bytes with CR LF at every end of a line, none of them longer than
/// 76 characters, ASCII alone. Nothing of a message can end a header or begin one.
struct SMTPMail: Sendable {
    let sender: SMTPSender
    let recipient: EmailAddress
    let bytes: [UInt8]

    static let mostTitleBytes = 1_000
    static let mostTextBytes = 256 * 1_024

    /// Why a message cannot be a mail, without a word of it.
    enum Fault: String, Error {
        case address = "ADDRESS"
        case tooLong = "TOO_LONG"
    }

    init(_ dispatch: Dispatch, from sender: SMTPSender, at moment: Date) throws(Fault) {
        guard let recipient = try? EmailAddress(dispatch.address) else { throw .address }
        guard dispatch.title.utf8.count <= Self.mostTitleBytes, dispatch.text.utf8.count <= Self.mostTextBytes else {
            throw .tooLong
        }
        self.sender = sender
        self.recipient = recipient
        let headers = [
            "From: \(sender.header)", "To: <\(recipient.text)>",
            "Subject: \(MailText.header(dispatch.title, after: 9))",
            "Date: \(Self.date(moment))", "Message-ID: <\(dispatch.id.text)@\(sender.host)>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Language: \(dispatch.language.rawValue)",
            "Content-Transfer-Encoding: quoted-printable", "",
        ]
        bytes = Array(headers.map { $0 + "\r\n" }.joined().utf8) + MailText.quotedPrintable(dispatch.text)
    }

    /// RFC 5322 section 3.3, in UTC.
    static func date(_ moment: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return format.string(from: moment)
    }
}

/// Who the mails come from: `noreply@example.go.id`, or with a name `Perisai <noreply@example.go.id>`.
struct SMTPSender: Sendable {
    let mailbox: String
    /// The field `From`.
    let header: String

    var host: Substring { mailbox.drop { $0 != "@" }.dropFirst() }

    /// Nil unless there is one address of ASCII in it.
    init?(_ text: String) {
        guard text.hasSuffix(">"), let start = text.lastIndex(of: "<") else {
            guard let address = try? EmailAddress(text) else { return nil }
            mailbox = address.text
            header = "<\(address.text)>"
            return
        }
        guard let address = try? EmailAddress(String(text[text.index(after: start)...].dropLast())) else { return nil }
        mailbox = address.text
        let name = text[..<start].trimmingCharacters(in: .whitespaces)
        // A name with a comma or a quote would need quoting: encoded words never do.
        let isAtoms = name.utf8.allSatisfy { "!#$%&'*+-/=?^_`{|}~ ".utf8.contains($0) || MailText.isAlphanumeric($0) }
        let words = MailText.header(name, after: 6, isPlain: isAtoms)
        header = words.isEmpty ? "<\(mailbox)>" : "\(words)\(words.utf8.count > 30 ? "\r\n" : "") <\(mailbox)>"
    }
}

/// Words as mails carry them.
enum MailText {
    private static let digits = Array("0123456789ABCDEF".utf8)
    /// RFC 2047 section 2: no encoded word is longer than 75 characters, no line with one longer than 76.
    private static let mostEncodedBytes = 45
    private static let mostPlainCharacters = 60

    /// The text of a header field: as it is where it is short, printable ASCII, else in encoded words (RFC 2047), folded.
    /// Control characters become spaces before that.
    /// - Parameters:
    ///   - used: characters that stand before it on its line.
    ///   - isPlain: whether the text may stand as it is.
    static func header(_ text: String, after used: Int, isPlain: Bool = true) -> String {
        let scalars = text.unicodeScalars.map { Self.isControl($0) ? " " : $0 }
        var clean = String.UnicodeScalarView()
        clean.append(contentsOf: scalars)
        let words = String(clean).trimmingCharacters(in: .whitespaces)
        let isPlain = isPlain && words.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !words.contains("=?")
        if isPlain, words.utf8.count <= mostPlainCharacters { return words }
        return chunks(words, first: min(mostEncodedBytes, (76 - used - 12) / 4 * 3)).map {
            "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?="
        }.joined(separator: "\r\n ")
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// Pieces of whole scalars: every encoded word must be readable alone.
    private static func chunks(_ text: String, first: Int) -> [String] {
        var pieces: [String] = []
        var piece = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            let width = String(scalar).utf8.count
            if count + width > (pieces.isEmpty ? first : mostEncodedBytes) {
                pieces.append(String(piece))
                piece = String.UnicodeScalarView()
                count = 0
            }
            piece.append(scalar)
            count += width
        }
        if count > 0 { pieces.append(String(piece)) }
        return pieces
    }

    /// RFC 2045 section 6.7: lines of at most 76 characters, each with CR LF behind it.
    static func quotedPrintable(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count * 5 / 4)
        let unix = Array(text.utf8)
        var start = 0
        while start < unix.count {
            let end = unix[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? unix.count
            appendLine(unix[start..<end], to: &result)
            let isPair = end + 1 < unix.count && unix[end] == 0x0D && unix[end + 1] == 0x0A
            start = end + (isPair ? 2 : 1)
        }
        return result
    }

    private static func appendLine(_ line: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var column = 0
        for index in line.indices {
            let byte = line[index]
            let isLast = index == line.endIndex - 1
            let isPlain =
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || (byte == 0x20 || byte == 0x09) && !isLast
            let width = isPlain ? 1 : 3
            // The last one of a line needs no room for a soft break behind it.
            if column + width > (isLast ? 76 : 75) {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            column += width
        }
        result += [0x0D, 0x0A]
    }
}
