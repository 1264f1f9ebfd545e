import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import CommissionCalculator

struct TargetFileTests {
    private func faults(_ text: String, isJSON: Bool = false) -> [String] {
        do throws(RowFaults) {
            _ = try TargetFile.targets(Array(text.utf8), isJSON: isJSON)
            return []
        } catch { return error.faults.map { "\($0.line) \($0.field)" } }
    }

    private let header = "level,place,measure,from,through,value,source,definition\n"

    @Test func everyFaultOfAFileIsTold() {
        let text =
            header + """
                branch,dps,new-bpu,2018-01,2018-12,24000,Article 000,Target
                planet,DPS,new,2018-13,2018-12,-1,A,\u{1}\u{1}\u{1}
                nation,DPS,agents,2019-12,2019-01,6000,Article 003,Agents
                region,Bali,agents,2019-01,2039-01,1e3,Article 003,Agents
                wadah,W-1,labour-force,2019-01,2019-01,1,Article 003,of 3515140508680001

                branch,DPS,new-bpu,2018-01,2018-12,24000
                "branch"x,DPS,new-bpu,2018-01,2018-12,24000,Article 000,Target
                branch,DPS,new-bpu,2018-01,2018-12,24000,Article 000,Target
                branch,DPS,new-bpu,2018-01,2018-12,24001,Article 000,Target
                """
        #expect(
            faults(text) == [
                "2 place", "3 definition", "3 from", "3 level", "3 measure", "3 source", "3 value", "4 place",
                "4 through",
                "5 place", "5 through", "5 value", "6 definition", "6 measure", "8 row", "9 row", "11 row",
            ])
    }

    @Test func facesOfJSON() {
        let text = """
            [
              {"level": "group", "place": "DPS", "measure": "new-participants", "from": "2018-01", "through": "2018-12",
               "share_percent": 37.5, "of_level": "branch", "of_place": "DPS", "source": "Plan", "definition": "Share"},
              {"level": "group", "place": "DPS", "measure": "new-bpu", "from": "2018-01", "through": "2018-12",
               "value": 1, "share_percent": 100.1, "of_level": "nation", "of_place": "X", "source": "Plan",
               "definition": "Share", "colour": "red"},
              {"level": "group", "place": "DPS", "measure": "new-bpu", "from": "2018-01", "through": "2018-12",
               "value": 1.5, "of_place": "DPS", "source": "Plan", "definition": ["Share"]},
              {"level": "branch", "place": "DPS", "measure": "new-bpu", "from": "2018-01", "through": "2018-12",
               "value": 2, "value": 1, "source": "Plan", "definition": "Share"},
              7
            ]
            """
        #expect(
            faults(text, isJSON: true) == [
                "4 colour", "4 of_place", "4 share_percent", "4 value", "7 definition", "7 of_place", "7 value",
                "9 value", "11 row",
            ])
        for broken in ["", "{}", "[", "[]", "7", "[{}", "\u{0}"] { #expect(!faults(broken, isJSON: true).isEmpty) }
        for broken in ["", "level", "level,level\n1,2", "colour\nred", "level\n\"nation"] {
            #expect(!faults(broken).isEmpty)
        }
    }

    @Test func sharesArePercentsOfAParent() throws {
        let line = """
            [{"level": "group", "place": "DPS", "measure": "new-participants", "from": "2018-01", "through": "2018-12",
              "share_percent": 37.5, "of_level": "branch", "of_place": "DPS", "source": "Plan", "definition": "Share"}]
            """
        let target = try #require(TargetFile.targets(Array(line.utf8), isJSON: true).first?.target)
        #expect(
            target.amount
                == .share(Rate(partsPerMillion: 375_000), level: .branch, place: "DPS", measure: .newParticipants))
        #expect(target.parent?.level == .branch && target.parent?.source == "Plan")
    }

    /// CSV and JSON of the same rows are the same targets; quotes, blanks and a byte order mark do not matter.
    @Test func csvIsRead() throws {
        let text =
            "\u{FEFF}level,place,measure,from,through,value,source,definition,reported\r\n"
            + "nation,,agents,2019-12,2019-12,6000,\"Koran \"\"Sindo\"\", 2019\",\" At the\nend \",3700\r\n"
        let target = try #require(TargetFile.targets(Array(text.utf8), isJSON: false).first?.target)
        #expect(target.key.source == "Koran \"Sindo\", 2019" && target.definition == "At the end")
        #expect(target.amount == .value(6_000) && target.reported == 3_700 && target.key.place == "")
    }

    @Test func limits() {
        let row = "nation,,agents,2019-12,2019-12,6000,Article 003,"
        #expect(faults(header + row + String(repeating: "x", count: 501)) == ["2 definition"])
        #expect(faults(header + row + String(repeating: "x", count: 5_000)) == ["2 row"])
        #expect(faults(header + String(repeating: row + "x\n", count: RowFile.rowLimit + 1)).last == "20002 file")
        #expect(faults(String(repeating: "x", count: RowFile.byteLimit + 1)) == ["1 file"])
    }

    /// Random bytes and cut files are refused, never trapped on.
    @Test func hostileBytes() throws {
        var generator = SeededGenerator("target files")
        let sample = try Data(contentsOf: repositoryFile("docs/examples/targets/articles.json"))
        for _ in 0..<2_000 {
            var bytes = Array(sample.prefix(Int.random(in: 0...sample.count, using: &generator)))
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? TargetFile.targets(bytes, isJSON: Bool.random(using: &generator))
            _ = try? TargetFile.places(bytes, isJSON: Bool.random(using: &generator))
        }
    }

    @Test func placesKnowTheirRegion() throws {
        let good = try TargetFile.places(
            Array("branch,name,region,office\nDPS,Denpasar,banuspa,\nGIN,Gianyar,Banuspa,perintis\n".utf8),
            isJSON: false)
        #expect(good.map(\.place.region) == [.banuspa, .banuspa])
        #expect(good.map(\.place.office) == [.cabang, .perintis])
        let bad = "branch,name,region,office\nDPS,Denpasar,Bali,\nDPS,D,Banuspa,kiosk\n"
        #expect(throws: RowFaults.self) { try TargetFile.places(Array(bad.utf8), isJSON: false) }
    }
}
