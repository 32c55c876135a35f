import Synchronization

/// A connection that whoever holds the lock may use; nil once it is closed.
final class SQLiteConnectionSlot: Sendable {
    let connection: Mutex<SQLiteConnection?>

    init(_ connection: sending SQLiteConnection) { self.connection = Mutex(connection) }
}
