/// One operation of a graph.
public struct ONNXNode: Sendable, Equatable {
    /// Operator, such as `Conv`.
    public var operation: String
    /// Operator set of the operator; empty for the default one.
    public var domain: String
    /// Name for people; may be empty.
    public var name: String
    /// Names of the values read, in the operator's order; empty for an optional input left out.
    public var inputs: [String]
    /// Names of the values written.
    public var outputs: [String]
    /// Parameters by name.
    public var attributes: [String: ONNXAttribute]

    /// In the body of a function: parameters that take the value of one of the function's, by its name.
    public var references: [String: String] = [:]

    /// Makes a node.
    public init(
        operation: String, domain: String = "", name: String = "", inputs: [String], outputs: [String],
        attributes: [String: ONNXAttribute] = [:]
    ) {
        self.operation = operation
        self.domain = domain
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}

/// A computation: operations in an order in which they can run, with the constants they need.
public struct ONNXGraph: Sendable, Equatable {
    /// Name of the graph; the standard asks for one that is not empty.
    public var name: String
    /// Operations, each after those whose results it reads.
    public var nodes: [ONNXNode]
    /// Constants.
    public var initializers: [ONNXTensor]
    /// Values given by the caller; old files list the initializers here too.
    public var inputs: [ONNXValue]
    /// Values handed to the caller.
    public var outputs: [ONNXValue]

    /// Makes a graph.
    public init(
        name: String, nodes: [ONNXNode] = [], initializers: [ONNXTensor] = [], inputs: [ONNXValue] = [],
        outputs: [ONNXValue] = []
    ) {
        self.name = name
        self.nodes = nodes
        self.initializers = initializers
        self.inputs = inputs
        self.outputs = outputs
    }
}
