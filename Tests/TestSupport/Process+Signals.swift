import Foundation

extension Process {
    /// Starts the process so that it gets its signals.
    ///
    /// The threads of tasks block signals and a process inherits that from the thread that starts it: a shell would
    /// never learn that its children have ended.
    func runWithSignals() throws {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}
