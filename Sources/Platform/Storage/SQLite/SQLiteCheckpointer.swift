import Foundation
import Synchronization

/// Puts the pages of the write-ahead log back into the file on a thread of its own, while the writer goes on.
///
/// SQLite's own way is that the commit which makes the log too long does it, and everyone who waits for that commit, or
/// for the next, waits for the disk twice as well. Here the thread moves what is in the log when it is asked; what has been
/// written meanwhile, a small rest, is moved by the writer between two commits, since only where nothing is left can
/// the log begin anew.
final class SQLiteCheckpointer: Sendable {
    private let turn: Turn
    private let thread: WorkerThread
    private let threshold: Int

    /// - Parameter threshold: pages in the log from which on they are moved.
    init(_ connection: sending SQLiteConnection, threshold: Int) {
        let turn = Turn()
        let slot = SQLiteConnectionSlot(connection)
        self.turn = turn
        self.threshold = threshold
        thread = WorkerThread(name: "sqlite-log") {
            slot.connection.withLock { connection in
                while turn.wait() {
                    connection?.moveLog()
                    turn.end()
                }
                connection = nil
            }
        }
    }

    /// Called by the writer after a commit.
    ///
    /// - Parameter pages: how many the log has.
    /// - Returns: whether the writer is to move the rest now.
    func shouldMoveRest(logOf pages: Int) -> Bool {
        pages >= threshold && turn.askOrTake()
    }

    /// Ends what was begun and closes the connection.
    func close() async {
        turn.close()
        await thread.finished()
    }

    /// Ends the thread soon, without waiting.
    func stop() { turn.close() }

    /// Who has to do something about the log.
    private final class Turn: @unchecked Sendable {  // `condition` locks all that is stored in `var`
        private enum Phase { case nobody, thread, writer, closed }

        private let condition = NSCondition()
        private var phase = Phase.nobody

        /// Asks the thread where nobody is at it; tells whether the thread is done and the rest is the writer's.
        func askOrTake() -> Bool {
            condition.withLock {
                switch phase {
                case .nobody:
                    phase = .thread
                    condition.signal()
                    return false
                case .writer:
                    phase = .nobody
                    return true
                case .thread: return false
                case .closed: return true
                }
            }
        }

        /// Waits until the thread is asked; false when it is to end.
        func wait() -> Bool {
            condition.withLock {
                while phase == .nobody || phase == .writer { condition.wait() }
                return phase == .thread
            }
        }

        /// The thread is done.
        func end() {
            condition.withLock { if phase == .thread { phase = .writer } }
        }

        func close() {
            condition.withLock {
                phase = .closed
                condition.signal()
            }
        }
    }
}
