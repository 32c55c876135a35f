internal import CMicrohttpd
internal import Observability
internal import Synchronization

/// One request and its answer.
///
/// Created when the request line has come, released when the request is over. The plain properties belong to the
/// connection's own thread until the handler starts and do not change afterwards; what the handler's task and the
/// watcher share lies in `state`.
final class Exchange: @unchecked Sendable {
    // `state` is the lock for everything that several threads write; the rest is written by the connection's thread only.

    /// Where the request stands.
    enum Phase {
        /// The connection's thread reads it.
        case reading
        /// The connection is suspended until somebody answers.
        case awaiting
        /// An answer is ready.
        case answered(HTTPResponse)
        /// The client has left while the handler was at work.
        case abandoned
        /// The library is done with the request: the connection must not be touched any more.
        case over
    }

    private struct State {
        var phase = Phase.reading
        var task: Task<Void, Never>?
    }

    let core: ServerCore
    let connection: Connection
    let started: MonotonicTime
    let target: String
    private(set) var id = RequestID()
    private(set) var method = HTTPMethod.get
    private(set) var route: BoundRoute?
    private(set) var group: BoundGroup?
    private(set) var template = ""

    var plan = Plan.undecided
    var receiver: BodyReceiver?
    var bodyDeadline = MonotonicTime(nanoseconds: .max)
    /// What was answered, for the log.
    var status = 0
    var sentBytes = 0

    private let handle: OpaquePointer
    private var path = ""
    private var query = QueryItems()
    private var pathParameters = PathParameters()
    private let state = Mutex(State())

    init(core: ServerCore, connection: Connection, handle: OpaquePointer, target: String) {
        self.core = core
        self.connection = connection
        self.handle = handle
        self.target = target
        started = .now
        let deadline = MonotonicTime(nanoseconds: started.nanoseconds + core.headerNanoseconds)
        connection.enter(.headers, until: deadline)
        core.begin()
    }

    /// Names the request.
    func identify(_ method: HTTPMethod) {
        self.method = method
        if let received = liveHeader("X-Request-ID"), let known = RequestID(received: received) { id = known }
    }

    /// Keeps what the request is for.
    func resolve(
        path: String, query: QueryItems = QueryItems(), pathParameters: PathParameters = PathParameters(),
        template: String, route: BoundRoute? = nil, group: BoundGroup?
    ) {
        self.path = path
        self.query = query
        self.pathParameters = pathParameters
        self.template = template
        self.route = route
        self.group = group
    }

    /// The path as far as a log line has room for it.
    var loggedPath: String { path.utf8.count <= 256 ? path : String(path.prefix(256)) + "…" }

    /// The request as handlers and error shapes see it.
    func request(_ body: ReceivedBody = ReceivedBody()) -> HTTPRequest {
        var request = HTTPRequest(
            method: method, path: path, mountPrefix: group?.prefix ?? "", routeTemplate: template,
            pathParameters: pathParameters, query: query, id: id, body: body.bytes, multipart: body.form, source: self)
        request.upload = body.upload
        return request
    }

    // MARK: The handler's task

    /// Suspends the connection and starts the handler.
    ///
    /// - Important: to be called in the library's callback.
    func start(
        _ handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse, with request: HTTPRequest,
        deadline: Duration
    ) {
        let now = MonotonicTime.now
        // Nobody may resume the connection before it is suspended, so suspending comes first.
        MHD_suspend_connection(handle)
        state.withLock { $0.phase = .awaiting }
        connection.handle(self, since: now, until: now.advanced(by: deadline))
        let task = Task { [self] in
            do {
                answer(try await handler(request))
            } catch {
                answer(core.response(forThrown: error, to: request, group: group))
            }
        }
        let isLate = state.withLock { state in
            guard case .awaiting = state.phase else { return true }
            state.task = task
            return false
        }
        // Either the task is done already, or nobody waits for it any more.
        if isLate { task.cancel() }
    }

    /// Gives the handler's answer, unless somebody else was quicker.
    private func answer(_ response: HTTPResponse) {
        settle(.answered(response))
    }

    /// Ends a handler that takes too long.
    func expire() {
        let limit = route?.route.deadline ?? core.configuration.requestDeadline
        end(with: APIError(.deadlineExceeded(limit)))
    }

    /// Answers in the handler's place, and cancels it.
    func end(with error: APIError) {
        settle(.answered(core.response(for: error, to: request(), group: group)))?.cancel()
    }

    /// Cancels a handler whose client has left.
    func abandon() {
        settle(.abandoned)?.cancel()
    }

    /// Moves on from waiting, once; the winner wakes the connection up.
    ///
    /// - Returns: the handler's task, where this call was the one that counted.
    @discardableResult
    private func settle(_ phase: Phase) -> Task<Void, Never>? {
        let (won, task) = state.withLock { state in
            guard case .awaiting = state.phase else { return (false, Task<Void, Never>?.none) }
            state.phase = phase
            defer { state.task = nil }
            return (true, state.task)
        }
        // A suspended connection is neither closed nor freed before it is resumed, so the handle is good here.
        if won { MHD_resume_connection(handle) }
        return task
    }

    /// What a resumed connection has to do.
    var phase: Phase { state.withLock { $0.phase } }

    /// Cuts the exchange from its connection, which the library is about to reuse or free.
    func finish() {
        connection.stopHandling()
        let task = state.withLock { state in
            state.phase = .over
            defer { state.task = nil }
            return state.task
        }
        task?.cancel()
        core.finish(self, status: status == 0 ? 499 : status, bytes: sentBytes)
    }

    // MARK: Headers

    /// Reads a header on the connection's own thread.
    func liveHeader(_ name: StaticString) -> String? {
        var value: UnsafePointer<CChar>?
        var size = 0
        let found = name.withUTF8Buffer { key in
            key.withMemoryRebound(to: CChar.self) {
                MHD_lookup_connection_value_n(
                    handle, .HEADER_KIND, $0.baseAddress, $0.count, &value, &size)
            }
        }
        guard found == MHD_Result.YES, let value else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: value, count: size), as: UTF8.self)
    }
}

extension Exchange: HeaderSource {
    func header(_ name: String) -> String? {
        withLiveConnection { handle in
            MHD_lookup_connection_value(handle, .HEADER_KIND, name).map { String(cString: $0) }
        } ?? nil
    }

    var allHeaders: HTTPHeaders {
        withLiveConnection { handle in
            var fields: [(name: String, value: String)] = []
            withUnsafeMutablePointer(to: &fields) { fields in
                _ = MHD_get_connection_values(
                    handle, .HEADER_KIND,
                    { fields, _, name, value in
                        guard let fields, let name else { return MHD_Result.YES }
                        let list = fields.assumingMemoryBound(to: [(name: String, value: String)].self)
                        list.pointee.append((String(cString: name), value.map { String(cString: $0) } ?? ""))
                        return MHD_Result.YES
                    }, fields)
            }
            return HTTPHeaders(fields)
        } ?? HTTPHeaders()
    }

    var remoteAddress: String { connection.address }

    /// Calls a function while the library cannot take the connection away; nil when the request is over.
    private func withLiveConnection<Value: Sendable>(_ body: (OpaquePointer) -> Value) -> Value? {
        state.withLock { state in
            if case .over = state.phase { return nil }
            return body(handle)
        }
    }
}
