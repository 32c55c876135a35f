import Foundation
import Tensors
import TestSupport
import Testing

@testable import ModelFiles

@Suite("Damaged and hostile PyTorch files")
struct HostileTorchTests {
    typealias Forgery = TorchForgery
    typealias Pickle = PickleAssembler

    /// Eight floats, 0 to 7.
    static let eight: [UInt8] = (0..<8).flatMap { Pickle.number(UInt64(Float($0).bitPattern), 4) }

    static func checkpoint(_ bytes: [UInt8]) -> Result<TorchCheckpoint, ModelFileError> {
        Result { () throws(ModelFileError) in
            try TorchReader.contents(of: FileBytes(bytes), limits: .standard).checkpoint
        }
    }

    static func message(_ bytes: [UInt8]) -> String {
        switch checkpoint(bytes) {
        case .success: "read"
        case .failure(let error): error.message
        }
    }

    static func archive(_ tensor: [UInt8]) -> [UInt8] {
        Forgery.archive(Forgery.state([("w", tensor)]), storages: [("0", eight)])
    }

    @Test("a view by offset and strides reads what it should")
    func view() throws {
        let tensor = Forgery.tensor(Forgery.storage(count: 8), offset: 1, shape: [2, 3], strides: [1, 2])
        let weights = try Self.checkpoint(Self.archive(tensor)).get().weights
        #expect(try weights["w"]?.read() == Tensor(shape: [2, 3], values: [1, 3, 5, 2, 4, 6]))
        // Along an axis of one element any stride may be stated.
        let odd = Forgery.tensor(Forgery.storage(count: 8), shape: [1, 2, 1], strides: [.max, 3, .max])
        #expect(try Self.checkpoint(Self.archive(odd)).get().weights["w"]?.read().values == [0, 3])
    }

    static let lies: [(name: String, tensor: [UInt8], word: String)] = [
        ("one element too many", Forgery.tensor(Forgery.storage(count: 8), shape: [9], strides: [1]), "claims more"),
        ("one step too far", Forgery.tensor(Forgery.storage(count: 8), offset: 1, shape: [8], strides: [1]), "beyond"),
        ("a stride too far", Forgery.tensor(Forgery.storage(count: 8), shape: [2], strides: [8]), "beyond"),
        ("a huge stride", Forgery.tensor(Forgery.storage(count: 8), shape: [3], strides: [.max]), "beyond"),
        ("steps back", Forgery.tensor(Forgery.storage(count: 8), offset: 7, shape: [2], strides: [-1]), "beyond"),
        ("a negative offset", Forgery.tensor(Forgery.storage(count: 8), offset: -1, shape: [1], strides: [1]), "sense"),
        ("a huge offset", Forgery.tensor(Forgery.storage(count: 8), offset: .max, shape: [1], strides: [1]), "beyond"),
        ("a negative length", Forgery.tensor(Forgery.storage(count: 8), shape: [-8], strides: [1]), "claims more"),
        (
            "huge lengths", Forgery.tensor(Forgery.storage(count: 8), shape: [1 << 32, 1 << 32], strides: [0, 0]),
            "claims"
        ),
        (
            "nothing times everything",
            Forgery.tensor(Forgery.storage(count: 8), shape: [0, .max, .max], strides: [1, 1, 1]), "claims"
        ),
        ("repeated elements", Forgery.tensor(Forgery.storage(count: 8), shape: [1 << 40], strides: [0]), "claims more"),
        ("too few strides", Forgery.tensor(Forgery.storage(count: 8), shape: [2, 2], strides: [1]), "beyond"),
        (
            "a storage that lies", Forgery.tensor(Forgery.storage(count: 9), shape: [9], strides: [1]),
            "more than the file"
        ),
        (
            "a huge storage", Forgery.tensor(Forgery.storage(count: .max), shape: [8], strides: [1]),
            "more than the file"
        ),
        (
            "a negative storage", Forgery.tensor(Forgery.storage(count: -1), shape: [1], strides: [1]),
            "without its storage"
        ),
        (
            "a storage that is not there", Forgery.tensor(Forgery.storage("1", count: 8), shape: [8], strides: [1]),
            "not in"
        ),
        ("a storage outside", Forgery.tensor(Forgery.storage("../../x", count: 8), shape: [8], strides: [1]), "not in"),
        (
            "the wrong type",
            Forgery.tensor(Forgery.storage(type: "DoubleStorage", count: 8), shape: [8], strides: [1]), "more"
        ),
        (
            "quantized", Forgery.tensor(Forgery.storage(type: "QInt8Storage", count: 8), shape: [8], strides: [1]),
            "quantized"
        ),
        (
            "complex", Forgery.tensor(Forgery.storage(type: "ComplexFloatStorage", count: 4), shape: [4], strides: [1]),
            "not supported"
        ),
        ("no storage", Forgery.tensor(Forgery.int(3), shape: [8], strides: [1]), "without its storage"),
    ]

