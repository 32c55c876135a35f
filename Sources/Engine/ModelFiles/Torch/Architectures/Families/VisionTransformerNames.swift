/// The names a library gives to the weights of a vision transformer.
struct VisionTransformerNames: Sendable {
    /// How queries, keys and values are computed.
    enum Attention: Sendable {
        /// By one matrix: weight and bias.
        case joined(String, String)
        /// By three layers.
        case separate([String])
    }

    let library: String
    let isTorchvision: Bool
    let classToken: String
    let positions: String
    let patch: String
    /// What stands before and after the number of a block.
    let blockStart: String
    let firstNorm: String
    let attention: Attention
    let projection: String
    let secondNorm: String
    /// The two layers after the attention; older versions name them otherwise.
    let perceptron: [[String]]
    let finalNorm: String
    /// What the normalizations add to the variance.
    let epsilon: Double

    /// What stands before the names of a block.
    func block(_ index: Int) -> String { "\(blockStart)\(index)." }

    static let all = [torchvision, timm, transformers]

    private static let torchvision = VisionTransformerNames(
        library: "torchvision", isTorchvision: true, classToken: "class_token", positions: "encoder.pos_embedding",
        patch: "conv_proj", blockStart: "encoder.layers.encoder_layer_", firstNorm: "ln_1",
        attention: .joined("self_attention.in_proj_weight", "self_attention.in_proj_bias"),
        projection: "self_attention.out_proj", secondNorm: "ln_2",
        perceptron: [["mlp.0", "mlp.3"], ["mlp.linear_1", "mlp.linear_2"]], finalNorm: "encoder.ln", epsilon: 1e-6)

    private static let timm = VisionTransformerNames(
        library: "timm", isTorchvision: false, classToken: "cls_token", positions: "pos_embed",
        patch: "patch_embed.proj", blockStart: "blocks.", firstNorm: "norm1",
        attention: .joined("attn.qkv.weight", "attn.qkv.bias"), projection: "attn.proj", secondNorm: "norm2",
        perceptron: [["mlp.fc1", "mlp.fc2"]], finalNorm: "norm", epsilon: 1e-6)

    private static let transformers = VisionTransformerNames(
        library: "transformers", isTorchvision: false, classToken: "embeddings.cls_token",
        positions: "embeddings.position_embeddings", patch: "embeddings.patch_embeddings.projection",
        blockStart: "encoder.layer.", firstNorm: "layernorm_before",
        attention: .separate(["query", "key", "value"].map { "attention.attention." + $0 }),
        projection: "attention.output.dense", secondNorm: "layernorm_after",
        perceptron: [["intermediate.dense", "output.dense"]], finalNorm: "layernorm", epsilon: 1e-12)
}
