import CPostgreSQL

/// Passes on what a server remarks on one connection; libpq would print it.
final class PostgreSQLNotices {
    private let report: (@Sendable (String) -> Void)?

    init(_ report: (@Sendable (String) -> Void)?) { self.report = report }

    /// Lets a connection report here. This must outlive it.
    func install(on handle: OpaquePointer) {
        PQsetNoticeReceiver(handle, postgreSQLNotice, Unmanaged.passUnretained(self).toOpaque())
    }

    fileprivate func receive(_ result: OpaquePointer) {
        guard let report, let message = cpostgresql_message(result) else { return }
        report(String(cString: message))
    }
}

/// A free function, since libpq calls it through a C pointer.
private func postgreSQLNotice(context: UnsafeMutableRawPointer?, result: OpaquePointer?) {
    guard let context, let result else { return }
    Unmanaged<PostgreSQLNotices>.fromOpaque(context).takeUnretainedValue().receive(result)
}
