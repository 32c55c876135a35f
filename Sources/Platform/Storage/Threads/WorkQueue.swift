import Dispatch
import Foundation

/// Something a task waits for and that may come to nothing.
protocol AwaitedWork: Sendable {
    /// Tells whoever waits that the work will not be done.
    func abandon(_ error: any Error)
}

/// A bounded first-in-first-out queue between tasks that wait and threads that work.
///
/// Work that is still in the queue at its deadline is taken out and abandoned, even while every thread is stuck.
final class WorkQueue<Work: AwaitedWork>: @unchecked Sendable {  // `condition` locks all that is stored in `var`
    /// A piece of work and how long it may wait.
    struct Entry: Sendable {
        fileprivate let number: UInt64
        let deadline: ContinuousClock.Instant
        let work: Work
    }

    /// The place of a piece of work in the queue.
    struct Ticket: Sendable {
        fileprivate let number: UInt64
    }

    private let name: String
    private let capacity: Int
    private let condition = NSCondition()
    private var entries: [Entry] = []
    private var nextNumber: UInt64 = 0
    private var idleThreads = 0
    /// What new work is refused with; nil while the queue is open.
    private var refusal: StorageError?
    /// When the next look for overdue entries is due; nil when none is planned.
    private var plannedSweep: ContinuousClock.Instant?

    /// Makes an open queue.
    ///
    /// - Parameter name: what it is for, in error details.
    init(name: String, capacity: Int) {
        self.name = name
        self.capacity = capacity
    }

    /// How much work waits.
    var count: Int { condition.withLock { entries.count } }

    /// A place for work that is about to be appended, so that it can be taken back.
    func ticket() -> Ticket {
        condition.withLock {
            nextNumber += 1
            return Ticket(number: nextNumber)
        }
    }

    /// Adds work at the end, or abandons it at once when the queue is full or closed.
    func append(_ work: Work, _ ticket: Ticket, deadline: ContinuousClock.Instant) {
        let refused: StorageError? = condition.withLock {
            if let refusal { return refusal }
            if entries.count >= capacity {
                return .busy(detail: "\(name): \(entries.count) waiting, \(capacity) allowed")
            }
            entries.append(Entry(number: ticket.number, deadline: deadline, work: work))
            planSweep(by: deadline)
            if idleThreads > 0 { condition.signal() }
            return nil
        }
        if let refused { work.abandon(refused) }
    }

    /// Takes work back because its task was cancelled. Nothing happens if a thread has it already.
    func cancel(_ ticket: Ticket) {
        let work: Work? = condition.withLock {
            guard let index = entries.firstIndex(where: { $0.number == ticket.number }) else { return nil }
            return entries.remove(at: index).work
        }
        work?.abandon(CancellationError())
    }

    /// Waits for work and takes it.
    ///
    /// - Parameters:
    ///   - limit: how many entries to take at most.
    ///   - mayShare: whether a piece of work may be taken together with others.
    /// - Returns: at least one entry, in order; nil when the queue is closed and empty.
    func next(limit: Int = 1, where mayShare: (Work) -> Bool = { _ in true }) -> [Entry]? {
        condition.withLock { isThereWork() ? takeLocked(limit: limit, where: mayShare) : nil }
    }

    /// Waits for work and leaves it where it is, so that it is still abandoned in time if it cannot be begun.
    ///
    /// - Returns: false when the queue is closed and empty.
    func waitForWork() -> Bool {
        condition.withLock { isThereWork() }
    }

    /// Takes what is there, as `next` does, without waiting.
    func take(limit: Int = 1, where mayShare: (Work) -> Bool = { _ in true }) -> [Entry] {
        condition.withLock { entries.isEmpty ? [] : takeLocked(limit: limit, where: mayShare) }
    }

    /// Lets another idle thread look at the queue, as a thread does that cannot work at once.
    func wakeAnother() {
        condition.withLock { if idleThreads > 0, !entries.isEmpty { condition.signal() } }
    }

    /// Puts work to the front, whether the queue is full or closed, because it has to be done again.
    func putBack(_ work: [(work: Work, deadline: ContinuousClock.Instant)]) {
        condition.withLock {
            let again = work.map { work, deadline in
                nextNumber += 1
                return Entry(number: nextNumber, deadline: deadline, work: work)
            }
            entries.insert(contentsOf: again, at: 0)
            if let earliest = work.map(\.deadline).min() { planSweep(by: earliest) }
            if idleThreads > 0 { condition.signal() }
        }
    }

    /// Waits until there is work; the lock is held.
    private func isThereWork() -> Bool {
        while entries.isEmpty {
            if refusal != nil { return false }
            idleThreads += 1
            condition.wait()
            idleThreads -= 1
        }
        return true
    }

    /// Takes from entries that are not empty; the lock is held.
    private func takeLocked(limit: Int, where mayShare: (Work) -> Bool) -> [Entry] {
        var count = 1
        if mayShare(entries[0].work) {
            while count < min(limit, entries.count), mayShare(entries[count].work) { count += 1 }
        }
        let taken = Array(entries[..<count])
        entries.removeFirst(count)
        return taken
    }

    /// Refuses new work; what is in the queue is still handed out.
    func close() {
        condition.withLock {
            refusal = refusal ?? .unavailable(detail: "\(name): closed")
            condition.broadcast()
        }
    }

    /// Refuses new work, and what is in the queue, with an error.
    func close(refusing error: StorageError) {
        let refused = condition.withLock {
            refusal = error
            condition.broadcast()
            defer { entries = [] }
            return entries
        }
        for entry in refused { entry.work.abandon(error) }
    }

    /// Plans to look for overdue entries; the lock is held.
    private func planSweep(by deadline: ContinuousClock.Instant) {
        if let plannedSweep, plannedSweep <= deadline { return }
        plannedSweep = deadline
        Deadline.run(at: deadline) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        let now = ContinuousClock.now
        let overdue: [Entry] = condition.withLock {
            // A sweep that an earlier deadline has replaced finds nothing, or what is overdue anyway.
            let overdue = entries.filter { $0.deadline <= now }
            entries.removeAll { $0.deadline <= now }
            plannedSweep = nil
            if let earliest = entries.map(\.deadline).min() { planSweep(by: earliest) }
            return overdue
        }
        for entry in overdue { entry.work.abandon(StorageError.timeout(detail: "\(name): waited too long")) }
    }
}
