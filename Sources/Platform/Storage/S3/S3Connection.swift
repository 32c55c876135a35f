import CCurl
import Foundation

/// A request that got no answer.
struct S3TransportFailure: Error {
    /// In the words of the library, without anything private.
    let detail: String
    /// Whether something was sent, so that the store may have done what it says.
    let wasSent: Bool
    /// Whether time ran out.
    let isTimeout: Bool
}

/// A handle of libcurl with the connection it keeps open; for one thread at a time.
final class S3Connection: @unchecked Sendable {  // `S3Client` hands each out to one thread at a time, under its lock
    private let handle: UnsafeMutableRawPointer

    /// Must happen once, before other threads use the library.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Makes a handle; it connects with its first request.
    ///
    /// - Throws: `.unavailable` when there is no memory for it.
    init() throws(StorageError) {
        guard Self.isLibraryReady, let handle = curl_easy_init() else {
            throw .unavailable(detail: "libcurl cannot be used")
        }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// The times a request has.
    struct Limits {
        let connect: Duration
        let stall: Duration
        let whole: Duration
        let certificates: String
    }

    /// Sends a signed request and waits for the whole answer.
    ///
    /// - Parameter headers: all header fields but `Host` and `Content-Length`.
    func run(
        _ method: String, _ url: String, headers: [(name: String, value: String)], body: S3Body, limits: Limits,
        transfer: S3Transfer
    ) throws(S3TransportFailure) -> S3Response {
        curl_easy_reset(handle)
        // The library would add these by itself: one waits for a word of the server, one is not signed.
        let fields = headers.map { "\($0.name): \($0.value)" } + ["Expect:", "Accept:"]
        let list = fields.reduce(UnsafeMutablePointer<curl_slist>?.none) { curl_slist_append($0, $1) }
        defer { curl_slist_free_all(list) }
        prepare(method, url, body: body)
        apply(limits)
        ccurl_set_headers(handle, list)
        var callbacks = Self.callbacks
        callbacks.context = Unmanaged.passUnretained(transfer).toOpaque()
        ccurl_set_callbacks(handle, &callbacks)
        let code = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        let isWhole = code == CURLE_OK
        transfer.finish(isWhole: isWhole)
        guard !isWhole else { return transfer.response }
        throw S3TransportFailure(
            detail: String(cString: curl_easy_strerror(code)),
            wasSent: ccurl_number(handle, CURLINFO_REQUEST_SIZE) > 0, isTimeout: code == CURLE_OPERATION_TIMEDOUT)
    }

    private func prepare(_ method: String, _ url: String, body: S3Body) {
        ccurl_set_text(handle, CURLOPT_URL, url)
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_number(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        ccurl_set_number(handle, CURLOPT_PATH_AS_IS, 1)
        ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_number(handle, CURLOPT_NOPROGRESS, 0)
        ccurl_set_number(handle, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_number(handle, CURLOPT_MAXCONNECTS, 2)
        ccurl_set_number(handle, CURLOPT_BUFFERSIZE, 256 << 10)
        ccurl_set_number(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
        ccurl_set_text(handle, CURLOPT_USERAGENT, "Prunelle")
        switch method {
        case "GET": ccurl_set_number(handle, CURLOPT_HTTPGET, 1)
        case "HEAD": ccurl_set_number(handle, CURLOPT_NOBODY, 1)
        case "DELETE": ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, "DELETE")
        default:
            ccurl_set_number(handle, CURLOPT_UPLOAD, 1)
            ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(body.count))
            ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, method)
        }
    }

    private func apply(_ limits: Limits) {
        ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, limits.connect.wholeMilliseconds)
        ccurl_set_number(handle, CURLOPT_TIMEOUT_MS, limits.whole.wholeMilliseconds)
        ccurl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
        ccurl_set_number(handle, CURLOPT_LOW_SPEED_TIME, max(1, limits.stall.wholeMilliseconds / 1_000))
        if !limits.certificates.isEmpty { ccurl_set_text(handle, CURLOPT_CAINFO, limits.certificates) }
    }

    /// The transfer behind the pointer that callbacks are given, which lives as long as the request.
    private static func transfer(_ context: UnsafeMutableRawPointer?) -> S3Transfer? {
        context.map { Unmanaged<S3Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static var callbacks: ccurl_callbacks {
        ccurl_callbacks(
            context: nil,
            read: { buffer, size, count, context in
                let room = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
                return S3Connection.transfer(context)?.read(into: room) ?? Int(CURL_READFUNC_ABORT)
            },
            seek: { context, offset, origin in
                guard origin == SEEK_SET, let transfer = S3Connection.transfer(context) else {
                    return CURL_SEEKFUNC_CANTSEEK
                }
                return transfer.seek(to: Int(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
            },
            write: { bytes, size, count, context in
                let new = UnsafeRawBufferPointer(start: bytes, count: size * count)
                // Any other number than was given stops the request.
                return S3Connection.transfer(context)?.take(new) == true ? new.count : -1
            },
            header: { line, size, count, context in
                let text = UnsafeRawBufferPointer(start: line, count: size * count)
                S3Connection.transfer(context)?.takeHeader(text)
                return text.count
            },
            progress: { context, _, _, _, _ in S3Connection.transfer(context)?.goesOn == true ? 0 : 1 })
    }
}
