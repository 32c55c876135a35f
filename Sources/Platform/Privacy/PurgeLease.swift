import Observability
import Storage

/// The right to purge, which one server at a time has: a row that names its holder and until when.
///
/// Clocks of servers may differ by less than the length of a lease. Where they differ more, or a purge outlives its lease,
/// two may purge at once, which costs time and harms nothing.
struct PurgeLease: Sendable {
    let database: any SQLDatabase
    /// What is purged.
    let name: String
    /// Names this process.
    let holder: String

    private static let length: Duration = .seconds(900)

    /// Takes the lease.
    ///
    /// - Parameter due: taken only if the last purge ended at or before this.
    /// - Returns: whether this process has it now.
    func take(at now: Timestamp, ifLastBefore due: Timestamp) async throws -> Bool {
        // The server may have started while its database was away.
        try await PrivacyTables.prepare(database)
        let result = try await database.write(
            """
            INSERT INTO privacy_purges (name, holder, held_until, finished_at)
            VALUES (\(bind: name), \(bind: holder), \(bind: Self.end(after: now)), 0)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
            WHERE privacy_purges.held_until <= \(bind: now) AND privacy_purges.finished_at <= \(bind: due)
            RETURNING holder
            """)
        return !result.rows.isEmpty
    }

    /// Holds on for longer; false where another has taken it meanwhile.
    func renew(at now: Timestamp) async throws -> Bool {
        let result = try await database.write(
            """
            UPDATE privacy_purges SET held_until = \(bind: Self.end(after: now))
            WHERE name = \(bind: name) AND holder = \(bind: holder)
            """)
        return result.changedRows == 1
    }

    /// Gives it back.
    ///
    /// - Parameter finished: when the purge ended; nil if it is to be tried again.
    func giveBack(finished: Timestamp?) async throws {
        try await database.write(
            """
            UPDATE privacy_purges SET held_until = 0, finished_at = COALESCE(\(bind: finished), finished_at)
            WHERE name = \(bind: name) AND holder = \(bind: holder)
            """)
    }

    private static func end(after now: Timestamp) -> Timestamp {
        Timestamp(microseconds: now.microseconds + length.wholeNanoseconds / 1000)
    }
}
