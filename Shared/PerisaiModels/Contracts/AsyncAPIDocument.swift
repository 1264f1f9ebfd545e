/// The AsyncAPI 3.0.0 document: topics as channels, event types as messages, services as operations.
enum AsyncAPIDocument {
    static var json: [UInt8] {
        var writer = JSONWriter(capacity: 65_536)
        writer.beginObject()
        writer.member("asyncapi", "3.0.0")
        writer.object("info") {
            $0.member("title", "Perisai")
            $0.member("version", "1.0.0")
            $0.member(
                "description",
                "Events between permit offices, agents, banks and the services of Perisai. CloudEvents 1.0 on Kafka in "
                    + "binary mode; structured mode is read too. Money is whole rupiah, dates are YYYY-MM-DD, months "
                    + "YYYY-MM, times RFC 3339 with offset.")
        }
        writer.member("defaultContentType", "application/json")
        writer.object("channels") { for topic in Topic.allCases { channel(topic, &$0) } }
        writer.object("operations") { for service in ServiceContract.all { operations(service, &$0) } }
        writer.object("components") { components(&$0) }
        writer.endObject()
        return writer.bytes
    }

    private static func types(in topic: Topic) -> [any EventData.Type] { EventCatalog.all.filter { $0.topic == topic } }

    private static func channel(_ topic: Topic, _ writer: inout JSONWriter) {
        writer.object(topic.name) {
            $0.member("address", topic.name)
            $0.member("description", topic.summary)
            $0.object("messages") {
                for type in types(in: topic) {
                    $0.object(type.type) { $0.reference("#/components/messages/\(type.type)") }
                }
            }
            $0.object("bindings") {
                $0.object("kafka") {
                    $0.member("topic", topic.name)
                    $0.member("partitions", Int64(topic.partitions))
                    $0.member("bindingVersion", "0.5.0")
                }
            }
        }
    }

    private static func operations(_ service: ServiceContract, _ writer: inout JSONWriter) {
        for topic in service.receives { operation(service, "receive", topic, &writer) }
        for topic in service.sends { operation(service, "send", topic, &writer) }
    }

    private static func operation(
        _ service: ServiceContract, _ action: String, _ topic: Topic, _ writer: inout JSONWriter
    ) {
        writer.object("\(service.name).\(action).\(topic.name)") {
            $0.member("action", action)
            $0.object("channel") { $0.reference("#/channels/\(topic.name)") }
            $0.member("summary", service.summary)
            guard action == "receive" else { return }
            $0.object("bindings") {
                $0.object("kafka") {
                    $0.object("groupId") {
                        $0.member("type", "string")
                        $0.list("enum", [service.name])
                    }
                    $0.member("bindingVersion", "0.5.0")
                }
            }
        }
    }

    private static func components(_ writer: inout JSONWriter) {
        writer.object("messages") {
            for type in EventCatalog.all {
                $0.object(type.type) {
                    $0.member("name", type.type)
                    $0.member("title", type.summary)
                    $0.member("contentType", "application/json")
                    $0.object("headers") { $0.reference("#/components/schemas/CloudEventHeaders") }
                    $0.object("payload") {
                        $0.member("schemaFormat", "application/schema+json;version=draft-2020-12")
                        $0.object("schema") { $0.reference("./\(Contracts.schemaPath(type.type))") }
                    }
                }
            }
        }
        writer.object("schemas") { $0.object("CloudEventHeaders") { headers(&$0) } }
    }

    private static func headers(_ writer: inout JSONWriter) {
        writer.member("type", "object")
        writer.object("properties") {
            for (name, doc) in attributes {
                $0.object(name) {
                    $0.member("type", "string")
                    $0.member("description", doc)
                }
            }
        }
        writer.list("required", ["ce_specversion", "ce_id", "ce_source", "ce_type"])
    }

    private static let attributes = [
        ("ce_specversion", "1.0"),
        ("ce_id", "Unique within the source; an event that comes again keeps its id"),
        ("ce_source", "URI reference of the sender"),
        ("ce_type", "Event type, ending in its version"),
        ("ce_time", "RFC 3339 with offset"),
        ("ce_subject", "What the event is about"),
        ("traceparent", "W3C trace context"),
        ("content-type", "application/json"),
    ]
}

extension JSONWriter {
    /// A member that is an object.
    mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        beginObject()
        body(&self)
        endObject()
    }

    mutating func reference(_ target: String) { member("$ref", target) }

    mutating func list(_ name: String, _ texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
