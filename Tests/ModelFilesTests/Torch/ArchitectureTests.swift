import JSON
import ONNX
import Testing

@testable import ModelFiles

struct ArchitectureTests {
    static func recognize(
        _ shapes: WeightShapes, architecture: JSONValue? = nil, input: [Int]? = nil,
        preprocessing: InputConvention? = nil
    ) throws(ModelFileError) -> RecognizedNetwork? {
        var description = ModelDescription()
        description.architecture = architecture
        description.input = input
        description.preprocessing = preprocessing
        return try TorchArchitectures.network(
            for: shapes.weights, request: ReadingRequest(description: description))
    }

    /// The message of the error that recognition ends with.
    static func refusal(
        _ shapes: WeightShapes, architecture: JSONValue? = nil, input: [Int]? = nil
    ) -> String? {
        do throws(ModelFileError) {
            _ = try recognize(shapes, architecture: architecture, input: input)
            return nil
        } catch {
            return error.message
        }
    }

    // MARK: Recognition

    @Test("a ResNet is found below any prefix", arguments: ["", "model.", "module.", "net._orig_mod.backbone."])
    func prefixes(prefix: String) throws {
        let network = try #require(try Self.recognize(.resnet18.prefixed(prefix)))
        #expect(network.architecture == "resnet18")
        #expect(network.inputs == [TensorSpec(name: "input", shape: [nil, 3, 224, 224])])
        #expect(network.outputs == [TensorSpec(name: "output", shape: [nil, 5])])
        #expect(network.layers.count == 41)
        #expect(network.layers.first?.name == prefix + "conv1")
        #expect(network.layers.last?.type == "Linear")
        #expect(network.parameterCount == network.layers.reduce(0) { $0 + $1.parameters })
        #expect(network.preprocessing?.convention == .imageNet)
        #expect(network.preprocessing?.certainty == .inferred)
    }

    @Test("weights that serve training only do no harm")
    func besides() throws {
        let others: WeightShapes = [
            "train_acc.tp": [5], "criterion.weight": [5], "val_metrics.f1.fp": [5], "ema.module.conv1.weight": [64],
        ]
        #expect(try Self.recognize(.resnet18.prefixed("model.").with(others))?.architecture == "resnet18")
        let copy = WeightShapes.resnet18.prefixed("model_ema.module.")
        #expect(try Self.recognize(copy.with(.resnet18))?.architecture == "resnet18")
    }

