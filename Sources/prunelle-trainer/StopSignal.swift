import Foundation
import Synchronization

/// Whether the program was asked to stop.
enum StopSignal {
    private static let wasReceived = Atomic(false)

    /// Turns SIGTERM and SIGINT into a wish that the run looks at between steps.
    static func listen() {
        // A program started from a thread of Dispatch inherits that thread's mask, which blocks these signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT] {
            sigaddset(&signals, number)
            // Nothing but an atomic store may happen in a signal handler.
            signal(number) { _ in StopSignal.wasReceived.store(true, ordering: .relaxed) }
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        // Whoever reads the events may be gone; writing then fails instead of ending the program.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Wishes the run to stop, as a signal does.
    static func raise() { wasReceived.store(true, ordering: .relaxed) }

    /// Whether the run shall stop.
    static var isReceived: Bool { wasReceived.load(ordering: .relaxed) }
}
