import CommissionCalculator
import Worker

WorkerRuntime.main { CommissionCalculatorService() }
