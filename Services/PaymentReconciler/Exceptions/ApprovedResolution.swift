import PerisaiModels

import struct Foundation.UUID

/// What one person has proposed and another approved, to be applied to the accounts.
public struct ApprovedResolution: Sendable {
    public let proposalID: UUID
    /// Nil for an unmatch of a payment without exception.
    public let exceptionID: UUID?
    public let exceptionCode: ExceptionCode?
    public let paymentID: UUID
    public let action: ResolutionAction
    /// Of a match; otherwise the payer of the exception, whose credit may be meant.
    public let payer: PayerNumber?
    public let proposedBy: String
    public let decidedBy: String

    public init(
        proposalID: UUID, exceptionID: UUID?, exceptionCode: ExceptionCode?, paymentID: UUID,
        action: ResolutionAction, payer: PayerNumber?, proposedBy: String, decidedBy: String
    ) {
        self.proposalID = proposalID
        self.exceptionID = exceptionID
        self.exceptionCode = exceptionCode
        self.paymentID = paymentID
        self.action = action
        self.payer = payer
        self.proposedBy = proposedBy
        self.decidedBy = decidedBy
    }
}
