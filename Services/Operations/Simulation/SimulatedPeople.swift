import PerisaiModels

/// People and firms that do not exist, with numbers that are valid.
struct SimulatedPeople {
    private var taken: Set<Int64> = []
    private var nextBusiness: Int64 = 9_120_000_000_000
    private var nextPhone: Int64 = 0

    struct Person {
        let name: String
        let nik: NIK
    }

    /// Born 1956 to 1999, first registered in the regency (Kemendagri code of four digits, 5171 is Denpasar).
    mutating func person(_ random: inout SimulatedRandom, regency: Int) throws -> Person {
        let female = random.chance(perMille: 480)
        let year = random.int(1956...1999)
        let month = random.int(1...12)
        let day = random.int(1...CivilDate.daysIn(month: month, year: year))
        let district = random.int(1...4)
        let place = Int64(regency) * 100 + Int64(district)
        let birth = Int64((female ? day + 40 : day) * 10_000 + month * 100 + year % 100)
        var code = (place * 1_000_000 + birth) * 10_000 + 1
        // The next serial of that day, as the register gives them out.
        while !taken.insert(code).inserted { code += 1 }
        return Person(name: name(&random, female: female), nik: try NIK(code: code))
    }

    mutating func business() throws -> NIB {
        nextBusiness += 17
        return try NIB(code: nextBusiness)
    }

    /// 0812 and eight digits, none twice.
    mutating func phone() throws -> PhoneNumber {
        nextPhone += 1
        return try PhoneNumber(code: 6_281_200_000_000 + nextPhone * 7 % 100_000_000)
    }

    private func name(_ random: inout SimulatedRandom, female: Bool) -> String {
        let first = random.pick(Self.birthOrder)
        let given = random.pick(female ? Self.women : Self.men)
        return "\(female ? "Ni" : "I") \(first) \(given) \(random.pick(Self.last))"
    }

    func firmName(_ random: inout SimulatedRandom) -> String {
        "\(random.pick(Self.forms)) \(random.pick(Self.trades)) \(random.pick(Self.last))"
    }

    private static let birthOrder = ["Wayan", "Putu", "Gede", "Made", "Kadek", "Nyoman", "Komang", "Ketut"]
    private static let men = [
        "Adi", "Agus", "Arya", "Bagus", "Budi", "Darma", "Eka", "Gunawan", "Hendra", "Karma", "Mahardika", "Oka",
        "Rai", "Sudana", "Suardika", "Surya", "Wirawan", "Yasa",
    ]
    private static let women = [
        "Ayu", "Dewi", "Desi", "Indah", "Kartini", "Lestari", "Mirah", "Murni", "Puspa", "Ratna", "Rini", "Sari", "Sri",
        "Suci", "Trisna", "Utami", "Wati", "Yuni",
    ]
    private static let last = [
        "Antara", "Arnawa", "Astawa", "Budiarta", "Dana", "Darmawan", "Jaya", "Kusuma", "Mahendra", "Mandala",
        "Parwata", "Pratama", "Putra", "Sanjaya", "Santosa", "Sedana", "Suarta", "Sukarta", "Widana", "Wijaya",
    ]
    private static let forms = ["UD", "CV", "Warung", "Toko", "Bengkel", "Koperasi"]
    private static let trades = [
        "Sari", "Merta", "Dewata", "Segara", "Tirta", "Bali", "Sanur", "Renon", "Sesetan", "Kerta", "Amerta", "Guna",
    ]
}
