/// The decoded values of the `{name}` segments of a route's path.
public struct PathParameters: Sendable, ExpressibleByDictionaryLiteral {
    private var items: [(name: String, value: String)] = []

    /// Values in the order of the path.
    public init(_ items: [(name: String, value: String)] = []) {
        self.items = items
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The value of a name; nil where the route's path has no such segment.
    public subscript(name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// Names and values in the order of the path.
    public var all: [(name: String, value: String)] { items }
}
