import PaymentReconciler
import Worker

WorkerMain.run(
    ServiceIdentity(name: "payment-reconciler", httpPort: 8082), intake: [.payments],
    make: { PaymentReconcilerService(ReconcilerSettings(from: &$0)) },
    routes: { try SnapEndpoint.routes($0.settings, $1) })
