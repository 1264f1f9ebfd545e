import EnrollmentIntake
import Worker

WorkerMain.run(ServiceIdentity(name: "enrollment-intake", httpPort: 8081), intake: [.employerEvents]) { reader in
    EnrollmentIntakeService(settings: EnrollmentSettings(from: &reader))
}
