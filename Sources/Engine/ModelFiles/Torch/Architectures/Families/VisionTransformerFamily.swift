import ONNX
import Tensors

/// Vision transformers (ViT, DeiT) with the names of torchvision, timm or transformers.
///
/// - Source: A. Dosovitskiy et al., "An Image is Worth 16x16 Words"; torchvision's, timm's and transformers' names.
struct VisionTransformerFamily: TorchFamily {
    static let names = ["vit"] + sizes.flatMap { size in size.patches.map { "vit_\(size.letter)_\($0)" } }

    static let signatures = VisionTransformerNames.all.map { names in
        TorchSignature([names.classToken, names.positions, names.patch + ".weight"])
    }

    private static let sizes: [(letter: String, width: Int, depth: Int, heads: Int, patches: [Int])] = [
        ("ti", 192, 12, 3, [16]), ("s", 384, 12, 6, [16, 32]), ("b", 768, 12, 12, [16, 32, 8]),
        ("l", 1024, 24, 16, [16, 32]), ("h", 1280, 32, 16, [14]),
    ]

    let name: String
    let onlySide: Int?
    private let names: VisionTransformerNames
    private let width: Int
    private let depth: Int
    private let heads: Int
    private let patch: Int
    private let tokens: Int

    var stem: String { names.patch + ".weight" }

    var convention: (InputConvention, reason: String) {
        names.isTorchvision
            ? (.imageNet, "the weights have torchvision's names, whose ViT expects the mean and deviation of ImageNet")
            : (
                .symmetric(.rgb),
                "the weights have the names of \(names.library), whose ViT usually expects -1…1; some, as DeiT, expect "
                    + "the mean and deviation of ImageNet"
            )
    }

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        guard let names = VisionTransformerNames.all.first(where: { weights.has($0.classToken) }) else { return nil }
        self.names = names
        let stem = try weights.shape(of: names.patch + ".weight", rank: 4)
        let positions = try weights.shape(of: names.positions, rank: 3)
        let (width, patch, tokens) = (stem[0], stem[2], positions[1])
        let depth = (0..<200).prefix { weights.has(names.block($0) + names.firstNorm + ".weight") }.count
        let grid = Int(Double(tokens - 1).squareRoot().rounded())
        guard tokens <= 1 << 16, grid > 0, grid * grid == tokens - 1, patch <= 128 else {
            throw weights.misfit(
                names.positions, "has \(tokens) positions, which is not the class and a square of patches")
        }
        (self.width, self.depth, self.patch, self.tokens) = (width, depth, patch, tokens)
        onlySide = grid * patch
        let size = Self.sizes.first { $0.width == width }
        guard let heads = choice.heads ?? size?.heads, width % heads == 0 else {
            throw ModelFileError(
                .unsupported,
                "the weights are those of a vision transformer of width \(width) and do not tell its number of "
                    + "attention heads, which divides \(width): give the description "
                    + #"{"architecture": {"name": "vit", "heads": number}}"#)
        }
        self.heads = heads
        let isStandard = size.map { $0.depth == depth && $0.heads == heads && $0.patches.contains(patch) } ?? false
        name = isStandard && choice.name != "vit" ? "vit_\(size?.letter ?? "")_\(patch)" : "vit"
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        let pixels = try writer.convolution(
            picture, names.patch, channels: width, kernel: patch, stride: patch, padding: .symmetric(0), hasBias: true)
        let rows = writer.node(
            "Reshape", [pixels.name, writer.integers([0, width, tokens - 1])], shape: [width, tokens - 1])
        let patches = writer.node(
            "Transpose", [rows.name], ["perm": [0, 2, 1]], shape: [tokens - 1, width])
        var value = try embedded(patches, &writer)
        for index in 0..<depth { value = try block(value, names.block(index), &writer) }
        value = try writer.layerNorm(value, names.finalNorm, epsilon: names.epsilon)
        let (start, end) = (writer.integers([0]), writer.integers([1]))
        let first = writer.node("Slice", [value.name, start, end, end], shape: [1, width])
        return try writer.head(writer.flatten(first), TorchHead(name, choice, usual: .gelu))
    }

