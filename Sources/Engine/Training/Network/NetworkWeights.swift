public import Tensors

/// The learned numbers of a network, by the names the trainer gives them.
///
/// `weight.3.bias` is the bias of layer 3 of the `NetworkPlan`. Convolutions are `[outputs, inputs, rows, columns]`,
/// dense layers `[outputs, inputs]`.
public struct NetworkWeights: Sendable, Equatable {
    /// Tensors by name.
    public var tensors: [String: Tensor]

    /// Makes weights.
    public init(_ tensors: [String: Tensor]) {
        self.tensors = tensors
    }

    /// A tensor of a layer of the plan.
    func tensor(_ layer: Int, _ name: String) throws(NetworkExportError) -> Tensor {
        guard let tensor = tensors["weight.\(layer).\(name)"] else {
            throw NetworkExportError("layer \(layer) has no \(name)")
        }
        guard tensor.values.allSatisfy(\.isFinite) else {
            throw NetworkExportError(
                "the \(name) of layer \(layer) holds values that are not finite: learning diverged")
        }
        return tensor
    }
}

/// Why weights and plan do not make a model.
public struct NetworkExportError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, and in which layer.
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
