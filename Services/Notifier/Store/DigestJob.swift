import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Joins what was held for one reader.
enum DigestJob {
    /// False when nothing is due.
    static func run(
        _ settings: NotifierSettings, _ templates: TemplateSet, _ connection: Connection, _ writer: inout BatchWriter
    ) throws -> Bool { false }
}
