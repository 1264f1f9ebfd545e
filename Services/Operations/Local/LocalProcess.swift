import Foundation

/// A process of a local stack; its output goes to a file.
public final class LocalProcess {
    private let process = Process()
    public let logPath: String
    private let portFile: String?

    init(_ path: String, _ arguments: [String], environment: [String: String], log: String, portFile: String? = nil)
        throws
    {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw OperationsError(
                "\((path as NSString).lastPathComponent) is not built; it should stand beside perisai")
        }
        logPath = log
        self.portFile = portFile
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        // No setting of the caller's own environment may leak into the stack.
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PERISAI_") }
        process.environment = inherited.merging(environment) { $1 }
        try Data().write(to: URL(fileURLWithPath: log))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    public var identifier: Int32 { process.processIdentifier }
    public var isRunning: Bool { process.isRunning }
    public var exitCode: Int32? { process.isRunning ? nil : process.terminationStatus }

    /// SIGTERM: the process drains.
    public func terminate() { if process.isRunning { process.terminate() } }

    /// SIGKILL: the process finishes nothing.
    public func kill() { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }

    /// Waits for the end; kills the process when it does not come in time.
    public func waitForExit(within seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while process.isRunning {
            if Date() > deadline { kill() }
            Thread.sleep(forTimeInterval: 0.01)  // Process tells of its end on a run loop, which tools do not have
        }
    }

    /// The HTTP port, once the process has written it.
    public var port: Int? {
        guard let portFile, let text = try? String(contentsOfFile: portFile, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    var isReady: Bool { (try? get("/readyz"))?.status == 200 }

    /// One GET on the process's own port.
    public func get(_ path: String) throws -> (status: Int, body: String) {
        guard let port else { throw OperationsError("the process has no port yet") }
        return try HTTPProbe.get(host: "127.0.0.1", port: port, path: path)
    }

    /// Peak resident memory in bytes, from the kernel's own count.
    public var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }) else { return 0 }
        return (Int(line.filter(\.isNumber)) ?? 0) * 1_024
    }

    /// CPU seconds used so far, by this process alone.
    public var processorSeconds: Double { Self.processorSeconds(of: identifier) }

    static func processorSeconds(of identifier: Int32) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)) ?? ""
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
