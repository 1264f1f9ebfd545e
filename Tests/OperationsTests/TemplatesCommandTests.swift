import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite struct TemplatesCommandTests {
    @Test func templatesAreListedAndChecked() {
        for arguments in [
            ["list"], ["list", "--kind", "receipt", "--language", "en", "--json"], ["check"], ["versions"],
            ["document"],
        ] {
            #expect(PerisaiCommand.start(["templates"] + arguments) == 0, "\(arguments)")
        }
        #expect(PerisaiCommand.start(["templates", "list", "--kind", "nothing"]) == 2)
        #expect(PerisaiCommand.start(["templates", "list", "--language", "fr"]) == 2)
    }

    @Test func editedTemplatesAreChecked() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/id", withIntermediateDirectories: true)
        func check(_ version: Int, _ body: String) throws -> Int32 {
            try folder.write(
                "id/late-fine.mustache", "version: \(version)\ntitle: Denda\nsms: Denda {{amount}}.\n---\n\(body)\n")
            return PerisaiCommand.start(["templates", "check", "--dir", folder.path])
        }
        #expect(try check(2, "Denda {{amount}} untuk {{month}}.") == 0)
        #expect(try check(1, "Denda {{amount}} untuk {{month}}.") == 1)
        #expect(try check(2, "Denda {{jumlah}}.") == 1)
        #expect(PerisaiCommand.start(["templates", "check", "--dir", folder.path + "/nowhere"]) == 1)
    }
}
