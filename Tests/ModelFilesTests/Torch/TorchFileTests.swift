import JSON
import Tensors
import Testing

@testable import ModelFiles

@Suite("PyTorch files")
struct TorchFileTests {
    @Test("weights of every container and type are those PyTorch wrote", arguments: TorchGolden.weightFiles)
    func weights(file: String) throws {
        let expected = try #require(TorchGolden.expected["weights"]?[file]?.objectValue)
        let bytes = try GoldenModel.bytes(of: file)
        let weights =
            file.hasSuffix("safetensors")
            ? try SafetensorsFile(FileBytes(bytes), limits: .standard).weights
            : try TorchGolden.checkpoint(bytes).weights
        #expect(Set(weights.weights.map(\.name)) == Set(expected.keys))
        for weight in weights.weights {
            let reference = expected[weight.name]
            #expect(weight.shape == TorchGolden.tensor(reference).shape, "\(weight.name)")
            #expect(try weight.read() == TorchGolden.tensor(reference), "\(weight.name)")
            #expect(weight.isFloatingPoint == reference?["float"]?.boolValue, "\(weight.name)")
        }
    }

    @Test(
        "whole networks and described ones answer what PyTorch answered", arguments: TorchGolden.networks.keys.sorted())
    func networks(file: String) async throws {
        let entry = try #require(TorchGolden.networks[file])
        let description =
            entry["description"]?.isNull == false ? try ModelDescription(json: entry["description"] ?? .null) : .init()
        let model = try ModelImporter.read(try GoldenModel.bytes(of: file), description: description)
        #expect(model.inspection.parameterCount == entry["parameters"]?.intValue)
        let reference = TorchGolden.tensor(entry["output"])
        let input = TorchGolden.tensor(entry["input"])
        #expect(model.inspection.inputs.first?.shape.dropFirst().map(\.self) == input.shape.dropFirst().map(\.self))
        let answer = try #require(try await Engine.predict(model, ["input": input]).first)
        #expect(answer.distance(to: reference) < 1e-4)
    }

    @Test("the program that wrote a file is told")
    func frameworks() throws {
        func framework(_ file: String) throws -> String {
            try TorchReader.contents(of: FileBytes(try GoldenModel.bytes(of: file)), limits: .standard).framework
        }
        #expect(try framework("torch_state.pt") == "PyTorch 2.1 or newer")
        #expect(try framework("torch_legacy.pth") == "PyTorch")
        #expect(try framework("torch_script.pt") == "TorchScript")
        #expect(try TorchGolden.checkpoint(GoldenModel.bytes(of: "torch_lightning.ckpt")).lightningVersion == "2.0.9")
    }

    @Test("names of classes are found in hyper-parameters and beside the weights")
    func labels() throws {
        #expect(try TorchGolden.checkpoint(GoldenModel.bytes(of: "torch_lightning.ckpt")).labels == ["no", "yes"])
        #expect(try TorchGolden.checkpoint(GoldenModel.bytes(of: "torch_training.tar")).labels == ["bird", "cat"])
        #expect(try TorchGolden.checkpoint(GoldenModel.bytes(of: "torch_state.pt")).labels == nil)
    }

    @Test("a whole network keeps its classes and settings")
    func modules() throws {
        let module = try #require(try TorchGolden.checkpoint(GoldenModel.bytes(of: "torch_module.pt")).module)
        #expect(module.type == PickleGlobal(module: "torch.nn.modules.container", name: "Sequential"))
        #expect(module.children.map(\.type.name) == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Sequential"])
        #expect(module.children[0].settings["stride"] == [2, 2])
        #expect(module.children[4].children.map(\.path) == ["4.0", "4.1", "4.2"])
        let script = try #require(try TorchGolden.checkpoint(GoldenModel.bytes(of: "torch_script.pt")).module)
        #expect(script.children.map(\.type.name) == ["Linear", "ReLU", "Linear"])
    }
}
