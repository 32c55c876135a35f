import Synchronization

/// Adds up the rows done and tells them.
final class RowCounter: Sendable {
    private let tell: @Sendable (DatabaseTransfer.Progress) -> Void
    private let rows = Mutex((copied: 0, verified: 0))

    init(_ tell: @escaping @Sendable (DatabaseTransfer.Progress) -> Void) { self.tell = tell }

    func add(_ count: Int, of table: TableLayout, isVerifying: Bool) {
        let sum = rows.withLock { rows in
            if isVerifying { rows.verified += count } else { rows.copied += count }
            return isVerifying ? rows.verified : rows.copied
        }
        tell(DatabaseTransfer.Progress(isVerifying: isVerifying, table: table.name, rows: sum))
    }
}
