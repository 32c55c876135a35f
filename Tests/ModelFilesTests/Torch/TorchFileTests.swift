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

    @Test(
        "settings that are not in the file, or that no plain network has, are asked for",
        arguments: [
            ("torch_script_stride.pt", "describe the layers"),
            ("torch_net_stride.pt", #"{"type":"Conv2d","weights":"conv1","stride":[2,2],"padding":[2,2]}"#),
        ])
    func settings(file: String, words: String) throws {
        let bytes = try GoldenModel.bytes(of: file)
        let error = #expect(throws: ModelFileError.self) { try ModelImporter.read(bytes) }
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(
        "what was taken by convention is told",
        arguments: [
            ("torch_holder.pt", "The class Holder holds nothing but 'layers'"),
            ("torch_script_flatten.pt", "are taken for BatchNorm1d, Flatten, Softmax"),
            ("torch_net.pt", "The order in which the class LeNet uses its layers"),
            ("torch_net.pt", "Tanh is taken after each layer"), ("torch_net.pt", "a softmax behind it"),
        ])
    func notes(file: String, words: String) throws {
        let notes = try ModelImporter.read(try GoldenModel.bytes(of: file)).inspection.notes
        #expect(notes.contains { $0.contains(words) }, "\(notes)")
    }

    @Test("a class that has weights beside its only module is not taken for that module")
    func weightsBeside() throws {
        let linear = TorchLayer(type: "Linear", path: "net.0", settings: JSONObject())
        let module = TorchModule(
            type: PickleGlobal(module: "torch.nn.modules.linear", name: "Linear"), path: linear.path,
            settings: JSONObject(),
            isScript: false, children: [])
        let list = try #require(TorchLayerList(module))
        #expect(list.uses(all: TorchDescriptionTests.weights([("net.0.weight", [2, 3]), ("net.0.bias", [2])])))
        #expect(!list.uses(all: TorchDescriptionTests.weights([("net.0.weight", [2, 3]), ("scale", [2])])))
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
