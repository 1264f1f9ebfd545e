import EnrollmentIntake
import Worker

WorkerRuntime.main(EnrollmentIntakeService())
