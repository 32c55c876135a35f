import Tensors
import Testing

@testable import ModelFiles

@Suite("Wrappers around networks of PyTorch")
struct TorchWrapperTests {
    private typealias Pickle = PickleAssembler

    private static let data = [UInt8](repeating: 0, count: 4 * 12)
    private static let weight = TorchForgery.tensor(TorchForgery.storage(count: 12), shape: [3, 4], strides: [4, 1])

    /// A module with its parameters and the modules in it.
    private static func module(
        _ module: String, _ name: String, parameters: [UInt8] = [], modules: [UInt8] = [], memoAt: UInt8? = nil
    ) -> [UInt8] {
        let empty = Pickle.op(.emptyDictionary)
        func items(_ content: [UInt8]) -> [UInt8] { empty + Pickle.op(.mark) + content + Pickle.op(.setItems) }
        let memo = memoAt.map(Pickle.put) ?? []
        let state =
            Pickle.text("_parameters") + items(parameters) + Pickle.text("_buffers") + empty + Pickle.text("_modules")
            + items(modules)
        return Pickle.global(module, name) + Pickle.op(.emptyTuple, .newObject) + memo + items(state)
            + Pickle.op(.build)
    }

    private static func linear() -> [UInt8] {
        module("torch.nn.modules.linear", "Linear", parameters: Pickle.text("weight") + weight)
    }

    private static func read(_ pickle: [UInt8]) throws(ModelFileError) -> ImportedModel {
        try ModelImporter.read(
            TorchForgery.archive([0x80, 2] + pickle + Pickle.op(.stop), storages: [("0", data)]))
    }

    @Test(
        "a wrapped network is read as the network itself",
        arguments: [
            ("torch.nn.parallel.data_parallel", "DataParallel"),
            ("torch.nn.parallel.distributed", "DistributedDataParallel"), ("torch.optim.swa_utils", "AveragedModel"),
        ])
    func wrapped(place: String, name: String) throws {
        let plain = try Self.read(Self.linear())
        let model = try Self.read(Self.module(place, name, modules: Pickle.text("module") + Self.linear()))
        #expect(model.inspection.inputs == [TensorSpec(name: "input", shape: [nil, 4])])
        #expect(model.inspection.layers == plain.inspection.layers)
    }

    @Test("a wrapper that holds itself is refused, not followed for ever")
    func cycle() {
        let name = "torch.nn.parallel.data_parallel"
        let inner = Pickle.text("module") + Pickle.get(0)
        #expect(throws: ModelFileError.self) {
            try Self.read(Self.module(name, "DataParallel", modules: inner, memoAt: 0))
        }
    }

    @Test("the names and the counter of an average of weights are left out")
    func average() throws {
        let count = TorchForgery.tensor(
            TorchForgery.storage(type: "LongStorage", count: 1), shape: [], strides: [])
        let model = try Self.read(
            Array(
                TorchForgery.state([("n_averaged", count), ("module.fc.weight", Self.weight)]).dropFirst(2)
                    .dropLast()))
        #expect(model.inspection.layers.map(\.name) == ["fc"])
    }
}
