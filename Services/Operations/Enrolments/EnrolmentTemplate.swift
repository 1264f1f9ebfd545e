/// The list that agents fill in.
enum EnrolmentTemplate {
    /// What the sample's NIK begins with: a row that was left in the list is refused as the sample.
    static let sampleMark = "CONTOH"

    /// With semicolons, as spreadsheets write and read CSV in Indonesia; the first line tells it to the others.
    static var text: String {
        let columns: [EnrolmentColumn] = [
            .nik, .name, .phone, .programmes, .income, .occupation, .payer, .businessOwner, .consent,
        ]
        let lines = [
            "sep=;", columns.map(\.rawValue).joined(separator: ";"),
            "# NIK dan telepon: format kolom sebagai Teks. Program: 2 (JKK+JKM) atau 3 (JKK+JKM+JHT).",
            "# Penghasilan: rupiah sebulan. Pekerjaan: ojek / kurir / sopir / petani / pedagang dan lainnya.",
            "# Pembayar: sendiri / donatur / wadah / apbd / apbn. Pemilik usaha dan persetujuan: ya / tidak.",
            "# Baris yang diawali # tidak dibaca; baris CONTOH di bawah ini harus dihapus.",
            "\(sampleMark);Ni Luh Sari;081234567890;2;1.500.000;pedagang;sendiri;tidak;ya",
        ]
        return lines.map { $0 + "\r\n" }.joined()
    }
}
