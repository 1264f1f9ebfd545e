import PerisaiModels

import struct Foundation.UUID

/// Rows of the table exception_case.
public enum ExceptionCase {
    /// Keeps the ids of cases apart from all others that are derived from events.
    static let purpose: UInt64 = 40

    /// One case for each event and code, the same whenever and wherever it is opened.
    public static func id(eventKey: UUID, code: ExceptionCode) -> UUID {
        EventKey.derived(from: eventKey, ordinal: ExceptionPolicy(of: code).number, purpose: purpose)
    }
}
