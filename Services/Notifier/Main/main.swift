import Foundation
import Logging
import Notifier
import Worker

let templates: TemplateSet
do { templates = try TemplateSet() } catch {
    FileHandle.standardError.write(Data("notifier: \(error)\n".utf8))
    exit(2)
}
WorkerMain.run(
    ServiceIdentity(name: "notifier", httpPort: 8080),
    make: { NotifierService(templates: templates, settings: NotifierSettings(reading: &$0)) },
    routes: { service, host in
        service.showDelivery(in: host.metrics)
        return service.receiptRoutes(host.settings.connection("receipts")) { host.log.warning("\($0)") }
    },
    alongside: { service, settings in
        let log = Logger.worker("notifier", level: settings.logLevel)
        return try service.startDelivery(settings.connection("deliver")) { log.warning("\($0)") }
    })
