import Storage
import Synchronization
import TestSupport
import Testing

/// How calls are kept from waiting for a store that is away.
struct OutageTests {
    /// Work that waits until it is let go on.
    private final class Gate: Sendable {
        private let state = Mutex((isOpen: false, waiters: [CheckedContinuation<Void, Never>]()))

        func pass() async {
            await withCheckedContinuation { waiter in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiters.append(waiter) }
                    return state.isOpen
                }
                if isOpen { waiter.resume() }
            }
        }

        func open() {
            let waiters = state.withLock { state in
                state.isOpen = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    @Test("work that ends in time gives its result or its error, and the store counts as there")
    func inTime() async throws {
        let outage = Outage()
        #expect(try await outage.run { 7 } == 7)
        await #expect(throws: StorageError.self) { try await outage.run { throw StorageError.conflict(detail: "") } }
        #expect(!outage.isOngoing)
    }

    @Test("every wait beyond the patience ends by itself; calls then fail at once, until the store has answered")
    func late() async throws {
        let outage = Outage(patience: .seconds(1), pause: .seconds(3_600))
        let gate = Gate()
        // One wait that ends in time stands before, between and behind those that do not.
        let late = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<9 {
                group.addTask {
                    do {
                        try await outage.run { if index % 3 != 1 { await gate.pass() } }
                        return false
                    } catch let error as StorageError where error.isTemporary {
                        return true
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(late >= 6)
        #expect(outage.isOngoing)
        let wasTried = Mutex(false)
        await #expect(throws: StorageError.self) { try await outage.run { wasTried.withLock { $0 = true } } }
        let isTried = wasTried.withLock { $0 }
        #expect(!isTried)
        gate.open()
        try await eventually { !outage.isOngoing }
        #expect(try await outage.run { 8 } == 8)
    }

    @Test("waits are watched again after a time without any")
    func again() async throws {
        let outage = Outage(patience: .milliseconds(5), pause: .zero)
        for _ in 0..<3 {
            let gate = Gate()
            await #expect(throws: StorageError.self) { try await outage.run { await gate.pass() } }
            gate.open()
            try await eventually { !outage.isOngoing }
        }
    }
}
