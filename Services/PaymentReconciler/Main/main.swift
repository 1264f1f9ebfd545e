import PaymentReconciler
import Worker

WorkerMain.run(
    ServiceIdentity(name: "payment-reconciler", httpPort: 8082), intake: [.payments],
    make: { _ in PaymentReconcilerService() })
