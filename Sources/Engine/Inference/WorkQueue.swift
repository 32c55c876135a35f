/// The predictions that wait for a worker, first come, first served, bounded.
///
/// `@unchecked Sendable`: all variables are guarded by the lock of `condition`.
final class WorkQueue: @unchecked Sendable {
    private let condition = Condition()
    private let limit: Int
    // A doubly linked list: a cancelled item leaves from the middle at once, whatever the length.
    private var first: WorkItem?
    private var last: WorkItem?
    private var length = 0
    private var isStopped = false
    private var workersWaitingForMates = 0
    private var liveWorkers = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// How many predictions wait.
    var count: Int {
        condition.withLock { length }
    }

    /// Adds an item at the end, unless nobody waits for it any more.
    func push(_ item: WorkItem) throws(InferenceError) {
        try condition.withLock { () throws(InferenceError) in
            if isStopped { throw .stopped }
            if length >= limit { throw .queueFull(limit: limit) }
            // A cancellation between the item's creation and here could not find it in the queue.
            if item.isFinished { return }
            item.previous = last
            item.isLinked = true
            if let last { last.next = item } else { first = item }
            last = item
            length += 1
            // The one signal might reach a worker that gathers items of another model.
            if workersWaitingForMates > 0 { condition.broadcast() } else { condition.signal() }
        }
    }

    /// Takes an item out of the queue if it is still there.
    func remove(_ item: WorkItem) {
        condition.withLock { unlink(item) }
    }

    /// Waits for an item and takes it; nil once the queue is stopped.
    func next() -> WorkItem? {
        condition.withLock {
            while !isStopped {
                if let item = first {
                    unlink(item)
                    return item
                }
                condition.wait()
            }
            return nil
        }
    }

    /// Takes further items of the same model as a first one, waiting for them at most for a delay.
    ///
    /// - Returns: the first item and its mates, at most `maximum` in all.
    func gather(_ item: WorkItem, maximum: Int, delay: Duration) -> [WorkItem] {
        condition.withLock {
            var batch = [item]
            takeMates(of: item, into: &batch, maximum: maximum)
            guard delay > .zero, batch.count < maximum else { return batch }
            let deadline = MonotonicTime.after(delay)
            workersWaitingForMates += 1
            defer { workersWaitingForMates -= 1 }
            while batch.count < maximum, !isStopped {
                let isInTime = condition.wait(until: deadline)
                takeMates(of: item, into: &batch, maximum: maximum)
                if !isInTime { break }
            }
            return batch
        }
    }

    /// Refuses further items and answers the waiting ones with `stopped`.
    func stop() {
        let waiting = condition.withLock {
            isStopped = true
            var items: [WorkItem] = []
            while let item = first {
                unlink(item)
                items.append(item)
            }
            condition.broadcast()
            return items
        }
        for item in waiting { item.finish(.failure(InferenceError.stopped)) }
    }

    /// Counts a worker that has begun to take items.
    func workerDidStart() {
        condition.withLock { liveWorkers += 1 }
    }

    /// Counts a worker that takes no further items.
    func workerDidEnd() {
        condition.withLock {
            liveWorkers -= 1
            condition.broadcast()
        }
    }

    /// Waits until at most `remaining` workers are left.
    ///
    /// - Returns: false if more are left at the deadline.
    func waitForWorkers(remaining: Int, until deadline: MonotonicTime) -> Bool {
        condition.withLock {
            while liveWorkers > remaining {
                if !condition.wait(until: deadline) { return liveWorkers <= remaining }
            }
            return true
        }
    }

    private func takeMates(of item: WorkItem, into batch: inout [WorkItem], maximum: Int) {
        var candidate = first
        while batch.count < maximum, let current = candidate {
            candidate = current.next
            if current.model === item.model {
                unlink(current)
                batch.append(current)
            }
        }
    }

    private func unlink(_ item: WorkItem) {
        guard item.isLinked else { return }
        if let previous = item.previous { previous.next = item.next } else { first = item.next }
        if let next = item.next { next.previous = item.previous } else { last = item.previous }
        item.previous = nil
        item.next = nil
        item.isLinked = false
        length -= 1
    }
}
