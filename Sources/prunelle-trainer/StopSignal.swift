import Foundation
import Synchronization

/// Whether the program was asked to stop.
enum StopSignal {
    private static let wasReceived = Atomic(false)

    /// Turns SIGTERM and SIGINT into a wish that the run looks at between steps.
    static func listen() {
        for number in [SIGTERM, SIGINT] {
            // Nothing but an atomic store may happen in a signal handler.
            signal(number) { _ in StopSignal.wasReceived.store(true, ordering: .relaxed) }
        }
        // Whoever reads the events may be gone; writing then fails instead of ending the program.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether the run shall stop.
    static var isReceived: Bool { wasReceived.load(ordering: .relaxed) }
}
