/// Why routes cannot be served together.
public enum RouterError: Error, Equatable, CustomStringConvertible {
    /// Two routes have the same method and path.
    case duplicate(method: HTTPMethod, path: String)
    /// A path is not made of literal and `{name}` segments with at most one `{name...}` at its end, or two routes name the same segment differently.
    case badPath(String)
    /// A prefix does not start with a slash, or ends with one.
    case badPrefix(String)

    public var description: String {
        switch self {
        case .duplicate(let method, let path): "\(method) \(path) is declared twice"
        case .badPath(let path): "the path \(path) is not made of literal and {name} segments"
        case .badPrefix(let prefix): "the prefix \(prefix) must start with a slash and not end with one"
        }
    }
}

/// Finds the route of a request.
///
/// Segments match exactly, `{name}` matches any one segment that is not empty, and `{name...}` at the end of a path all
/// that is left, if it is something; literal segments win, and single ones over those. A slash at the end
/// is a segment of its own, so `/health/` is not `/health`.
///
/// Everything below a group's prefix that no route takes is its own to refuse, or to serve from its files; of groups
/// with the same prefix the first one words the refusals.
public final class Router: Sendable {
    /// The groups as mounted, with their pages for the OpenAPI document.
    public let groups: [RouteGroup]

    let bound: [BoundGroup]
    let routes: [BoundRoute]
    private let exact: [String: RouteNode]
    private let tree: RouteTree

    /// Mounts groups.
    ///
    /// - Throws: `RouterError`.
    public init(_ groups: [RouteGroup]) throws(RouterError) {
        var table = RouteTable()
        var bound: [BoundGroup] = []
        var mounted: [RouteGroup] = []
        var routes: [BoundRoute] = []
        for var group in groups {
            guard group.prefix.isEmpty || (group.prefix.hasPrefix("/") && !group.prefix.hasSuffix("/")) else {
                throw RouterError.badPrefix(group.prefix)
            }
            if let document = group.document {
                group.routes += APIPages(document: document, group: group).routes
            }
            let shared = BoundGroup(group)
            for route in group.routes {
                let route = BoundRoute(route, group: shared, index: routes.count)
                routes.append(route)
                try table.add(route)
            }
            bound.append(shared)
            mounted.append(group)
        }
        self.groups = mounted
        self.routes = routes
        // Longer prefixes first, so that the first group that holds a path is the nearest; else as declared.
        self.bound = bound.enumerated().sorted {
            ($1.element.prefix.utf8.count, $0.offset) < ($0.element.prefix.utf8.count, $1.offset)
        }.map(\.element)
        exact = table.exact
        tree = table.tree
    }

    /// What a path leads to.
    enum Match {
        case node(RouteNode, PathParameters)
        case file(StaticFiles, name: String, BoundGroup)
        case none(BoundGroup?)
        /// The percent-encoding is broken.
        case malformed
    }

    /// Finds what a raw path, without its query, leads to.
    func match(_ rawPath: Substring) -> (match: Match, path: String) {
        guard rawPath.utf8.contains(UInt8(ascii: "%")) else {
            let path = String(rawPath)
            if let node = exact[path] { return (.node(node, PathParameters()), path) }
            return (search(path, path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)), path)
        }
        var segments: [String] = []
        for segment in rawPath.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = PercentCoding.decode(segment) else { return (.malformed, String(rawPath)) }
            segments.append(decoded)
        }
        let path = segments.joined(separator: "/")
        return (search(path, segments), path)
    }

    private func search(_ path: String, _ segments: [String]) -> Match {
        if segments.first == "", let (node, values) = tree.find(segments.dropFirst()) {
            return .node(node, PathParameters(Array(zip(node.parameterNames, values)).map { ($0, $1) }))
        }
        let group = bound.first { $0.holds(path) }
        // A segment that decodes to one with a slash must not reach the file system.
        guard !segments.contains(where: { $0.utf8.contains(UInt8(ascii: "/")) }) else { return .none(group) }
        guard let group else { return .none(nil) }
        for candidate in bound where candidate.prefix == group.prefix {
            for files in candidate.files {
                if let name = files.name(of: path, below: candidate.prefix) { return .file(files, name: name, group) }
            }
        }
        return .none(group)
    }
}
