/// The decoded parameters of a query string, in order.
public struct QueryItems: Sendable, Sequence, ExpressibleByDictionaryLiteral {
    private let items: [(name: String, value: String)]

    /// Parameters in the order given.
    public init(_ items: [(name: String, value: String)] = []) {
        self.items = items
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The last value of a name, as Django and Flask's `to_dict` read it; nil where the name is absent.
    public subscript(name: String) -> String? {
        items.last { $0.name == name }?.value
    }

    /// Every value of a name.
    public func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }

    /// Whether there are no parameters.
    public var isEmpty: Bool { items.isEmpty }

    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { items.makeIterator() }
}
