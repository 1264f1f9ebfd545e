import Foundation
import PerisaiModels
import Worker

/// Who takes messages, by channel, from the file that `PERISAI_NOTIFIER_PROVIDERS_FILE` names.
public struct ProviderSet: Sendable, CustomStringConvertible {
    /// In the order of the file.
    public var providers: [ProviderSettings]
    /// How long a message waits for a channel whose providers are all away before it goes to its next channel.
    public var patience: Duration = .seconds(6 * 3_600)
    /// The same for messages that leave at any hour.
    public var urgentPatience: Duration = .seconds(900)
    public var breaker = CircuitBreaker()

    public init(providers: [ProviderSettings]) { self.providers = providers }

    /// Files take the messages of all channels.
    public static let filesOnly = ProviderSet(providers: [])

    static let mostBytes = 1 << 20
    static let mostProviders = 50

    /// Channels whose messages go into files: those that no provider serves.
    public var fileChannels: [MessageChannel] {
        MessageChannel.allCases.filter { channel in !providers.contains { $0.channel == channel } }
    }

    /// Channels that providers serve.
    public var channels: [MessageChannel] {
        MessageChannel.allCases.filter { channel in providers.contains { $0.channel == channel } }
    }

    public var description: String {
        providers.isEmpty ? "files only" : providers.map(\.description).joined(separator: ", ")
    }

    /// Reads and checks the file; every fault at once, keyed by its field. No fault quotes a secret.
    public static func read(file path: String) throws(SettingsError) -> ProviderSet {
        guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber else {
            throw SettingsError([SettingFault(key: "file", reason: "cannot be read")])
        }
        guard size.intValue <= mostBytes, let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError([SettingFault(key: "file", reason: "cannot be read, or is longer than 1 MiB")])
        }
        return try read(Array(data))
    }

    /// As `read(file:)`, from the file's content.
    public static func read(_ bytes: [UInt8]) throws(SettingsError) -> ProviderSet {
        let file: ProviderFile
        do throws(JSONFault) {
            file = try bytes.withUnsafeBytes { bytes in
                Result { () throws(JSONFault) in try ProviderFile.read(bytes: bytes) }
            }.get()
        } catch {
            throw SettingsError([SettingFault(key: error.field.isEmpty ? "file" : error.field, reason: error.reason)])
        }
        var check = ProviderCheck()
        let set = check.set(file)
        if !check.faults.isEmpty { throw SettingsError(check.faults) }
        return set
    }
}
