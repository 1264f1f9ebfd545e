import Foundation
import PerisaiModels

/// The whole of a service's `main`: read the settings, run until told to stop, exit.
public enum WorkerMain {
    /// `make` reads the service's own settings and builds it; every fault of every setting is reported at once.
    /// `routes` makes the service's own HTTP routes. `alongside` starts what the service runs beside the loop and returns what stops it.
    public static func run<Service: WorkerService>(
        _ identity: ServiceIdentity, intake: Set<Topic> = [], make: (inout SettingsReader) -> Service,
        routes: ((Service, ServiceHost) throws -> ServiceRoutes)? = nil,
        alongside: ((Service, WorkerSettings) throws -> () -> Void)? = nil
    ) -> Never {
        var reader = SettingsReader()
        let settings = WorkerSettings(from: &reader, service: identity)
        let service = make(&reader)
        do throws(SettingsError) {
            try reader.finish()
        } catch {
            FileHandle.standardError.write(Data("\(identity.name): \(error)\n".utf8))
            exit(2)
        }
        let runtime = WorkerRuntime(service, settings: settings)
        exit(
            runtime.run(
                intake: intake, routes: routes.map { make in { try make(service, $0) } },
                alongside: alongside.map { start in { try start(service, settings) } }))
    }
}
