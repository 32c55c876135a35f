internal import CMicrohttpd
internal import Glibc
internal import Observability
internal import Synchronization

/// What a request leads to.
enum Plan {
    case undecided
    /// A route's handler.
    case route(BoundRoute)
    /// A file of a folder.
    case file(StaticFiles, name: String)
    /// The answer to `OPTIONS`.
    case options([HTTPMethod])
    /// The same path with or without the slash at its end.
    case redirect(String)
    /// An answer that is known before the body is read.
    case refuse(APIError)
}

extension Exchange {
    /// Largest body that is read and thrown away so that a refused request leaves its connection usable.
    private static let discardLimit = 1 << 20

    /// What to do about a request whose headers have come.
    enum Verdict {
        case goOn
        /// Answer now and close the connection.
        case stop(HTTPResponse)
    }

    /// Decides about the request from its line and headers.
    func begin(method name: UnsafePointer<CChar>?) -> Verdict {
        identify(HTTPMethod(rawValue: name.map { String(cString: $0) } ?? ""))
        plan = decide()
        if case .route(let bound) = plan, let admission = bound.route.admission {
            do throws(APIError) {
                try admission(request())
            } catch {
                plan = .refuse(error)
            }
        }
        let stated = liveHeader("Content-Length")
        let isChunked = liveHeader("Transfer-Encoding") != nil
        guard stated != nil || isChunked else { return .goOn }
        // Both at once is how requests are smuggled past proxies (RFC 9112, 6.3).
        guard stated == nil || !isChunked else {
            return refuse(APIError(.badRequest(reason: "Content-Length and Transfer-Encoding exclude each other")))
        }
        let length = stated.map { Int($0) ?? .max }
        if length == 0 { return .goOn }
        bodyDeadline = MonotonicTime.now.advanced(by: core.configuration.bodyDeadline)
        connection.enter(.body, until: bodyDeadline)
        do throws(APIError) {
            receiver = try makeReceiver(length: length)
            return .goOn
        } catch {
            plan = .refuse(error)
            // A client that waits for `100 Continue` has sent no body; a small body is quicker read than a new
            // connection made.
            guard liveHeader("Expect") == nil, (length ?? 0) <= Self.discardLimit, error.code != .bodyTooLarge else {
                return refuse(error)
            }
            receiver = .discard(limit: Self.discardLimit)
            return .goOn
        }
    }

    private func refuse(_ error: APIError) -> Verdict {
        plan = .refuse(error)
        return .stop(core.response(for: error, to: request(), group: group))
    }

    /// Finds what the target leads to.
    private func decide() -> Plan {
        guard let (rawPath, rawQuery) = splitTarget() else {
            resolve(path: target, template: "other", group: nil)
            return .refuse(APIError(.badRequest(reason: "the target is not a path")))
        }
        var query = QueryItems()
        var queryIsBroken = false
        if let rawQuery, !rawQuery.isEmpty {
            if let items = PercentCoding.items(rawQuery.utf8) {
                query = QueryItems(items)
            } else {
                queryIsBroken = true
            }
        }
        let (match, path) = core.router.match(rawPath)
        let plan: Plan
        switch match {
        case .node(let node, let values):
            let route = node.route(for: method)
            resolve(
                path: path, query: query, pathParameters: values, template: node.template, route: route,
                group: (route ?? node.routes[0]).group)
            if let route {
                plan = .route(route)
            } else if method == .options {
                plan = .options(node.allowedMethods)
            } else {
                plan = .refuse(APIError(.methodNotAllowed(method, allowed: node.allowedMethods)))
            }
        case .file(let files, let name, let group):
            resolve(path: path, query: query, template: "file", group: group)
            plan = method == .options ? .options([.get, .head, .options]) : .file(files, name: name)
        case .none(let group):
            resolve(path: path, query: query, template: "other", group: group)
            plan = slashRedirect(rawPath, rawQuery, group).map(Plan.redirect) ?? .refuse(APIError(.notFound))
        case .malformed:
            resolve(path: path, template: "other", group: core.router.bound.first { $0.holds(path) })
            return .refuse(APIError(.badRequest(reason: "the path's percent-encoding is broken or not UTF-8")))
        }
        guard queryIsBroken else { return plan }
        return .refuse(APIError(.badRequest(reason: "the query's percent-encoding is broken or not UTF-8")))
    }

