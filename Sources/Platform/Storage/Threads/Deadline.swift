import Dispatch

/// Runs things when their time has come.
enum Deadline {
    private static let queue = DispatchQueue(label: "storage.deadlines")

    /// Runs a short action at a moment, or soon if that has passed.
    static func run(at moment: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) {
        let seconds = max(0, (moment - .now) / .seconds(1))
        queue.asyncAfter(deadline: .now() + seconds, execute: action)
    }
}
