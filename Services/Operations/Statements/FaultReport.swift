import BankStatements
import Foundation
import PerisaiModels

/// Writes what was refused, line by line, as CSV or (by the name .json) as a JSON array. Holds no input values.
final class FaultReport {
    private let handle: FileHandle
    private let isJSON: Bool
    private var pending: [UInt8] = []
    private var count = 0

    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw OperationsError("--report: \(path) cannot be written") }
        self.handle = handle
        isJSON = path.lowercased().hasSuffix(".json")
        pending += Array((isJSON ? "[" : "line,field,reason\n").utf8)
    }

    func add(_ fault: StatementFault) throws {
        if isJSON {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("line", fault.line)
            writer.field("field", fault.field)
            writer.field("reason", fault.reason)
            writer.endObject()
            pending += Array((count == 0 ? "\n" : ",\n").utf8) + Array(writer.text.utf8)
        } else {
            pending += Array("\(fault.line),\(Self.cell(fault.field)),\(Self.cell(fault.reason))\n".utf8)
        }
        count += 1
        if pending.count > 1 << 16 { try write() }
    }

    func close() throws {
        if isJSON { pending += Array("\n]\n".utf8) }
        try write()
        try handle.close()
    }

    private func write() throws {
        try handle.write(contentsOf: Data(pending))
        pending.removeAll(keepingCapacity: true)
    }

    /// Quoted; a cell that a spreadsheet would take for a formula begins with an apostrophe.
    private static func cell(_ text: String) -> String {
        let safe = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
