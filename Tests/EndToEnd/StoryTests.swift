import Foundation
import TestSupport
import Testing

@testable import Operations

/// The stories of the README, as their reader types them: the scripts of docs/examples/stories against real processes.
@Suite(.serialized)
struct StoryTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["permit-office", "agent", "messages"])
    func holdsToItsEnd(story: String) throws {
        var options = LocalStack.Options()
        options.gateways = true
        let stack = try LocalStack(options)
        defer { stack.stop() }
        try stack.startAll()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = [repositoryFile("docs/examples/stories/\(story).sh").path]
        shell.environment = stack.toolEnvironment.merging([
            "PATH": "\(stack.binaries):/usr/bin:/bin", "LC_ALL": "C.UTF-8",
        ]) { $1 }
        // Into a file: a pipe that nobody reads would stop the script.
        let output = stack.directory + "/story.log"
        try Data().write(to: URL(fileURLWithPath: output))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        shell.standardOutput = file
        shell.standardError = file
        try shell.run()
        shell.waitUntilExit()
        try file.close()
        let text = try String(contentsOfFile: output, encoding: .utf8)
        #expect(shell.terminationStatus == 0, "\(text.suffix(4_000))")
        #expect(text.hasSuffix("== The whole story holds.\n"))
        #expect(try #require(stack.gateways).delivered.twice == 0)
        for service in LocalStack.serviceNames {
            #expect(stack.services[service]?.allSatisfy(\.isRunning) == true, "\(service) runs to the end")
        }
    }
}
