/// What a model thinks of one class.
public struct ClassScore: Sendable, Equatable {
    /// The class.
    public let label: String
    /// Its share, 0 to 1.
    public let score: Double

    /// Pairs a class with its share.
    public init(_ label: String, _ score: Double) {
        self.label = label
        self.score = score
    }
}
