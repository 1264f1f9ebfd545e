import PerisaiModels

/// The papers of an agent for printing, in Indonesian: certificate, ID card and assignment letter. The same facts give
/// the same bytes.
public struct CredentialPaper: Sendable {
    private struct Sheet {
        let title: String
        let number: String
        let facts: [(String, String)]
        let body: String
        /// Who signs.
        let signer: String
    }

    private let sheets: [Sheet]
    private let title: String

    public init(_ credential: AgentCredential) {
        title = "Perisai \(credential.agentID)"
        let person: [(String, String)] = [("Nama", credential.name), ("Nomor agen", credential.agentID.text)]
        let home: [(String, String)] = [("Wadah", credential.wadahID.text), ("Kantor cabang", credential.branch.text)]
        let valid: [(String, String)] = [
            ("Diterbitkan", credential.issuedOn.inIndonesian), ("Berlaku sampai", credential.validUntil.inIndonesian),
        ]
        let scheme: [(String, String)] = [("Skema sertifikasi", "\(AgentCredential.scheme) \"Agen Perisai\"")]
        let branch = "Kantor Cabang \(credential.branch) BPJS Ketenagakerjaan"
        sheets = [
            Sheet(
                title: "Sertifikat Pelatihan Agen Perisai", number: credential.certificate.text,
                facts: person + scheme + home + valid,
                body: "Telah mengikuti pelatihan dan lulus ujian Agen Perisai.", signer: branch),
            Sheet(
                title: "Tanda Pengenal Perisai", number: credential.identityCard.text, facts: person + home + valid,
                body: "Tunjukkan kartu ini kepada calon peserta. Keabsahan: kantor cabang atau pusat panggilan 175.",
                signer: branch),
            Sheet(
                title: "Surat Tugas", number: credential.assignmentLetter.text, facts: person + home + valid,
                body: "Wadah menugaskan agen tersebut untuk sosialisasi, akuisisi, dan pelayanan administrasi peserta "
                    + "BPJS Ketenagakerjaan selama perjanjian (PKS) wadah dengan kantor cabang berlaku.",
                signer: "Wadah \(credential.wadahID)"),
        ]
    }

    public var text: String {
        let parts = sheets.map { sheet in
            let width = sheet.facts.map(\.0.count).max() ?? 0
            let facts = sheet.facts.map { name, value in
                "\(name)\(String(repeating: " ", count: width - name.count + 2))\(value)"
            }
            return
                ([sheet.title.uppercased(), "Nomor \(sheet.number)", ""] + facts + ["", sheet.body, "", sheet.signer])
                .joined(separator: "\n")
        }
        return parts.joined(separator: "\n\n\n") + "\n"
    }

    private static let style = """
        @page { size: A5 landscape; margin: 12mm; }
        * { box-sizing: border-box; }
        body { font: 10.5pt/1.45 Georgia, "Times New Roman", serif; color: #111; max-width: 186mm; margin: 8mm auto; }
        section { border: 0.5mm solid #111; padding: 8mm; margin-bottom: 8mm; break-inside: avoid; break-after: page; }
        h1 { font-size: 15pt; margin: 0 0 1mm; }
        .nomor { color: #444; margin: 0 0 4mm; }
        th, td { text-align: left; vertical-align: top; padding: 0.6mm 3mm 0.6mm 0; }
        th { font-weight: normal; color: #444; width: 38mm; }
        .tanda { margin: 8mm 0 0; text-align: right; }
        @media print { body { margin: 0; max-width: none; } section { margin: 0; } section:last-child { break-after: auto; } }
        """

    /// One self-contained page for each paper, without scripts; every text is escaped.
    public var html: String {
        var lines = [
            "<!DOCTYPE html>", "<html lang=\"id\">", "<head>", "<meta charset=\"utf-8\">",
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            "<title>\(HTMLText.escaped(title))</title>", "<style>", Self.style, "</style>", "</head>", "<body>",
        ]
        for sheet in sheets {
            lines += [
                "<section>", "<h1>\(HTMLText.escaped(sheet.title))</h1>",
                "<p class=\"nomor\">Nomor \(HTMLText.escaped(sheet.number))</p>", "<table><tbody>",
            ]
            lines += sheet.facts.map {
                "<tr><th scope=\"row\">\(HTMLText.escaped($0.0))</th><td>\(HTMLText.escaped($0.1))</td></tr>"
            }
            lines += [
                "</tbody></table>", "<p>\(HTMLText.escaped(sheet.body))</p>",
                "<p class=\"tanda\">\(HTMLText.escaped(sheet.signer))</p>", "</section>",
            ]
        }
        return (lines + ["</body>", "</html>"]).joined(separator: "\n") + "\n"
    }
}