    @Test("a head of several layers is taken for what its names and shapes say")
    func heads() throws {
        var shapes = WeightShapes.resnet18.without("fc.weight").without("fc.bias")
        shapes.addLinear("fc.1", 512, 64)
        shapes.addLinear("fc.4", 64, 3)
        let network = try #require(try Self.recognize(shapes))
        #expect(network.outputs[0].shape == [nil, 3])
        #expect(network.notes.contains { $0.contains("ReLU is taken between the linear layers") })
        #expect(
            network.notes.contains {
                $0.contains(#"{"architecture": {"name": "resnet18", "activation": "tanh"}}"#)
            })
        let stated = try #require(
            try Self.recognize(shapes, architecture: ["name": "resnet18", "activation": "tanh"]))
        #expect(!stated.notes.contains { $0.contains("is taken between") })
        #expect(stated.model.graph.nodes.contains { $0.operation == "Tanh" })
    }

    @Test(
        "every weight that is missing is named",
        arguments: ["layer4.1.bn2.running_var", "layer2.0.downsample.0.weight", "bn1.bias"])
    func missing(name: String) {
        #expect(
            Self.refusal(.resnet18.prefixed("model.").without("model." + name))
                == "the weight 'model.\(name)' of resnet18 is missing")
    }

    @Test("a weight of another shape is named with the shape that is needed")
    func misshaped() {
        #expect(
            Self.refusal(.resnet18.changing("layer3.1.conv2.weight", to: [256, 256, 1, 1]))
                == "the weight 'layer3.1.conv2.weight' of resnet18 has the shape [256, 256, 1, 1], "
                + "[256, 256, 3, 3] is needed")
        #expect(
            Self.refusal(.resnet18.changing("fc.bias", to: [6]))
                == "the weight 'fc.bias' of resnet18 has the shape [6], [5] is needed")
    }

    @Test("features without a classifier, and weights that belong to nothing, are refused")
    func leftovers() {
        let features = WeightShapes.resnet18.without("fc.weight").without("fc.bias")
        #expect(
            Self.refusal(features)
                == "the classifier of resnet18 is missing: the file holds the weights of its features only")
        #expect(
            Self.refusal(.resnet18.with(["decoder.lstm.weight_ih_l0": [16, 8], "decoder.lstm.bias_ih_l0": [16]]))
                == "the weight 'fc.weight' of shape [5, 512] and 3 others belong to no part of resnet18; "
                + "save the state of that network alone, or export the whole to ONNX")
        #expect(
            Self.refusal(.resnet18.changing("fc.weight", to: [5, 100]))
                == "the head of resnet18 starts with 'fc', which does not read the 512 features the network has")
    }

    // MARK: Descriptions

    @Test("a description that names another network is told which one it is")
    func mismatch() {
        #expect(
            Self.refusal(.resnet18, architecture: "ResNet-34")
                == "the description says resnet34, but the weights are those of resnet18")
        #expect(
            Self.refusal(.resnet18, architecture: "vgg16")
                == "the description says vgg16, but the names of the weights are not those of vgg16; the first are "
                + "'conv1.weight' [64, 3, 7, 7], 'bn1.weight' [64], 'bn1.bias' [64]")
    }

    @Test("a description that makes no sense is explained")
    func nonsense() throws {
        let unknown = try #require(Self.refusal(.resnet18, architecture: "lenet9"))
        #expect(unknown.hasPrefix("in the description, \"architecture\": 'lenet9' is not known; known are resnet101, "))
        #expect(
            Self.refusal(.resnet18, architecture: ["name": "resnet18", "activation": "swoosh"])?
                .hasPrefix("in the description, \"architecture\": \"activation\" must be one of relu, relu6, ") == true)
        #expect(
            Self.refusal(.resnet18, architecture: ["name": "resnet18", "size": 3])
                == "in the description, \"architecture\": \"size\" is not known; known are name, activation and heads")
        #expect(
            Self.refusal(.resnet18, input: [1, 28, 28])
                == "in the description, \"input\" is [1, 28, 28], but resnet18 reads [3, height, width]")
        #expect(
            Self.refusal(.resnet18, input: [3, 4, Int.max])
                == "in the description, \"input\" is [3, 4, \(Int.max)], but resnet18 reads [3, height, width]")
    }

    @Test("what a description says of size and pictures is taken")
    func stated() throws {
        let network = try #require(
            try Self.recognize(.resnet18, input: [3, 64, 96], preprocessing: .symmetric(.rgb)))
        #expect(network.inputs[0].shape == [nil, 3, 64, 96])
        #expect(network.preprocessing?.certainty == .stated)
        #expect(network.preprocessing?.convention == .symmetric(.rgb))
        #expect(network.notes.isEmpty)
    }

    @Test("a description that lists the layers is left to others")
    func layers() throws {
        #expect(try Self.recognize(.resnet18, architecture: ["layers": []]) == nil)
    }

    @Test("a small first convolution is asked about")
    func small() throws {
        let shapes = WeightShapes.resnet18.changing("conv1.weight", to: [64, 3, 3, 3])
        #expect(Self.refusal(shapes)?.hasSuffix(#"give the description {"architecture": "resnet18_cifar"}"#) == true)
        #expect(try Self.recognize(shapes, architecture: "resnet18_cifar")?.inputs[0].shape == [nil, 3, 32, 32])
    }

    @Test("names are unique")
    func names() {
        #expect(Set(TorchArchitectures.names).count == TorchArchitectures.names.count)
    }

    // MARK: Hostile shapes

    @Test(
        "impossible shapes are refused, never multiplied",
        arguments: [
            [Int.max, 2, 3, 3], [1 << 40, 1, 1, 1], [0, 3, 7, 7], [64, 0, 7, 7], [64, 3, 0, 0], [-1, 3, 7, 7], [], [64],
            [64, 3, 1_000_003, 7], [1 << 20, 3, 1, 1],
        ])
    func shapes(shape: [Int]) {
        for name in ["conv1.weight", "layer1.0.conv2.weight", "layer1.0.conv1.weight", "fc.weight", "fc.bias"] {
            #expect(Self.refusal(.resnet18.changing(name, to: shape)) != nil, "\(name)")
        }
    }

    @Test("the limit of parameters holds")
    func limit() {
        var limits = ModelFileLimits.standard
        limits.maximumParameters = 11_000_000
        #expect(throws: ModelFileError(.tooLarge, "the model has more than 11000000 parameters, which is not allowed"))
        {
            try TorchArchitectures.network(
                for: WeightShapes.resnet18.weights, request: ReadingRequest(limits: limits))
        }
    }
}
