import JSON
import TestSupport
import Testing

@testable import ModelFiles

struct TorchHostileTests {
    /// A vision transformer of one narrow block.
    private static let transformer: WeightShapes = [
        "class_token": [1, 1, 8], "conv_proj.weight": [8, 3, 4, 4], "conv_proj.bias": [8],
        "encoder.pos_embedding": [1, 5, 8], "encoder.layers.encoder_layer_0.ln_1.weight": [8],
        "encoder.layers.encoder_layer_0.ln_1.bias": [8],
        "encoder.layers.encoder_layer_0.self_attention.in_proj_weight": [24, 8],
        "encoder.layers.encoder_layer_0.self_attention.in_proj_bias": [24],
        "encoder.layers.encoder_layer_0.self_attention.out_proj.weight": [8, 8],
        "encoder.layers.encoder_layer_0.self_attention.out_proj.bias": [8],
        "encoder.layers.encoder_layer_0.ln_2.weight": [8], "encoder.layers.encoder_layer_0.ln_2.bias": [8],
        "encoder.layers.encoder_layer_0.mlp.0.weight": [16, 8], "encoder.layers.encoder_layer_0.mlp.0.bias": [16],
        "encoder.layers.encoder_layer_0.mlp.3.weight": [8, 16], "encoder.layers.encoder_layer_0.mlp.3.bias": [8],
        "encoder.ln.weight": [8], "encoder.ln.bias": [8], "heads.head.weight": [2, 8], "heads.head.bias": [2],
    ]

    private static let lengths = [-1, 0, 1, 2, 3, 5, 8, 16, 25, 784, 4096, 1 << 31, 1 << 62, .max]
    private static let names = [
        "weight", "0.weight", "conv1.weight", "a.bias", "", ".", "1.1.1.running_mean", "fc9.weight",
    ]

    @Test("weights of random names and shapes end in a network, nothing or an error", arguments: 1...40)
    func mutations(seed: Int) throws {
        var limits = ModelFileLimits.standard
        limits.maximumParameters = 1 << 20
        var random = RepeatableRandom(seed: seed)
        let architecture: JSONValue = ["name": "vit", "heads": 2]
        #expect(try ArchitectureTests.recognize(Self.transformer, architecture: architecture) != nil)
        let originals: [WeightShapes] = [
            Self.transformer, .perceptron([784, 8, 4]), .stack(channels: [1, 2, 4], kernel: 5, widths: [64, 8, 2]),
        ]
        for _ in 0..<50 {
            var shapes = originals[Int.random(in: 0..<originals.count, using: &random)]
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let index = Int.random(in: 0..<shapes.shapes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: shapes.shapes[index].name = Self.names.randomElement(using: &random) ?? ""
                case 1: shapes.shapes[index].shape.append(Self.lengths.randomElement(using: &random) ?? 1)
                case 2 where shapes.shapes.count > 1: shapes.shapes.remove(at: index)
                default:
                    for axis in shapes.shapes[index].shape.indices where Bool.random(using: &random) {
                        shapes.shapes[index].shape[axis] = Self.lengths.randomElement(using: &random) ?? 1
                    }
                }
            }
            do throws(ModelFileError) {
                let network = try ArchitectureTests.recognize(
                    shapes, architecture: Bool.random(using: &random) ? architecture : nil, limits: limits)
                #expect(network?.outputs.count ?? 1 == 1)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test("very many layers are given up at once")
    func many() throws {
        var shapes = WeightShapes()
        for index in 0..<2000 { shapes.addNorm("features.0.bn\(index)", 4) }
        #expect(try ArchitectureTests.recognize(shapes) == nil)
        var limits = ModelFileLimits.standard
        limits.maximumLayers = 1999
        #expect(throws: ModelFileError.self) { try ArchitectureTests.recognize(shapes, limits: limits) }
    }
}
