import JSON
import ONNX
import Testing

@testable import ModelFiles

@Suite("Convolutions that end in an average over the picture")
struct AveragedStackTests {
    private static func averaged(_ channels: [Int], kernel: Int = 3) -> WeightShapes {
        .stack(channels: channels, kernel: kernel, widths: [channels[channels.count - 1], 5])
    }

    @Test("the layers to write have the average, and make the network for pictures of any size")
    func question() throws {
        let shapes = Self.averaged([3, 8, 16, 32])
        let text = try #require(ArchitectureTests.refusal(shapes))
        #expect(text.contains("'fc1' reads one value for each of 32 channels, as after an average over the whole"))
        let json = try JSONValue(parsing: String(text[try #require(text.firstIndex(of: "{"))...]))
        let lines = try #require(json["architecture"]?["layers"]?.arrayValue)
        #expect(lines.suffix(3).first == ["type": "AdaptiveAvgPool2d", "output_size": 1])
        let request = ReadingRequest(description: try ModelDescription(json: json))
        let model = try TorchConversion.convert(shapes.weights, format: .pytorch, framework: nil, request)
        #expect(model.inspection.outputs[0].shape == [nil, 5])
    }

    @Test(
        "pictures that poolings could bring down to one pixel are asked about too, since they may be of any size",
        arguments: [(Self.averaged([3, 4, 4, 4, 4, 4]), nil), (Self.averaged([1, 4, 4, 4, 4]), [1, 28, 28])]
            as [(WeightShapes, [Int]?)])
    func onePixel(shapes: WeightShapes, input: [Int]?) {
        #expect(ArchitectureTests.refusal(shapes, input: input)?.contains("one value for each of 4") == true)
    }

    @Test("a last window as large as the picture is no average: LeNet-5 as it was published")
    func window() throws {
        let shapes = WeightShapes.stack(channels: [1, 6, 16, 120], kernel: 5, widths: [120, 84, 10])
        let network = try #require(try ArchitectureTests.recognize(shapes, input: [1, 32, 32]))
        #expect(network.model.graph.nodes.count { $0.operation == "MaxPool" } == 2)
    }

    // MARK: Modules

    private static func module(
        _ type: String, _ path: String, _ settings: JSONValue = [:], of package: String = "torch.nn.modules.x",
        _ children: [TorchModule] = []
    ) -> TorchModule {
        TorchModule(
            type: PickleGlobal(module: package, name: type), path: path, settings: settings.objectValue ?? JSONObject(),
            isScript: false, children: children)
    }

    @Test("modules of a class give the lines in their order, with the settings that matter")
    func modules() {
        let window: JSONValue = ["in_channels": 3, "kernel_size": [3, 3], "padding": [1, 1], "groups": 1]
        let parts: [TorchModule] = [
            Self.module("Conv2d", "features.0", window), Self.module("ReLU", "features.1", ["inplace": true]),
            Self.module("MaxPool2d", "features.2", ["kernel_size": 2, "ceil_mode": false]),
            Self.module("Dropout", "features.3"),
        ]
        let features = Self.module("Sequential", "features", [:], parts)
        let rest = [
            Self.module("AdaptiveAvgPool2d", "pool", ["output_size": 1]), Self.module("Linear", "fc"),
        ]
        let network = Self.module("Mine", "", [:], of: "__main__", [features] + rest)
        let lines: [JSONValue] = [
            ["type": "Conv2d", "weights": "features.0", "padding": [1, 1]], ["type": "ReLU"],
            ["type": "MaxPool2d", "kernel_size": 2], ["type": "AdaptiveAvgPool2d", "output_size": 1],
            ["type": "Flatten"], ["type": "Linear", "weights": "fc"],
        ]
        #expect(TorchModuleDraft(network)?.lines == lines)
        // Functions that are called in code are in no module, and what a class of one's own does nobody knows.
        #expect(TorchModuleDraft(Self.module("Mine", "", [:], of: "__main__", rest)) == nil)
        let own = Self.module("Own", "own", [:], of: "__main__")
        #expect(TorchModuleDraft(Self.module("Mine", "", [:], of: "__main__", [features, own])) == nil)
    }
}
