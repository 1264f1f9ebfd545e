import ArgumentParser
import Foundation
import Worker

/// The person who acts.
struct Actor: ParsableArguments {
    @Option(help: "Your name (default: PERISAI_OPERATOR).") var by: String?

    func name() throws -> OperatorName {
        guard let text = by ?? ProcessInfo.processInfo.environment["PERISAI_OPERATOR"] else {
            throw ValidationError("say who you are: --by, or PERISAI_OPERATOR")
        }
        return try wrongUse { try OperatorName(text) }
    }

    func validate() throws { _ = try name() }
}

/// A text that was given wrong is wrong use of the command.
func wrongUse<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DeskError { throw ValidationError(error.description) }
}
