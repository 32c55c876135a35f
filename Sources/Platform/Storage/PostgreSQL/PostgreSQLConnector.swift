import Synchronization

/// Makes connections, and spares a server that is away: attempts become rarer, and calls fail at once meanwhile.
final class PostgreSQLConnector: Sendable {
    /// What a thread without a connection should do.
    enum Advice {
        case attempt
        case wait(until: ContinuousClock.Instant)
        case refuse(StorageError)
    }

    private struct Outage {
        let began: ContinuousClock.Instant
        var attempts: Int
        var next: ContinuousClock.Instant
        var error: StorageError
        var isLasting: Bool
    }

    private let address: PostgreSQLAddress
    let configuration: PostgreSQLConfiguration
    private let outage = Mutex<Outage?>(nil)

    init(address: PostgreSQLAddress, configuration: PostgreSQLConfiguration) {
        self.address = address
        self.configuration = configuration
    }

    /// What to do now.
    func advice() -> Advice {
        outage.withLock { outage in
            let now = ContinuousClock.now
            guard let outage, now < outage.next else { return .attempt }
            if outage.isLasting || now - outage.began >= configuration.patience { return .refuse(outage.error) }
            return .wait(until: outage.next)
        }
    }

    /// Connects, or notes that it is not possible.
    func connect(as role: PostgreSQLRole) -> PostgreSQLConnection? {
        do throws(PostgreSQLConnectError) {
            let connection = try PostgreSQLConnection(
                to: address, role: role, configuration: configuration,
                deadline: .now + configuration.connectTimeout)
            outage.withLock { $0 = nil }
            return connection
        } catch {
            note(error)
            return nil
        }
    }

    private func note(_ failure: PostgreSQLConnectError) {
        outage.withLock { outage in
            let now = ContinuousClock.now
            var current =
                outage ?? Outage(began: now, attempts: 0, next: now, error: failure.error, isLasting: false)
            // Threads that fail together count once.
            if current.next <= now {
                current.attempts += 1
                current.next = now + pause(after: current.attempts)
            }
            current.error = failure.error
            current.isLasting = failure.isLasting
            outage = current
        }
    }

    /// From 50 ms on twice as long each time, and a random part less, so that many programs do not come at once.
    private func pause(after attempts: Int) -> Duration {
        let longest = min(Duration.milliseconds(25 << min(attempts, 12)), configuration.longestPause)
        return longest * Double.random(in: 0.5...1)
    }
}
