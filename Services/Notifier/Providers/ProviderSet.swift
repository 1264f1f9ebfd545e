import PerisaiModels
import Worker

/// Who takes messages, by channel, from the file that `PERISAI_NOTIFIER_PROVIDERS_FILE` names.
public struct ProviderSet: Sendable {
    /// In the order of the file.
    public let providers: [ProviderSettings]

    /// Files take the messages of all channels.
    public static let filesOnly = ProviderSet(providers: [])

    /// Channels whose messages go into files: those that no provider serves.
    public var fileChannels: [MessageChannel] {
        MessageChannel.allCases.filter { channel in !providers.contains { $0.channel == channel } }
    }

    public static func read(file path: String) throws(SettingsError) -> ProviderSet { .filesOnly }
}

/// One provider of one channel.
public struct ProviderSettings: Sendable {
    public let name: String
    public let channel: MessageChannel
}