    /// Puts the class before the patches and adds the positions.
    ///
    /// A row of zeros is put before the patches, and the class is added with the position of that row, so that
    /// nothing depends on the size of the batch.
    private func embedded(
        _ patches: TorchValue, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        let token = try writer.weight(names.classToken, [1, 1, width])
        var positions = try writer.weight(names.positions, [1, tokens, width])
        for index in 0..<width { positions.values[index] += token.values[index] }
        let padded = writer.node(
            "Pad", [patches.name, writer.integers([0, 1, 0, 0, 0, 0])], shape: [tokens, width])
        return writer.map("Add", padded, [writer.constant(positions, name: names.positions)])
    }

    private func block(
        _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        let normalized = try writer.layerNorm(value, name + names.firstNorm, epsilon: names.epsilon)
        let (queries, keys, values) = try projections(normalized, name, &writer)
        let mixed = writer.attention(queries, keys, values, heads: heads)
        let seen = writer.add(value, try writer.linear(mixed, name + names.projection, features: width))
        var inner = try writer.layerNorm(seen, name + names.secondNorm, epsilon: names.epsilon)
        let layers = names.perceptron.first { writer.weights.has(name + $0[0] + ".weight") } ?? names.perceptron[0]
        inner = writer.activation(.gelu, try writer.linear(inner, name + layers[0]))
        return writer.add(seen, try writer.linear(inner, name + layers[1], features: width))
    }

    private func projections(
        _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> (TorchValue, TorchValue, TorchValue) {
        switch names.attention {
        case .joined(let weight, let bias):
            let all = try writer.linear(
                value, weight: name + weight, bias: name + bias, features: 3 * width, name: name + weight)
            return (writer.part(all, 0, of: 3), writer.part(all, 1, of: 3), writer.part(all, 2, of: 3))
        case .separate(let layers):
            return (
                try writer.linear(value, name + layers[0], features: width),
                try writer.linear(value, name + layers[1], features: width),
                try writer.linear(value, name + layers[2], features: width)
            )
        }
    }
}

extension TorchNetworkWriter {
    /// Softmax(q·kᵀ/√d)·v for each head.
    fileprivate mutating func attention(
        _ queries: TorchValue, _ keys: TorchValue, _ values: TorchValue, heads: Int
    ) -> TorchValue {
        let (tokens, width) = (queries.shape[0], queries.shape[1])
        let depth = width / heads
        let scaled = map("Mul", queries, [scalar(1 / Float(depth).squareRoot())])
        let rows = split(scaled, heads, ["perm": [0, 2, 1, 3]])
        let columns = split(keys, heads, ["perm": [0, 2, 3, 1]])
        let products = node("MatMul", [rows.name, columns.name], shape: [heads, tokens, tokens])
        let shares = map("Softmax", products, [], ["axis": -1])
        let mixed = node(
            "MatMul", [shares.name, split(values, heads, ["perm": [0, 2, 1, 3]]).name], shape: [heads, tokens, depth])
        let turned = node("Transpose", [mixed.name], ["perm": [0, 2, 1, 3]], shape: [tokens, heads, depth])
        return node("Reshape", [turned.name, integers([0, tokens, width])], shape: [tokens, width])
    }

    private mutating func split(
        _ value: TorchValue, _ heads: Int, _ order: [String: ONNXAttribute]
    ) -> TorchValue {
        let depth = value.shape[1] / heads
        let parts = node(
            "Reshape", [value.name, integers([0, value.shape[0], heads, depth])], shape: [value.shape[0], heads, depth])
        return node("Transpose", [parts.name], order, shape: [])
    }

    /// One of equal parts of the last axis.
    fileprivate mutating func part(_ value: TorchValue, _ index: Int, of count: Int) -> TorchValue {
        let width = value.shape[1] / count
        let (start, end) = (integers([index * width]), integers([(index + 1) * width]))
        return node("Slice", [value.name, start, end, integers([2])], shape: [value.shape[0], width])
    }
}
