import CSQLite

/// How long the write-ahead log is, as SQLite tells after each commit over a connection.
///
/// Belongs to one connection and is used by whichever thread uses that.
final class SQLiteLogLength {
    fileprivate(set) var pages = 0

    /// Lets a connection tell. The value must outlive it.
    ///
    /// This replaces SQLite's own hook, which moves the log within the commit that makes it long.
    func install(on handle: OpaquePointer) {
        sqlite3_wal_hook(handle, sqliteHasCommitted, Unmanaged.passUnretained(self).toOpaque())
    }
}

// A free function, since SQLite calls it through a C pointer.
private func sqliteHasCommitted(
    context: UnsafeMutableRawPointer?, _: OpaquePointer?, _: UnsafePointer<CChar>?, pages: Int32
) -> Int32 {
    guard let context else { return SQLITE_OK }
    Unmanaged<SQLiteLogLength>.fromOpaque(context).takeUnretainedValue().pages = Int(pages)
    return SQLITE_OK
}
