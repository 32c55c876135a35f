import Foundation

/// A lock on which threads can wait for a change.
///
/// `@unchecked Sendable`: the POSIX mutex and condition are made for use from several threads and never move.
final class Condition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        // The monotonic clock, so that setting the time of day neither shortens nor lengthens a wait.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs the body while holding the lock.
    func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Waits for a signal; the lock is given up meanwhile. The caller must hold it and check its reason on return.
    func wait() {
        pthread_cond_wait(condition, mutex)
    }

    /// Waits as `wait()` does, at most until a moment of `MonotonicTime`.
    ///
    /// - Returns: false once the moment has passed.
    func wait(until deadline: MonotonicTime) -> Bool {
        var moment = deadline.timespec
        return pthread_cond_timedwait(condition, mutex, &moment) == 0
    }

    /// Wakes one waiting thread.
    func signal() {
        pthread_cond_signal(condition)
    }

    /// Wakes all waiting threads.
    func broadcast() {
        pthread_cond_broadcast(condition)
    }
}

/// A moment on the clock that only ever goes forward.
struct MonotonicTime {
    /// The moment in the form of the C library.
    let timespec: timespec

    /// The moment a duration from now.
    static func after(_ delay: Duration) -> MonotonicTime {
        var now = Foundation.timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = delay.components
        let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
        return MonotonicTime(
            timespec: Foundation.timespec(
                tv_sec: now.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000,
                tv_nsec: nanoseconds % 1_000_000_000))
    }
}
