import PaymentReconciler
import Worker

var settings = ReconcilerSettings()
WorkerMain.run(
    ServiceIdentity(name: "payment-reconciler", httpPort: 8082), intake: [.payments],
    make: { reader in
        settings = ReconcilerSettings(from: &reader)
        return PaymentReconcilerService(settings)
    },
    routes: { _, host in try SnapEndpoint.routes(settings, host) })
