import ArgumentParser
import Foundation
import PerisaiModels
import Worker

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Looks at the configuration.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the configuration as a service would: every fault at once, secrets masked.")

        @Option(help: "Only this service; may be given more than once.")
        var service: [String] = []

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            var table = Table([
                .init("Service"), .init("Setting"), .init("Value"), .init("Origin"), .init("Meaning"),
            ])
            var faults: [(service: String, fault: SettingFault)] = []
            for entry in try ServiceEntry.named(service) {
                var reader = SettingsReader()
                entry.readSettings(&reader)
                for setting in reader.effective {
                    table.append([entry.name, setting.key, setting.shown, setting.origin.rawValue, setting.doc])
                }
                do { try reader.finish() } catch { faults += error.faults.map { (entry.name, $0) } }
            }
            var wrong = Table([.init("Service"), .init("Setting"), .init("Fault")])
            for (service, fault) in faults { wrong.append([service, fault.key, fault.reason]) }
            if json {
                var writer = JSONWriter()
                writer.beginObject()
                writer.name("faults" as StaticString)
                wrong.write(to: &writer)
                writer.name("settings" as StaticString)
                table.write(to: &writer)
                writer.endObject()
                Console.out(writer.text)
            } else {
                table.print(json: false)
                if !faults.isEmpty { Console.note("\n" + wrong.text) }
            }
            if !faults.isEmpty {
                throw OperationsError("\(faults.count) \(faults.count == 1 ? "setting is" : "settings are") wrong")
            }
        }
    }
}
