import Testing

@testable import Kafka

@Suite struct ConfigurationTests {
    @Test(arguments: KafkaConfiguration.Role.allCases, KafkaConfiguration.Profile.allCases)
    func defaultsAreAccepted(role: KafkaConfiguration.Role, profile: KafkaConfiguration.Profile) {
        let configuration = KafkaConfiguration(role: role, bootstrapServers: "localhost:1", profile: profile)
        #expect(configuration.faults().isEmpty)
    }

    @Test func everyFaultAtOnceAndNoSecretShown() {
        let faults = KafkaConfiguration.check(
            [
                "fetch.wait.max.ms": "soon", "no.such.property": "1", "enable.auto.commit": "true",
                "bootstrap.servers": "", "ssl.key.pem": "hunter2", "security.protocol": "magic",
            ], role: .consumer)
        let names = Set(faults.map(\.name))
        #expect(
            names.isSuperset(of: [
                "fetch.wait.max.ms", "no.such.property", "enable.auto.commit", "bootstrap.servers",
                "security.protocol",
            ]))
        #expect(!faults.contains { $0.description.contains("hunter2") })
    }

    @Test func propertiesThatDoNotGoTogether() {
        let configuration = KafkaConfiguration.producer(
            bootstrapServers: "localhost:1", overrides: ["acks": "1", "sasl.password": "hunter2"])
        let faults = configuration.faults()
        #expect(faults.count == 1)
        #expect(!faults.description.contains("hunter2"))
        #expect(throws: KafkaError.self) { _ = try AcknowledgedPublisher(configuration: configuration) }
    }

    @Test func secretsAreMasked() {
        for name in ["sasl.password", "ssl.key.password", "SSL.KEYSTORE.PASSWORD", "sasl.jaas.config"] {
            #expect(KafkaConfiguration.isSecret(name))
        }
        #expect(!KafkaConfiguration.isSecret("sasl.username"))
        let configuration = KafkaConfiguration.admin(
            bootstrapServers: "b:1", overrides: ["sasl.password": "hunter2"])
        #expect(configuration.maskedProperties["sasl.password"] == "***")
        #expect(configuration.maskedProperties["bootstrap.servers"] == "b:1")
    }

    @Test func commandsReadAsWritten() throws {
        let commands: [EmbeddedBrokerCommand] = [
            .brokerDown(1), .brokerUp(2), .errors(apiKey: 0, code: -195, count: 3), .delay(broker: 1, milliseconds: 9),
            .topic("a", partitions: 4), .ping, .stop,
        ]
        for command in commands { #expect(try EmbeddedBrokerCommand(line: command.line) == command) }
    }
}
