import Foundation

extension SQLiteDatabase {
    /// Puts the write-ahead log back into the file and empties it, so that no file holds what was deleted before.
    ///
    /// Other processes may go on using the database; it waits until none of them reads from the log.
    ///
    /// - Throws: `StorageError.busy` if somebody reads all the time, and what opening a connection throws.
    public func emptyLog() async throws {
        let threads = BlockingThreads(name: "sqlite-log", count: 1, capacity: 1)
        let (location, settings) = (file, configuration)
        do {
            try await threads.run(timeout: settings.timeout) { () throws(StorageError) in
                let connection = try SQLiteConnection(file: location, role: .writing, configuration: settings)
                let deadline = ContinuousClock.now + settings.timeout
                connection.limit(until: nil, locksUntil: deadline)
                // While another connection moves pages out of the log SQLite refuses at once, however long one may wait.
                while try connection.control("PRAGMA wal_checkpoint(TRUNCATE)").rows.first?.get(at: 0, as: Int.self)
                    != 0
                {
                    guard ContinuousClock.now < deadline else { throw .busy(detail: "the log is being read") }
                    usleep(5_000)
                }
            }
            await threads.close()
        } catch {
            await threads.close()
            throw error
        }
    }
}
