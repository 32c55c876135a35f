import CMongoC
import Observability

/// The driver's form of a URI, with what the URI itself leaves open: time-outs, a name, and that changes are acknowledged once
/// they are durable.
final class MongoURI {
    private let handle: OpaquePointer

    /// Parses the URI of a configuration.
    ///
    /// - Parameters:
    ///   - selection: how long a server is looked for.
    ///   - connect: how long a connection may take.
    ///   - answer: how long an answer may take.
    ///   - isForced: whether these count even where the URI has its own.
    /// - Returns: nil for a URI that the library does not take.
    init?(
        _ configuration: MongoConfiguration, selection: Duration, connect: Duration, answer: Duration,
        isForced: Bool = false
    ) {
        guard let handle = mongoc_uri_new_with_error(configuration.address.uri.reveal(), nil) else { return nil }
        self.handle = handle
        func set(_ option: String, _ duration: Duration, isForced: Bool = false) {
            if !isForced, mongoc_uri_has_option(handle, option) { return }
            mongoc_uri_set_option_as_int32(handle, option, Int32(clamping: duration.wholeMilliseconds))
        }
        set(MONGOC_URI_SERVERSELECTIONTIMEOUTMS, selection, isForced: isForced)
        set(MONGOC_URI_CONNECTTIMEOUTMS, connect, isForced: isForced)
        set(MONGOC_URI_SOCKETTIMEOUTMS, answer, isForced: isForced)
        set(MONGOC_URI_WAITQUEUETIMEOUTMS, configuration.timeout, isForced: isForced)
        if !mongoc_uri_has_option(handle, MONGOC_URI_MAXPOOLSIZE) {
            mongoc_uri_set_option_as_int32(
                handle, MONGOC_URI_MAXPOOLSIZE, Int32(clamping: configuration.threads + 2))
        }
        if mongoc_uri_get_appname(handle) == nil { mongoc_uri_set_appname(handle, configuration.applicationName) }
        guard !mongoc_uri_has_option(handle, MONGOC_URI_W), !mongoc_uri_has_option(handle, MONGOC_URI_JOURNAL) else {
            return
        }
        let concern = mongoc_write_concern_new()
        mongoc_write_concern_set_wmajority(concern, Int32(clamping: configuration.timeout.wholeMilliseconds))
        mongoc_write_concern_set_journal(concern, true)
        mongoc_uri_set_write_concern(handle, concern)
        mongoc_write_concern_destroy(concern)
    }

    deinit { mongoc_uri_destroy(handle) }

    /// Lends the handle to a body, which must not keep it.
    func withHandle<Value>(_ body: (OpaquePointer) -> Value) -> Value {
        withExtendedLifetime(self) { body(handle) }
    }
}
