import Foundation
import Observability
import Synchronization

/// Signs requests, sends them on a few connections, and repeats those that may be repeated.
final class S3Client: Sendable {
    let configuration: S3Configuration
    private let signer: S3Signer
    private let service: S3Endpoint
    private let threads: BlockingThreads
    /// Connections that no thread uses now; the one used last is used next, so that few stay open.
    private let idle = Mutex<[S3Connection]>([])
    private let logger: Logger

    init(_ configuration: S3Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        signer = S3Signer(configuration.address.credentials, region: configuration.address.region)
        service = configuration.address.service
        threads = BlockingThreads(
            name: "s3", count: min(max(configuration.connections, 1), 256), capacity: configuration.capacity)
    }

    /// Sends a request and reads the answer, which is a success.
    ///
    /// Every request of the driver has the same effect when it is done twice, so all are repeated.
    ///
    /// - Throws: `S3Refusal`, `StorageError`, `CancellationError`.
    func send(_ request: S3Request, to sink: S3Sink = .memory(limit: 8 << 20)) async throws -> S3Response {
        let end = ContinuousClock.now + configuration.timeout
        var pause = configuration.pause
        var mayBeDone = false
        for attempt in 1... {
            let failure: any Error
            do {
                return try await self.attempt(request, sink, end: end)
            } catch let error as S3TransportFailure {
                mayBeDone = mayBeDone || error.wasSent
                failure = Self.storageError(error, mayBeDone: mayBeDone && request.isChange)
            } catch let error as S3Refusal where error.isTemporary {
                mayBeDone = mayBeDone || error.status != 503
                failure = error
            }
            // Spread, so that those who failed together do not come back together.
            let wait = pause * Double.random(in: 0.5...1)
            guard attempt < configuration.attempts, .now + wait < end else { throw failure }
            logger.debug("asking again", ["attempt": .integer(attempt), "reason": .string(Self.reason(failure))])
            try await Task.sleep(for: wait)
            pause = min(pause * 2, .seconds(2))
        }
        // The loop has no end but those above.
        throw StorageError.unavailable()
    }

    /// As `send`, with refusals in the words of the store's protocol.
    func call(_ request: S3Request, to sink: S3Sink = .memory(limit: 8 << 20)) async throws -> S3Response {
        do {
            return try await send(request, to: sink)
        } catch let error as S3Refusal {
            throw error.storageError(isChange: request.isChange)
        }
    }

    /// Finishes what was begun and refuses what comes after.
    func close() async {
        await threads.close()
        idle.withLock { $0 = [] }
    }

    // MARK: One attempt

    private func attempt(_ request: S3Request, _ sink: S3Sink, end: ContinuousClock.Instant) async throws -> S3Response
    {
        let cancellation = S3Cancellation()
        let result = try await withTaskCancellationHandler {
            try await threads.run(timeout: end - .now) { [self] () throws(StorageError) in
                try perform(request, S3Transfer(request.body, sink, cancellation), end: end)
            }
        } onCancel: {
            cancellation.cancel()
        }
        let response = try result.get()
        guard (200..<300).contains(response.status) else { throw S3Refusal(response) }
        return response
    }

    /// Runs a request on the present thread.
    ///
    /// - Throws: what ended it on this side; the result tells how it went on the way and on the other.
    private func perform(
        _ request: S3Request, _ transfer: S3Transfer, end: ContinuousClock.Instant
    ) throws(StorageError) -> Result<S3Response, S3TransportFailure> {
        let headers = try sign(request)
        let rest = ContinuousClock.now.duration(to: end)
        guard rest > .zero else { throw .timeout(detail: "S3: no time is left") }
        // Bytes on their way get their time; neither waiting for a thread nor another attempt does.
        let granted = Duration.seconds(Double(request.size) / Double(max(1, configuration.minimumRate)))
        let limits = S3Connection.Limits(
            connect: configuration.connectTimeout, stall: configuration.stallTimeout, whole: rest + granted,
            certificates: configuration.certificates)
        let connection = if let last = idle.withLock({ $0.popLast() }) { last } else { try S3Connection() }
        defer { idle.withLock { $0.append(connection) } }
        let result = Result { () throws(S3TransportFailure) in
            try connection.run(
                request.method, url(of: request), headers: headers, body: request.body, limits: limits,
                transfer: transfer)
        }
        // A full disk, an object that is too large: trying again would not help.
        if let failure = transfer.failure { throw failure }
        return result
    }

    /// The header fields to send.
    private func sign(_ request: S3Request) throws(StorageError) -> [(name: String, value: String)] {
        let now = S3Time.now
        let hash = try request.body.hash()
        var fields = request.headers + [("x-amz-content-sha256", hash), ("x-amz-date", now.stamp)]
        if let token = signer.credentials.sessionToken { fields.append(("x-amz-security-token", token.reveal())) }
        let signed = S3Signer.Request(
            request.method, path: request.path, query: request.query, headers: fields + [("host", service.authority)],
            payload: hash)
        fields.append(("Authorization", signer.authorization(of: signed, at: now)))
        return fields
    }

    private func url(of request: S3Request) -> String {
        let place = "\(service.isSecure ? "https" : "http")://\(service.authority)\(S3Encoding.path(request.path))"
        let query = S3Signer.Request("", path: "", query: request.query, headers: [], payload: "").canonicalQuery
        return query.isEmpty ? place : "\(place)?\(query)"
    }

    private static func storageError(_ failure: S3TransportFailure, mayBeDone: Bool) -> StorageError {
        let detail = "S3: \(failure.detail)"
        if mayBeDone { return .uncertain(detail: detail) }
        return failure.isTimeout ? .timeout(detail: detail) : .unavailable(detail: detail)
    }

    private static func reason(_ failure: any Error) -> String {
        switch failure {
        case let failure as StorageError: failure.detail
        case let failure as S3Refusal: failure.detail
        default: "\(failure)"
        }
    }
}
