/// Weights of layers and networks that no description can have, told by their names: what to do instead of describing
/// the network.
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
        return branched(weights)
    }

    /// Parts of names that networks with branches have, with what those are.
    private static let networks: [(part: String, name: String)] = [
        ("trunk_output", "RegNet"), ("relative_position_bias_table", "a Swin transformer"), ("layer_scale", "ConvNeXt"),
        ("inception3a", "GoogLeNet"), ("Mixed_5b", "Inception v3"), ("branch1", "ShuffleNet"), ("rpn", "a detector"),
        ("conv_stem", "a network of timm"), ("layer4", "a residual network"), ("downsample", "a residual network"),
        ("attn", "a transformer"), ("self_attn", "a transformer"),
    ]
    /// Networks without branches rarely have more; VGG19 has 16.
    private static let mostConvolutions = 24

    /// Networks whose layers do not come one after the other, so that a list of layers cannot describe them.
    private static func branched(_ weights: NamedWeights) -> String? {
        let parts = Set(weights.weights.flatMap { $0.name.split(separator: ".") })
        let known = networks.first { parts.contains(Substring($0.part)) }
        let count = weights.weights.count { $0.shape.count == 4 }
        guard count > (known == nil ? mostConvolutions : mostConvolutions / 3) else { return nil }
        return
            "the weights do not tell the network: they look like those of \(known?.name ?? "one with branches") "
            + "(\(count) convolutions), which is none of those known by their weights (`prunelle models supported` "
            + "lists them); export the model to ONNX by "
            + "torch.onnx.export(model, torch.rand(1, 3, 224, 224), \"model.onnx\")"
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
