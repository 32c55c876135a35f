/// Weights of layers that no description can have, told by their names: what to do instead of describing the network.
enum TorchForeignWeights {
    /// Why the network cannot be put together, and what to do; nil where no weight tells that.
    static func refusal(_ weights: NamedWeights) -> String? {
        for weight in weights.weights {
            let parts = weight.name.split(separator: ".")
            guard let part = parts.last else { continue }
            let owner = parts.dropLast().joined(separator: ".")
            if let place = parts.firstIndex(of: "parametrizations") {
                return wrapped(
                    parts[..<place].joined(separator: "."), "a parametrization such as weight_norm or spectral_norm",
                    #"torch.nn.utils.parametrize.remove_parametrizations(layer, "weight")"#)
            }
            switch part {
            case "weight_g":
                return wrapped(owner, "weight_norm", "torch.nn.utils.remove_weight_norm(layer)")
            case "weight_mask":
                return wrapped(owner, "pruning", #"torch.nn.utils.prune.remove(layer, "weight")"#)
            case "weight_u":
                return wrapped(owner, "spectral_norm", "torch.nn.utils.remove_spectral_norm(layer)")
            case "weight_ih_l0": return coded(owner, "a recurrent layer")
            case "weight" where isEmbedding(owner, weight.shape, weights): return coded(owner, "an embedding")
            default: continue
            }
        }
        return nil
    }

    /// A table of rows that is named as one; layers that compute nearly always have a bias.
    private static func isEmbedding(_ owner: String, _ shape: [Int], _ weights: NamedWeights) -> Bool {
        let name = owner.split(separator: ".").last?.lowercased() ?? ""
        return shape.count == 2 && name.contains("emb") && weights[owner + ".bias"] == nil
    }

    private static func wrapped(_ owner: String, _ wrapper: String, _ remedy: String) -> String {
        "the weights of layer '\(owner.prefix(80))' are kept in parts by \(wrapper); call \(remedy) for each such layer "
            + "before saving, or export the model to ONNX by torch.onnx.export"
    }

    private static func coded(_ owner: String, _ kind: String) -> String {
        "the weights do not tell the network: '\(owner.prefix(80))' is \(kind), and how it is used stands only in code, "
            + "which is never read; export the model to ONNX by torch.onnx.export"
    }
}
