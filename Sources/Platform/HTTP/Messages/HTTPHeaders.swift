/// Header fields in order, whose names are compared without regard to case.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral, Sequence {
    private var fields: [(name: String, value: String)] = []

    /// No fields.
    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Fields in the order given.
    public init(_ fields: [(name: String, value: String)]) {
        self.fields = fields
    }

    /// The first value of a name. Writing replaces every field of that name; nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.equal($0.name, name) }?.value }
        set {
            if !fields.isEmpty { fields.removeAll { Self.equal($0.name, name) } }
            if let newValue { fields.append((name: name, value: newValue)) }
        }
    }

    /// Every value of a name.
    public func all(_ name: String) -> [String] {
        fields.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// Adds a field beside those of the same name.
    public mutating func append(_ name: String, _ value: String) {
        fields.append((name: name, value: value))
    }

    /// Whether a name is present.
    public func contains(_ name: String) -> Bool { self[name] != nil }

    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> { fields.makeIterator() }

    /// Whether two ASCII names differ in case only.
    static func equal(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8, right.utf8)
        guard left.count == right.count else { return false }
        for (one, other) in zip(left, right) where one != other {
            let lower = one | 0x20
            guard lower == other | 0x20, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) else { return false }
        }
        return true
    }
}