    @Test("lies about tensors are refused", arguments: lies)
    func refusal(name: String, tensor: [UInt8], word: String) {
        let message = Self.message(Self.archive(tensor))
        #expect(message.contains(word), "\(message)")
    }

    @Test("many names for the same values are refused")
    func overlap() {
        let tensor = Forgery.tensor(Forgery.storage(count: 8), shape: [8], strides: [1])
        let items = (0..<2000).map { (name: "w\($0)", value: tensor) }
        let message = Self.message(Forgery.archive(Forgery.state(items), storages: [("0", Self.eight)]))
        #expect(message.contains("lie over each other"), "\(message)")
    }

    @Test("archives without one data.pkl, with paths that lead out or with entries over each other are refused")
    func archives() throws {
        let state = Forgery.state([("w", Forgery.tensor(Forgery.storage(count: 8), shape: [8], strides: [1]))])
        let slip = Forgery.archive(state, storages: [("0", Self.eight)], others: [("../../evil", [1])])
        #expect(Self.message(slip).contains("leads out"))
        let two = Forgery.archive(state, storages: [("0", Self.eight)], others: [("other/data.pkl", state)])
        #expect(Self.message(two).contains("one data.pkl"))
        let exported = Forgery.zip([("x/archive_format", Array("pt2".utf8)), ("x/models/model.json", [])])
        #expect(Self.message(exported).contains("torch.export"))
        let nested = Forgery.archive(state, storages: [("0", Forgery.archive(state, storages: [("0", Self.eight)]))])
        // A zip archive in the place of values is only bytes.
        #expect(try Self.checkpoint(nested).get().weights.weights.map(\.shape) == [[8]])
        var changed = Forgery.archive(state, storages: [("0", Self.eight)])
        let place = try #require(changed.firstRange(of: Self.eight)).lowerBound
        changed[place] ^= 1
        #expect(Self.message(changed).contains("checksum"))
    }

    @Test("an archive that unpacks to far more than its size is refused before it is unpacked")
    func bomb() throws {
        // The golden archive is packed; with the limit of a small file its storages may not unpack.
        var limits = ModelFileLimits.standard
        limits.maximumBytes = 100
        let bytes = FileBytes(try GoldenModel.bytes(of: "torch_packed.pt"))
        let error = #expect(throws: ModelFileError.self) { try TorchReader.contents(of: bytes, limits: limits) }
        #expect(error?.kind == .tooLarge)
    }

    static let gadgets: [[UInt8]] = [
        Pickle.call(Pickle.global("os", "system"), Pickle.text("echo")),
        Pickle.call(Pickle.global("builtins", "eval"), Pickle.text("1")),
        Pickle.call(Pickle.global("torch.hub", "load"), Pickle.text("x")),
        Pickle.call(Pickle.global("torch", "load"), Pickle.text("x")),
        Pickle.call(Pickle.global("__torch__", "run"), Pickle.text("x")),
        Pickle.tuple(Pickle.text("module"), Pickle.global("posix", "system"), Pickle.op(.none), Pickle.op(.none))
            + Pickle.op(.persistent),
        Pickle.call(Pickle.global("torch.storage", "_load_from_bytes"), Pickle.bytes(Array("evil".utf8))),
        Pickle.call(
            Pickle.global("torch._tensor", "_rebuild_from_type_v2"), Pickle.global("os", "system"),
            Pickle.global("torch", "Tensor"), Pickle.tuple(Pickle.text("echo")), Pickle.op(.none)),
    ]

