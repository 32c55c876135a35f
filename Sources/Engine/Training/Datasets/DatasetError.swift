/// Why pictures cannot be used for training, in one line that names files by their place inside the data set.
public struct DatasetError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, and where.
    public let reason: String

    /// Makes an error from its reason.
    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
