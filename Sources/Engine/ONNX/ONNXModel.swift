/// A network in the interchange format of the engine: a graph and the versions it is written for.
public struct ONNXModel: Sendable {
    /// Version of the file format. 8 goes with operator set 17.
    public var irVersion: Int
    /// Version of the default operator set.
    public var opsetVersion: Int
    /// Versions of further operator sets by their domain.
    public var otherOpsets: [String: Int]
    /// Name of the program that wrote the file.
    public var producer: String
    /// Version of that program.
    public var producerVersion: String
    /// The computation.
    public var graph: ONNXGraph
    /// Operators that the model defines itself; `encoded()` leaves them out, so calls are inlined before.
    public internal(set) var functions: [ONNXFunction] = []
    /// Notes for readers, such as labels; keys are unique.
    public var metadata: [(key: String, value: String)]

    /// Makes a model.
    public init(
        graph: ONNXGraph, irVersion: Int = 8, opsetVersion: Int = 17, otherOpsets: [String: Int] = [:],
        producer: String = "prunelle", producerVersion: String = "", metadata: [(key: String, value: String)] = []
    ) {
        self.graph = graph
        self.irVersion = irVersion
        self.opsetVersion = opsetVersion
        self.otherOpsets = otherOpsets
        self.producer = producer
        self.producerVersion = producerVersion
        self.metadata = metadata
    }
}
