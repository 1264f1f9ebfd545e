import CommissionCalculator
import Worker

WorkerMain.run(
    ServiceIdentity(name: "commission-calculator", httpPort: 8083),
    make: { reader in CommissionCalculatorService(settings: CommissionSettings(from: &reader)) })
