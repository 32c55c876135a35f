import TestSupport
import Testing

@testable import ModelFiles

/// Files that other people have made.
@Suite("Pickles found in the wild", .enabled(if: SharedData.isPresent, "the shared data is not there"))
struct SharedPickleTests {
    private func file(_ path: String) throws -> FileBytes {
        try FileBytes(contentsOf: SharedData.file(path), maximumBytes: 1 << 30)
    }

    @Test("a joblib file of scikit-learn has its arrays")
    func scikitLearn() throws {
        let value = try PickledFile.read(file("mnist/models/mca_mlp_sklearn_joblib.pkl"), limits: .standard)
        guard case .object(let model) = value, case .list(let weights)? = model["coefs_"] else {
            Issue.record("not a network: \(try PickleNotation.show(value).prefix(300))")
            return
        }
        #expect(model.type.name == "MLPClassifier")
        var shapes: [[Int]] = []
        for case .array(let array) in weights.elements {
            shapes.append(array.shape)
            #expect(try array.floats().allSatisfy { $0.isFinite && abs($0) < 10 })
        }
        #expect(shapes.first?.first == 784)
        #expect(shapes.last?.last == 10)
    }

    @Test("numbers of NumPy in a tuple and in a dictionary")
    func plain() throws {
        let weights = try PickledFile.read(file("rakuten/models/best_weights.pkl"), limits: .standard)
        #expect(
            try PickleNotation.show(weights)
                == "(array[] f8 [f3fe8a3d70a3d70a4],array[] f8 [f3fcd70a3d70a3d70])")
        guard case .dictionary(let map) = try PickledFile.read(file("rakuten/models/mapper.pkl"), limits: .standard)
        else {
            Issue.record("not a dictionary")
            return
        }
        #expect(map.pairs.count == 27)
        #expect(map.pairs.map(\.value.wholeNumber) == Array(0..<27))
        #expect(map.pairs.first?.key.wholeNumber == 10)
    }

    @Test("an old PyTorch file is several pickles one after another")
    func legacyTorch() throws {
        let file = try file("banana/models/seok_cnn3_legacy_torch.pt")
        var position = 0
        var values: [PickleValue] = []
        for _ in 0..<5 {
            let (value, end) = try PickleReader.read(file, from: position)
            values.append(value)
            position = end
        }
        #expect(try PickleNotation.show(values[0]) == "119547037146038801333356")
        #expect(values[1].wholeNumber == 1001)
        let tensor = try tensor("conv1.weight", in: values[3])
        #expect(
            try PickleNotation.show(.tuple(tensor.arguments)).hasPrefix("(persistent ('storage',@torch.FloatStorage,"))
        guard case .list(let keys) = values[4] else {
            Issue.record("no list of storages")
            return
        }
        #expect(keys.elements.count == 10)
    }

    @Test(
        "the pickle of a PyTorch archive",
        arguments: [("jithsg_mlp_lightning209.ckpt", "model."), ("jithsg_mlp_state_dict.pt", "")])
    func torch(name: String, prefix: String) throws {
        let archive = try ZipArchive(file("mnist/models/\(name)"), limits: .standard)
        let entry = try #require(archive.names.first { $0.hasSuffix("/data.pkl") })
        let bytes = try #require(try archive.entry(entry, maximumBytes: 1 << 20))
        var value = try PickleReader.read(bytes).value
        if case .dictionary(let checkpoint) = value, let weights = checkpoint["state_dict"] { value = weights }
        let tensor = try tensor(prefix + "all_layers.0.weight", in: value)
        #expect(tensor.type.description == "torch._utils._rebuild_tensor_v2")
        guard case .persistent(let storage)? = tensor.arguments.first, case .tuple(let parts) = storage.identifier
        else {
            Issue.record("no storage")
            return
        }
        #expect(try PickleNotation.show(.tuple(Array(parts.prefix(2)))) == "('storage',@torch.FloatStorage)")
    }

    private func tensor(_ name: String, in value: PickleValue) throws -> PickleObject {
        guard case .dictionary(let weights) = value, case .object(let tensor)? = weights[name] else {
            throw ModelFileError(.damaged, "there is no tensor: \(try PickleNotation.show(value).prefix(500))")
        }
        return tensor
    }
}
