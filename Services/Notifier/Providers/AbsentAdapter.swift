/// Takes nothing.
struct AbsentAdapter: ProviderAdapter {
    func send(_ dispatch: Dispatch) async -> SendOutcome { .lockedOut(reason: "no adapter") }
    func ask(_ dispatch: Dispatch) async -> AskOutcome { .cannotBeAsked }
    func close() {}
}