    /// Where the same path leads to a route with its last slash taken away or added, in groups that redirect so.
    private func slashRedirect(_ rawPath: Substring, _ rawQuery: Substring?, _ group: BoundGroup?) -> String? {
        // A path that begins with two slashes would lead to another host.
        guard let group, group.redirectsSlashes, rawPath.utf8.count > 1, !rawPath.hasPrefix("//") else { return nil }
        var other = String(rawPath)
        if other.hasSuffix("/") {
            while other.hasSuffix("/") { other.removeLast() }
        } else {
            other += "/"
        }
        guard case .node = core.router.match(other[...]).match else { return nil }
        return other + (rawQuery.map { "?" + $0 } ?? "")
    }

    /// Path and query of the target; nil where it is none, such as `*` or `host:port`.
    private func splitTarget() -> (path: Substring, query: Substring?)? {
        var rest = target[...]
        // The absolute form is meant for proxies, but servers must take it (RFC 9112, 3.2.2).
        for scheme in ["http://", "https://"] where rest.utf8.first != UInt8(ascii: "/") && rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            rest = rest[(rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex)...]
            if rest.isEmpty { rest = "/" }
        }
        guard rest.utf8.first == UInt8(ascii: "/") else { return nil }
        guard let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (rest, nil) }
        return (rest[..<mark], rest[rest.utf8.index(after: mark)...])
    }

    /// What takes the body of the request.
    ///
    /// - Throws: `APIError` where the body is refused before it is read.
    private func makeReceiver(length: Int?) throws(APIError) -> BodyReceiver {
        if case .refuse(let error) = plan { throw error }
        if let encoding = liveHeader("Content-Encoding"), encoding.lowercased() != "identity" {
            throw APIError(.unsupportedContentEncoding(encoding))
        }
        guard case .route(let bound) = plan else { return .discard(limit: Self.discardLimit) }
        let contentType = liveHeader("Content-Type") ?? ""
        let type = MediaType.essence(contentType)
        let content = bound.route.body?.content(of: type)
        if let body = bound.route.body, body.refusesOthers, content == nil {
            throw APIError(.unsupportedMediaType(contentType))
        }
        let routeLimit = bound.route.bodyLimit ?? core.configuration.bodyLimit
        let limit = min(routeLimit, content?.limit ?? routeLimit)
        if let length, length > limit { throw APIError(.bodyTooLarge(limit: limit)) }
        if content == nil, bound.route.body?.takesUploads == true {
            return .upload(
                contentType: contentType, memoryLimit: core.configuration.memoryPartLimit, folder: core.folder,
                limit: limit)
        }
        guard content != nil, type == MediaType.multipartForm else { return .memory(limit: limit, expected: length) }
        let limits = MultipartParser.Limits(
            parts: core.configuration.maximumParts, fields: core.configuration.formFieldLimit,
            memoryPart: core.configuration.memoryPartLimit, folder: core.folder)
        return .multipart(try MultipartParser(contentType: contentType, limits: limits), limit: limit)
    }

    /// Takes the next bytes of the body; the answer is the one to stop with, if any.
    func receive(_ bytes: UnsafeRawBufferPointer) -> HTTPResponse? {
        let granted = Double(bytes.count) / Double(core.configuration.minimumUploadRate)
        bodyDeadline = bodyDeadline.advanced(by: .seconds(granted))
        connection.enter(.body, until: bodyDeadline)
        do throws(APIError) {
            try receiver?.receive(bytes)
            return nil
        } catch {
            receiver = nil
            return core.response(forThrown: error, to: request(), group: group)
        }
    }

    /// Acts on a request whose body has come.
    ///
    /// - Returns: the answer, or nil where a handler has been started that will give it.
    func dispatch() -> HTTPResponse? {
        var failed = request()
        do {
            let body = try receiver?.finish() ?? ReceivedBody()
            receiver = nil
            switch plan {
            case .undecided: throw APIError(.internalError, detail: "no plan was made")
            case .refuse(let error): throw error
            case .redirect(let location): return .redirect(to: location, status: 307)
            case .options(let methods): return CrossOrigin.options(allowed: methods, request: failed)
            case .file(let files, let name): return try files.response(to: failed, name: name)
            case .route(let bound):
                let request = request(body)
                failed = request
                switch bound.route.handler {
                case .immediate(let handler): return try handler(request)
                case .async(let handler):
                    guard !core.refusesWork.load(ordering: .acquiring) else { throw APIError(.shuttingDown) }
                    start(handler, with: request, deadline: bound.route.deadline ?? core.configuration.requestDeadline)
                    return nil
                }
            }
        } catch {
            return core.response(forThrown: error, to: failed, group: group)
        }
    }
}
