/// A group as the server uses it.
final class BoundGroup: Sendable {
    let name: String
    let prefix: String
    let errors: any ErrorShape
    let files: [StaticFiles]
    let redirectsSlashes: Bool
    private let prefixWithSlash: String

    init(_ group: RouteGroup) {
        name = group.name
        prefix = group.prefix
        errors = group.errors
        files = group.files.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
        redirectsSlashes = group.redirectsSlashes
        prefixWithSlash = group.prefix + "/"
    }

    /// Whether a decoded path lies below the prefix.
    func holds(_ path: String) -> Bool {
        prefix.isEmpty || path == prefix || path.hasPrefix(prefixWithSlash)
    }
}

/// A route as the server uses it.
final class BoundRoute: Sendable {
    let route: Route
    let group: BoundGroup
    /// The path with its prefix.
    let template: String
    /// Position among all routes of the router.
    let index: Int

    init(_ route: Route, group: BoundGroup, index: Int) {
        self.route = route
        self.group = group
        self.index = index
        let path = route.path.hasPrefix("/") ? String(route.path.dropFirst()) : route.path
        // The root of a prefixed group is the prefix itself.
        template = path.isEmpty && !group.prefix.isEmpty ? group.prefix : group.prefix + "/" + path
    }
}

/// All routes of one path.
final class RouteNode: Sendable {
    let template: String
    let parameterNames: [String]
    let routes: [BoundRoute]

    init(template: String, parameterNames: [String], routes: [BoundRoute]) {
        self.template = template
        self.parameterNames = parameterNames
        self.routes = routes
    }

    /// The route of a method; `HEAD` finds the one of `GET` where it has none of its own.
    func route(for method: HTTPMethod) -> BoundRoute? {
        routes.first { $0.route.method == method }
            ?? (method == .head ? routes.first { $0.route.method == .get } : nil)
    }

    /// Methods of the path in the order declared, with those the server adds.
    var allowedMethods: [HTTPMethod] {
        var methods = routes.map(\.route.method)
        if methods.contains(.get), !methods.contains(.head) { methods.append(.head) }
        if !methods.contains(.options) { methods.append(.options) }
        return methods
    }

    func adding(_ route: BoundRoute) -> RouteNode {
        RouteNode(template: template, parameterNames: parameterNames, routes: routes + [route])
    }
}

/// Routes by path while they are collected.
struct RouteTable {
    /// Paths without parameters.
    private(set) var exact: [String: RouteNode] = [:]
    /// All paths, by segment.
    private(set) var tree = RouteTree()

    mutating func add(_ route: BoundRoute) throws(RouterError) {
        let segments = route.template.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var names: [String] = []
        for (index, segment) in segments.enumerated() where segment.contains("{") || segment.contains("}") {
            var name = segment.dropFirst().dropLast()
            if name.hasSuffix(RouteTree.restMark), index == segments.count - 1 {
                name = name.dropLast(RouteTree.restMark.count)
            }
            guard segment.hasPrefix("{"), segment.hasSuffix("}"), !name.isEmpty,
                !name.contains("{"), !name.contains("}"), !name.contains("."), !names.contains(String(name))
            else { throw RouterError.badPath(route.template) }
            names.append(String(name))
        }
        let new = RouteNode(template: route.template, parameterNames: names, routes: [route])
        let node = try tree.insert(new, at: segments[...]) { known throws(RouterError) in
            guard known.parameterNames == names else { throw RouterError.badPath(route.template) }
            guard !known.routes.contains(where: { $0.route.method == route.route.method }) else {
                throw RouterError.duplicate(method: route.route.method, path: route.template)
            }
            return known.adding(route)
        }
        if names.isEmpty { exact[route.template] = node }
    }
}

/// Paths by segment.
struct RouteTree: Sendable {
    /// What ends the name of a segment that stands for all that follow.
    static let restMark = "..."

    private var node: RouteNode?
    /// The path that ends here with a segment for all that follow.
    private var rest: RouteNode?
    private var literals: [String: RouteTree] = [:]
    private var parameter: [RouteTree] = []

    /// Inserts a node, or what `merge` makes of the one already there.
    mutating func insert(
        _ new: RouteNode, at segments: ArraySlice<Substring>,
        merge: (RouteNode) throws(RouterError) -> RouteNode
    ) throws(RouterError) -> RouteNode {
        guard let segment = segments.first else {
            let result = if let node { try merge(node) } else { new }
            node = result
            return result
        }
        if segment.hasSuffix("\(Self.restMark)}") {
            let result = if let rest { try merge(rest) } else { new }
            rest = result
            return result
        }
        if segment.hasPrefix("{") {
            if parameter.isEmpty { parameter.append(RouteTree()) }
            return try parameter[0].insert(new, at: segments.dropFirst(), merge: merge)
        }
        var child = literals[String(segment)] ?? RouteTree()
        let result = try child.insert(new, at: segments.dropFirst(), merge: merge)
        literals[String(segment)] = child
        return result
    }

    /// The node of decoded segments and the values of its parameters.
    func find(_ segments: ArraySlice<String>) -> (node: RouteNode, values: [String])? {
        guard let segment = segments.first else { return node.map { ($0, []) } }
        if let found = literals[segment]?.find(segments.dropFirst()) { return found }
        if !segment.isEmpty, let (node, values) = parameter.first?.find(segments.dropFirst()) {
            return (node, [segment] + values)
        }
        guard let rest, !segment.isEmpty || segments.count > 1 else { return nil }
        return (rest, [segments.joined(separator: "/")])
    }
}
