extension StatementDocumentTests {
    /// One member on three programmes, one known before, one whose payment was taken back after the close.
    // swift-format-ignore
    static let goldenText = #"""
        LAPORAN INSENTIF PERISAI

        Agen           Made <Wira> & "Co" (PRS-1)
        Wadah          W-1
        Kantor cabang  DPS
        Bulan          Mei 2022
        Skema          B, Perdir 13/PERDIR.02/042022
        Peserta baru   2 dari 25

        Laporan 0, diterbitkan 1 Juni 2022
        Aturan                                              Baris tarif               Jumlah   Dasar  Insentif
        Insentif akuisisi peserta baru, Rp15.000 (skema B)  B, mulai 25 peserta baru       1                 0
        Insentif akuisisi peserta baru, Rp10.000 (skema B)  B, mulai 25 peserta baru       1                 0
        Insentif iuran bulan ke-1 s.d. ke-24, 15 %          B, bulan iuran 1-24            3  90.405    13.561
        ------------------------------------------------------------------------------------------------------
        Jumlah insentif                                                                       90.405    13.561
        Bagian agen                                                                                     13.561
        Bagian wadah                                                                                     1.356

        Laporan 0: Insentif akuisisi peserta baru, Rp15.000 (skema B) — B, mulai 25 peserta baru, Perdir 13/PERDIR.02/042022
        Peserta      Bulan iuran  Tanggal     Jumlah  Dasar  Insentif  Peristiwa                             Pembayaran  Keterangan
        22020000001  2022-05      2022-05-09       1                0  01900000-0000-7000-0000-000000000002

        Laporan 0: Insentif akuisisi peserta baru, Rp10.000 (skema B) — B, mulai 25 peserta baru, Perdir 13/PERDIR.02/042022
        Peserta      Bulan iuran  Tanggal     Jumlah  Dasar  Insentif  Peristiwa                             Pembayaran  Keterangan
        22020000003  2022-05      2022-05-10       1                0  01900000-0000-7000-0000-000000000004

        Laporan 0: Insentif iuran bulan ke-1 s.d. ke-24, 15 % — B, bulan iuran 1-24, Perdir 13/PERDIR.02/042022
        Peserta      Bulan iuran  Tanggal     Jumlah   Dasar  Insentif  Peristiwa                             Pembayaran                            Keterangan
        22020000001  2022-05      2022-05-10       1  36.800     5.520  01900000-0000-7000-0000-000000000005  00000000-0000-4ab2-0000-000000000001
        22020000002  2022-05      2022-05-11       1  16.800     2.520  01900000-0000-7000-0000-000000000006  00000000-0000-4ab3-0000-000000000002
        22020000003  2022-05      2022-05-12       1  36.805  5.520,75  01900000-0000-7000-0000-000000000007  00000000-0000-4ab4-0000-000000000003

        Koreksi 1, diterbitkan 1 Juli 2022
        Aturan                                      Baris tarif          Jumlah    Dasar  Insentif
        Insentif iuran bulan ke-1 s.d. ke-24, 15 %  B, bulan iuran 1-24       1  -36.805    -5.521
        ------------------------------------------------------------------------------------------
        Jumlah insentif                                                          -36.805    -5.521
        Bagian agen                                                                         -5.521
        Bagian wadah                                                                          -552

        Koreksi 1: Insentif iuran bulan ke-1 s.d. ke-24, 15 % — B, bulan iuran 1-24, Perdir 13/PERDIR.02/042022
        Peserta      Bulan iuran  Tanggal     Jumlah    Dasar   Insentif  Peristiwa                             Pembayaran                            Keterangan
        22020000003  2022-05      2022-05-31       1  -36.805  -5.520,75  01900000-0000-7000-0000-000000000009  00000000-0000-4ab4-0000-000000000003  pembalikan

        Jumlah seluruh laporan
        Uraian           Rupiah
        Jumlah insentif   8.040
        Bagian agen       8.040
        Bagian wadah        804

        Rekening (pembukuan terakhir 1 Juli 2022)
        Uraian                            Rupiah
        Saldo bulan-bulan sebelumnya           0
        Hak menurut laporan bulan ini      8.040
        ----------------------------------------
        Saldo dibawa ke bulan berikutnya   8.040

        Setiap kelompok dijumlahkan secara tepat dan dibulatkan satu kali ke rupiah terdekat.
        Keberatan atas satu baris diajukan melalui wadah dengan menyebut nomor peristiwanya.

        """#
}
