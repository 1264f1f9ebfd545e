import ArgumentParser
import CommissionCalculator
import Foundation
import PerisaiModels
import Worker

struct TargetsImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Stores the targets of a file; all of it, or nothing and every fault.",
        discussion: """
            A JSON array of objects (.json), or CSV with a header: level, place, measure, from, through, value (or \
            share_percent with of_level, of_place and perhaps of_measure), source, definition, perhaps reported. The same \
            file again changes nothing; another value of the same source needs --replace.
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var actor: Actor
    @OptionGroup var options: TargetsFileOptions
    @Argument(help: "The file.", completion: .file()) var file: String

    func run() throws {
        try options.run(file, options.dryRun ? "targets (dry run)" : "targets") {
            let lines = try TargetFile.targets(
                TargetsFileOptions.bytes(of: file), isJSON: TargetsFileOptions.isJSON(file))
            let connection = try database.commissions()
            defer { connection.close() }
            return try TargetStore(connection).store(
                lines, by: actor.name(), replace: options.replace, dryRun: options.dryRun)
        }
    }
}

struct TargetsPlaces: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "places", abstract: "Where branches are; with a file, stores it.",
        discussion: """
            A JSON array of objects (.json), or CSV with a header: branch, name, region (one of the 11 regional offices), \
            office (cabang or perintis).
            """)

    @OptionGroup var database: DatabaseOptions
    @Option(help: "Your name (default: PERISAI_OPERATOR).") var by: String?
    @OptionGroup var options: TargetsFileOptions
    @Argument(help: "The file; none lists the places.", completion: .file()) var file: String?
    @OptionGroup var output: ReportOutput

    private func person() throws -> OperatorName {
        guard let text = by ?? ProcessInfo.processInfo.environment["PERISAI_OPERATOR"] else {
            throw ValidationError("say who you are: --by, or PERISAI_OPERATOR")
        }
        return try wrongUse { try OperatorName(text) }
    }

    func validate() throws { if file != nil { _ = try person() } }

    func run() throws {
        guard let file else { return try list() }
        try options.run(file, options.dryRun ? "places (dry run)" : "places") {
            let lines = try TargetFile.places(
                TargetsFileOptions.bytes(of: file), isJSON: TargetsFileOptions.isJSON(file))
            let connection = try database.commissions()
            defer { connection.close() }
            return try PlaceStore(connection).store(
                lines, by: person(), replace: options.replace, dryRun: options.dryRun)
        }
    }

    private func list() throws {
        let connection = try database.commissions()
        defer { connection.close() }
        var table = ReportTable(
            "places", "Branches", [.init("Branch"), .init("Name"), .init("Region"), .init("Office")])
        for place in try PlaceStore(connection).list() {
            table.append([place.branch, place.name, place.region.rawValue, place.office.rawValue])
        }
        try output.print([table])
    }
}

struct TargetsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The targets with their source and definition.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var months: ReportMonths
    @Option(help: "Only of this level: nation, region, branch, group or wadah.") var level: TargetLevel?
    @Option(help: "Only of this measure.") var measure: TargetMeasure?
    @Flag(help: "What was replaced, by whom and when, instead.") var history = false
    @OptionGroup var output: ReportOutput

    func run() throws {
        let connection = try database.commissions()
        defer { connection.close() }
        let filter = TargetFilter(
            level: level, place: try months.checkedPlace(), measure: measure, from: months.month ?? months.from,
            through: months.month ?? months.through)
        let store = TargetStore(connection)
        let targets = try history ? store.history(filter) : store.list(filter)
        var columns: [ReportTable.Column] = [
            .init("Level"), .init("Place"), .init("Measure"), .init("From"), .init("Through"),
            .init("Target", nil, .number), .init("Share of"), .init("Reported", nil, .number), .init("Source"),
            .init("Definition"), .init("Set by"), .init("Set at"),
        ]
        if history { columns += [.init("Replaced by"), .init("Replaced at")] }
        var table = ReportTable("targets", history ? "Replaced targets" : "Targets", columns)
        for one in targets { table.append(Self.cells(one)) }
        try output.print([table])
    }

    private static func cells(_ one: StoredTarget) -> [String] {
        let key = one.target.key
        var share = ""
        var amount = "\(one.amount)"
        if case .share(let rate, let level, let place, let measure) = one.target.amount {
            share = "\(rate) of \(level.rawValue) \(place)".replacing(" of nation ", with: " of nation")
            if measure != key.measure { share += ", \(measure.rawValue)" }
            // What a share came to follows its parent, so its history is the share alone.
            if one.replaced != nil { amount = "" }
        }
        return [
            key.level.rawValue, key.place, key.measure.rawValue, "\(key.first)", "\(key.last)", amount, share,
            one.target.reported.map(String.init) ?? "", key.source, one.target.definition, one.setBy,
            "\(one.setAt)", one.replaced?.by ?? "", one.replaced.map { "\($0.at)" } ?? "",
        ]
    }
}
