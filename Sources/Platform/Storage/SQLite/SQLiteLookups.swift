import Foundation
import Synchronization

/// Connections for reads so small that handing them to another thread would cost more than doing them.
///
/// A read of one row by an index from pages in memory takes a few microseconds, a hand-over and back some tens. Each
/// read here may take so few instructions, and waits for no lock, that it cannot hold up the caller's thread.
final class SQLiteLookups: Sendable {
    /// Looks of `SQLiteLimits` one read may take: some hundreds of microseconds at the very most.
    private static let looks = 10

    private let slots: [SQLiteConnectionSlot]

    init(file: URL, configuration: SQLiteConfiguration) throws(StorageError) {
        var slots: [SQLiteConnectionSlot] = []
        for _ in 0..<max(2, ProcessInfo.processInfo.activeProcessorCount) {
            slots.append(
                SQLiteConnectionSlot(try SQLiteConnection(file: file, role: .reading, configuration: configuration)))
        }
        self.slots = slots
    }

    /// The rows of a small read, or nil if it is not small or no connection is free.
    func rows(of statement: SQLStatement) throws(StorageError) -> [SQLRow]? {
        for slot in slots {
            let rows = slot.connection.withLockIfAvailable { connection -> Result<[SQLRow]?, StorageError> in
                guard let connection else { return .failure(.unavailable(detail: "lookups: closed")) }
                return Self.read(statement, on: connection)
            }
            if let rows { return try rows.get() }
        }
        return nil
    }

    private static func read(
        _ statement: SQLStatement, on connection: SQLiteConnection
    ) -> Result<[SQLRow]?, StorageError> {
        connection.limit(until: nil, looks: looks, locksUntil: nil)
        do throws(StorageError) {
            return .success(try connection.query(statement))
        } catch .timeout where connection.hasUsedUpItsLooks {
            return .success(nil)
        } catch .busy {
            return .success(nil)
        } catch {
            return .failure(error)
        }
    }

    /// Closes the connections.
    func close() {
        for slot in slots { slot.connection.withLock { $0 = nil } }
    }
}
