internal import CMicrohttpd
internal import Observability
internal import Synchronization

/// The functions the HTTP library calls, on its own threads.
///
/// `cls` is the `ServerCore`, kept alive by the server; a connection's context is a retained `Connection`, a request's
/// a retained `Exchange`. The library calls `completed` once for each request line it reported, and `notify` once for
/// each connection it opened and once for its end, which is where the two are released.
enum Callbacks {
    /// A connection is opened or closed.
    static let notify: MHD_NotifyConnectionCallback = { cls, handle, context, code in
        guard let cls, let handle, let context else { return }
        let core = Unmanaged<ServerCore>.fromOpaque(cls).takeUnretainedValue()
        if code == .CONNECTION_NOTIFY_STARTED {
            let connection = Connection(
                descriptor: cmicrohttpd_socket(handle), address: cmicrohttpd_address(handle))
            connection.enter(.idle, until: MonotonicTime.now.advanced(by: core.configuration.headerDeadline))
            core.watcher.add(connection)
            context.pointee = Unmanaged.passRetained(connection).toOpaque()
        } else if let pointer = context.pointee {
            let connection = Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue()
            core.watcher.remove(connection)
            context.pointee = nil
        }
    }

    /// A request line has come; the result is the request's context.
    static let requestLine:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? = {
            cls, target, handle in
            guard let cls, let handle, let context = cmicrohttpd_context(handle) else { return nil }
            let core = Unmanaged<ServerCore>.fromOpaque(cls).takeUnretainedValue()
            let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
            let exchange = Exchange(
                core: core, connection: connection, handle: handle, target: target.map { String(cString: $0) } ?? "")
            return Unmanaged.passRetained(exchange).toOpaque()
        }

    /// Headers, a piece of the body, the end of the body, or a resumed connection.
    static let handler: MHD_AccessHandlerCallback = { _, handle, _, method, _, data, size, context in
        guard let handle, let size, let pointer = context?.pointee else { return MHD_Result.NO }
        let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
        switch exchange.phase {
        case .reading: break
        case .answered(let response): return exchange.send(response, on: handle)
        case .awaiting: return MHD_Result.YES
        case .abandoned, .over: return MHD_Result.NO
        }
        if case .undecided = exchange.plan {
            guard case .stop(let response) = exchange.begin(method: method) else { return MHD_Result.YES }
            exchange.sendAndStop(response)
            return MHD_Result.NO
        }
        if size.pointee > 0 {
            let refusal = exchange.receive(UnsafeRawBufferPointer(start: data, count: size.pointee))
            size.pointee = 0
            guard let refusal else { return MHD_Result.YES }
            exchange.sendAndStop(refusal)
            return MHD_Result.NO
        }
        guard let response = exchange.dispatch() else { return MHD_Result.YES }
        return exchange.send(response, on: handle)
    }

    /// A request is over: answered, or given up.
    static let completed: MHD_RequestCompletedCallback = { _, _, context, _ in
        guard let context, let pointer = context.pointee else { return }
        let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
        context.pointee = nil
        let connection = exchange.connection
        if exchange.status == 0, connection.isTimedOut.load(ordering: .acquiring) {
            let error = APIError(.requestTimeout)
            exchange.sendAndStop(
                exchange.core.response(for: error, to: exchange.request(), group: exchange.group))
        }
        exchange.finish()
        let next = MonotonicTime(nanoseconds: MonotonicTime.now.nanoseconds + exchange.core.idleNanoseconds)
        connection.enter(.idle, until: next)
    }
}