    @Test("what asks for code in any container is refused by name or as no tensor", arguments: gadgets.indices)
    func gadget(index: Int) {
        let tensor = Forgery.tensor(Forgery.storage(count: 8), shape: [8], strides: [1])
        let state = Forgery.state([("w", tensor), ("x", Self.gadgets[index])])
        for file in [
            Forgery.archive(state, storages: [("0", Self.eight)]),
            Forgery.legacy(state, keys: ["0"], storages: Forgery.number(8, 8) + Self.eight),
        ] {
            guard case .failure(let error) = Self.checkpoint(file) else {
                Issue.record("gadget \(index) was read")
                continue
            }
            #expect(error.kind == .refused, "\(error)")
        }
    }

    @Test("the older container is read by its storages, and lies about them are refused")
    func legacy() throws {
        let tensor = Forgery.tensor(Forgery.storage(count: 8), shape: [2, 4], strides: [4, 1])
        let state = Forgery.state([("w", tensor)])
        let whole = Forgery.legacy(state, keys: ["0"], storages: Forgery.number(8, 8) + Self.eight)
        #expect(try Self.checkpoint(whole).get().weights["w"]?.read().values == (0..<8).map(Float.init))
        for length in 0..<whole.count {
            #expect(Self.message(Array(whole[..<length])) != "read", "cut at \(length)")
        }
        for count in [9, 1 << 62, Int.max] {
            let file = Forgery.legacy(state, keys: ["0"], storages: Forgery.number(count, 8) + Self.eight)
            #expect(Self.message(file).contains("cut off"))
        }
        let short = Forgery.legacy(state, keys: ["0"], storages: Forgery.number(7, 8) + Self.eight)
        #expect(Self.message(short).contains("more than the file"))
        let missing = Forgery.legacy(state, keys: [], storages: [])
        #expect(Self.message(missing).contains("not in the file"))
        let unused = Forgery.legacy(state, keys: ["1"], storages: Forgery.number(8, 8) + Self.eight)
        #expect(Self.message(unused).contains("nothing uses"))
    }

    @Test("views of storages are checked")
    func storageViews() throws {
        func file(offset: Int, count: Int) -> [UInt8] {
            let view = Pickle.tuple(Pickle.text("v"), Forgery.int(offset), Forgery.int(count))
            let tensor = Forgery.tensor(Forgery.storage(count: 8, view: view), shape: [2], strides: [1])
            return Forgery.legacy(
                Forgery.state([("w", tensor)]), keys: ["0"], storages: Forgery.number(8, 8) + Self.eight)
        }
        #expect(try Self.checkpoint(file(offset: 5, count: 3)).get().weights["w"]?.read().values == [5, 6])
        #expect(Self.message(file(offset: 7, count: 2)).contains("view"))
        #expect(Self.message(file(offset: .max, count: 2)).contains("view"))
        #expect(Self.message(file(offset: 7, count: 1)).contains("claims more"))
    }

    @Test("tar archives are named")
    func tar() {
        var file = [UInt8](repeating: 0, count: 1024)
        file.replaceSubrange(0..<8, with: Array("sys_info".utf8))
        file.replaceSubrange(257..<262, with: Array("ustar".utf8))
        #expect(HostileFileTests.refusal(file)?.message.contains("0.1.10") == true)
        file.replaceSubrange(0..<8, with: Array("model.pt".utf8))
        #expect(HostileFileTests.refusal(file)?.message.contains("unpack it") == true)
    }

    static let samples = [
        "torch_state.pt", "torch_legacy.pth", "torch_module.pt", "torch_holder_legacy.pt", "torch_script.pt",
        "torch_packed.pt", "torch_lightning.ckpt", "torch_pickled.pkl", "torch_state.safetensors",
    ]

    @Test("flipped bits give a model or one clear line, never a crash", arguments: samples, 0..<4)
    func flips(file: String, seed: Int) throws {
        let bytes = try GoldenModel.bytes(of: file)
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<HostileFileTests.rounds {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            if let error = HostileFileTests.refusal(damaged) {
                #expect(!error.message.isEmpty && !error.message.contains("\n"))
            }
            // Archives notice most flips by their checksums; weights are read however they were found.
            for weight in (try? Self.checkpoint(damaged).get().weights.weights) ?? [] { _ = try? weight.read() }
        }
    }

    @Test("a file cut at any place is refused", arguments: samples)
    func cut(file: String) throws {
        let bytes = try GoldenModel.bytes(of: file)
        for length in stride(from: 1, to: bytes.count, by: 97) {
            #expect(HostileFileTests.refusal(Array(bytes[..<length])) != nil, "cut at \(length) of \(bytes.count)")
        }
    }
}
