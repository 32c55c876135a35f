import Foundation
import JSON
import ModelFiles
import ONNX
import Tensors
import TestSupport
import Testing

@Suite("Reading ONNX files")
struct ONNXReaderTests {
    /// y = x · w with three inputs and two outputs.
    static func linear(opset: Int = 13, inputShape: [ONNXDimension]? = ["N", 3]) -> ONNXModel {
        let weights = Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6])
        let graph = ONNXGraph(
            name: "linear", nodes: [ONNXNode(operation: "MatMul", inputs: ["x", "w"], outputs: ["y"])],
            initializers: [ONNXTensor(name: "w", weights)], inputs: [ONNXValue(name: "x", shape: inputShape)],
            outputs: [ONNXValue(name: "y", shape: nil)])
        return ONNXModel(graph: graph, opsetVersion: opset)
    }

    static func refusal(_ model: ONNXModel) -> ModelFileError? { HostileFileTests.refusal(model.encoded()) }

    // MARK: Inspection

    @Test("weights written as Constant operations, or inside a branch, are counted as those of initializers are")
    func constants() throws {
        var model = Self.linear()
        var weights = model.graph.initializers.removeFirst()
        weights.name = ""
        let constant = ONNXNode(
            operation: "Constant", inputs: [], outputs: ["w"], attributes: ["value": .tensor(weights)])
        model.graph.nodes.insert(constant, at: 0)
        let inspection = try ModelImporter.read(model.encoded()).inspection
        #expect(inspection.parameterCount == 6)
        #expect(inspection.layers.map(\.type) == ["MatMul"])
        #expect(inspection.layers.map(\.parameters) == [6])

        let branch = ONNXGraph(
            name: "branch", nodes: [constant], initializers: [], inputs: [],
            outputs: [ONNXValue(name: "w", shape: [3, 2])])
        var choosing = Self.linear()
        choosing.graph.initializers.append(
            ONNXTensor(name: "c", shape: [], elementType: .bool, contents: .bytes([1])))
        choosing.graph.nodes.insert(
            ONNXNode(
                operation: "If", inputs: ["c"], outputs: ["v"],
                attributes: ["then_branch": .graph(branch), "else_branch": .graph(branch)]), at: 0)
        #expect(try ModelImporter.read(choosing.encoded()).inspection.parameterCount == 19)
    }

    // MARK: Recognition

    /// The fields of a file in another order.
    static func reordered(_ bytes: [UInt8], first: Set<UInt8>) -> [UInt8] {
        var fields: [(number: UInt8, bytes: ArraySlice<UInt8>)] = []
        var position = 0
        func varint() -> Int {
            var value = 0
            var shift = 0
            while true {
                let byte = bytes[position]
                position += 1
                value |= Int(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { return value }
            }
        }
        while position < bytes.count {
            let start = position
            let tag = varint()
            let number = varint()
            if tag & 7 == 2 { position += number }
            fields.append((UInt8(tag >> 3), bytes[start..<position]))
        }
        let front = fields.filter { first.contains($0.number) }
        return (front + fields.filter { !first.contains($0.number) }).flatMap(\.bytes)
    }

    @Test(
        "a file whose fields come in another order is recognised", arguments: [[2], [8], [7], [2, 8, 7]] as [[UInt8]])
    func order(first: [UInt8]) async throws {
        let bytes = Self.reordered(Self.linear().encoded(), first: Set(first))
        #expect(bytes.first != 8)
        let model = try ModelImporter.read(bytes)
        #expect(model.inspection.format == .onnx)
        let output = try await Engine.predict(model, ["x": Tensor(shape: [1, 3], values: [1, 0, 1])])
        #expect(output[0].values == [6, 8])
    }

    // MARK: Refusals

    @Test("an operator of another domain is refused by name, also inside a branch")
    func domains() {
        var model = Self.linear()
        model.graph.nodes[0].operation = "TreeEnsembleClassifier"
        model.graph.nodes[0].domain = "ai.onnx.ml"
        let error = Self.refusal(model)
        #expect(error?.kind == .unsupported)
        #expect(
            error?.message
                == "ONNX: operator TreeEnsembleClassifier of domain 'ai.onnx.ml' is not supported; give the scikit-learn file itself (.pkl, .joblib) instead"
        )
        var branch = ONNXGraph(
            name: "b", nodes: [ONNXNode(operation: "Odd", domain: "my.own", inputs: ["x"], outputs: ["z"])],
            outputs: [ONNXValue(name: "z", shape: nil)])
        model = Self.linear()
        model.graph.nodes[0].attributes["then_branch"] = .graph(branch)
        #expect(Self.refusal(model)?.message.contains("operator Odd of domain 'my.own'") == true)
        branch.nodes[0].domain = ""
        model.graph.nodes[0].attributes["then_branch"] = .graph(branch)
        #expect(Self.refusal(model) == nil)
    }

    @Test("an operator set older than 7 is refused with advice", arguments: [0, 1, 6])
    func oldOpset(version: Int) {
        let error = Self.refusal(Self.linear(opset: version))
        #expect(error?.message.contains("written for operator set \(version), 7 and newer are read") == true)
    }

    @Test("an output that is no tensor is refused by name")
    func sequences() throws {
        var bytes = Self.linear().encoded()
        // The type of the output: an empty tensor type becomes an empty sequence type.
        let output = try #require(
            bytes.firstRange(of: [0x12, 0x02, 0x0A, 0x00] as [UInt8]) ?? bytes.lastRange(of: [0x0A, 0x02, 0x08, 0x01]))
        bytes[output.lowerBound + (bytes[output.lowerBound] == 0x12 ? 2 : 0)] = 0x22
        let error = HostileFileTests.refusal(bytes)
        #expect(error?.message == "ONNX: 'y' is a sequence, a map or optional, only tensors are supported")
    }

    @Test("names that are defined twice are refused")
    func duplicates() {
        var model = Self.linear()
        model.graph.initializers.append(model.graph.initializers[0])
        #expect(Self.refusal(model)?.message == "ONNX: two constants have the same name")
        model = Self.linear()
        model.graph.inputs.append(model.graph.inputs[0])
        #expect(Self.refusal(model)?.message == "ONNX: two inputs of a graph have the same name")
        model = Self.linear()
        model.graph.nodes[0].outputs = ["x"]
        model.graph.outputs[0].name = "x"
        #expect(Self.refusal(model)?.message == "ONNX: two operations write the value 'x'")
        model = Self.linear()
        model.graph.inputs.append(ONNXValue(name: "w", shape: [3, 2]))
        #expect(Self.refusal(model) == nil)
    }

    /// A model whose only operation calls function `f0` of the model.
    static func model(functions: [[UInt8]]) -> [UInt8] {
        func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
            precondition(content.count < 128, "the length must fit a byte")
            return (number < 16 ? [UInt8(number << 3 | 2)] : [UInt8(number << 3 & 0x7F | 0x82), UInt8(number >> 4)])
                + [UInt8(content.count)] + content
        }
        var model = linear()
        model.graph.nodes[0] = ONNXNode(operation: "f0", domain: "own", inputs: ["x"], outputs: ["y"])
        return model.encoded() + functions.flatMap { field(25, $0) }
    }

    /// Function `name`, which calls `callee` as often as is said, one after the other.
    static func function(_ name: String, calling callee: String, of domain: String = "own", times: Int = 1) -> [UInt8] {
        func text(_ number: UInt8, _ text: String) -> [UInt8] { [number << 3 | 2, UInt8(text.utf8.count)] + text.utf8 }
        var bytes = text(1, name) + text(10, "own") + text(4, "i") + text(5, "o")
        for index in 0..<times {
            let node =
                text(1, index == 0 ? "i" : "v\(index - 1)") + text(2, index == times - 1 ? "o" : "v\(index)")
                + text(4, callee) + (domain.isEmpty ? [] : text(7, domain))
            bytes += [7 << 3 | 2, UInt8(node.count)] + node
        }
        return bytes
    }

    @Test("functions of the model itself are put in the place of their calls")
    func functions() async throws {
        let bytes = Self.model(functions: [
            Self.function("f0", calling: "f1", times: 2), Self.function("f1", calling: "Neg", of: "", times: 3),
        ])
        let model = try ModelImporter.read(bytes)
        #expect(model.inspection.layers.map(\.type) == Array(repeating: "Neg", count: 6))
        let output = try await Engine.predict(model, ["x": Tensor(shape: [1, 3], values: [1, 2, 3])])
        #expect(output[0].values == [1, 2, 3])
    }

    @Test("functions that call themselves, or multiply beyond the limit, are refused")
    func endlessFunctions() {
        let own = HostileFileTests.refusal(Self.model(functions: [Self.function("f0", calling: "f0")]))
        #expect(own?.message == "ONNX: the functions of the model call each other too often or too deeply")
        let bomb = (0..<15).map { Self.function("f\($0)", calling: "f\($0 + 1)", times: 5) }
        let error = HostileFileTests.refusal(
            Self.model(functions: bomb + [Self.function("f15", calling: "Neg", of: "", times: 5)]))
        #expect(error?.kind == .tooLarge)
    }

    // MARK: Shapes the file leaves open

    @Test("an input without shape takes the one its owner states, and is refused without")
    func openShape() async throws {
        let bytes = Self.linear(inputShape: nil).encoded()
        #expect(HostileFileTests.refusal(bytes)?.message.contains("input 'x' does not say its shape") == true)
        var description = ModelDescription()
        description.input = [3]
        let model = try ModelImporter.read(bytes, description: description)
        #expect(model.inspection.inputs.first?.shape == [nil, 3])
        let output = try await Engine.predict(model, ["x": Tensor(shape: [2, 3], values: [1, 0, 0, 0, 0, 1])])
        #expect(output[0].values == [1, 2, 5, 6])
    }

    // MARK: Notes

    @Test("class names are read as other programs write them")
    func labels() throws {
        let model = try ModelImporter.read(try GoldenModel.bytes(of: "onnx_labels.onnx"))
        #expect(model.inspection.labels == ["nought", "one", "it's two"])
        #expect(model.inspection.preprocessing?.convention == .unit(.gray))
        #expect(model.inspection.frameworkVersion == "goldens, ONNX operator set 13")
        for (text, names) in [
            ("[\"a\", \"b\"]", ["a", "b"]), ("{\"1\": \"b\", \"0\": \"a\"}", ["a", "b"]), ("['a', 'b',]", ["a", "b"]),
            ("['a", nil), ("{'a': 1}", nil), ("a, b", nil), ("", nil), ("[[", nil),
        ] as [(String, [String]?)] {
            var model = Self.linear()
            model.metadata = [(key: "classes", value: text)]
            #expect(try ModelImporter.read(model.encoded()).inspection.labels == names, "\(text)")
        }
    }

    @Test("more class names than any model has are left out")
    func manyLabels() throws {
        for count in [100_000, 100_001] {
            var model = Self.linear()
            model.metadata = [(key: "classes", value: "[" + String(repeating: "\"a\",", count: count - 1) + "\"b\"]")]
            let labels = try ModelImporter.read(model.encoded()).inspection.labels
            #expect(labels?.count == (count == 100_000 ? count : nil))
        }
    }

    @Test("the first operation tells the range of the input")
    func guesses() throws {
        func guess(_ operation: String, _ constant: [Float]) throws -> InputGuess? {
            var builder = GraphBuilder(name: "g")
            let input = builder.input("x", shape: ["N", 3, 8, 8])
            let value = builder.constant(Tensor(shape: [constant.count, 1, 1], values: constant))
            let result = builder.add(operation, [input, value])
            builder.output("y", from: result, shape: ["N", 3, 8, 8])
            return try ModelImporter.read(builder.model().encoded()).inspection.preprocessing
        }
        #expect(try guess("Div", [255])?.convention == .bytes(.rgb))
        #expect(try guess("Div", [255])?.certainty == .stated)
        #expect(try guess("Mul", [1 / 255])?.convention == .bytes(.rgb))
        #expect(try guess("Sub", [123, 116, 103])?.convention == .bytes(.rgb))
        #expect(try guess("Sub", [0.485, 0.456, 0.406])?.convention == .unit(.rgb))
        #expect(try guess("Add", [0.5])?.certainty == .assumed)
    }

    @Test("models of Ultralytics, who write themselves into the file, take 0…1 and not ImageNet's values")
    func ultralytics() throws {
        var builder = GraphBuilder(name: "g")
        let input = builder.input("images", shape: ["N", 3, 8, 8])
        builder.output("y", from: builder.add("Relu", [input]), shape: ["N", 3, 8, 8])
        var model = builder.model()
        model.producer = "pytorch"
        #expect(try ModelImporter.read(model.encoded()).inspection.preprocessing?.convention == .imageNet)
        model.metadata = [(key: "author", value: "Ultralytics")]
        let guess = try ModelImporter.read(model.encoded()).inspection.preprocessing
        #expect(guess?.convention == .unit(.rgb))
        #expect(guess?.certainty == .inferred)
    }

    // MARK: Weights in other files

    /// `linear` with its weights in a file, as the bytes of the model.
    static func split(location: String, offset: Int = 0, length: Int? = nil) -> [UInt8] {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        func pair(_ key: String, _ value: String) -> [UInt8] {
            field(13, field(1, Array(key.utf8)) + field(2, Array(value.utf8)))
        }
        var tensor: [UInt8] = [8, 3, 8, 2, 16, 1] + field(8, [UInt8(ascii: "w")]) + pair("location", location)
        tensor += pair("offset", String(offset)) + (length.map { pair("length", String($0)) } ?? []) + [14 << 3, 1]
        var bytes = linear().encoded()
        // The constant of `linear` is replaced inside of the graph, whose length is two bytes at most.
        let model = linear()
        var bare = model
        bare.graph.initializers = []
        bytes = bare.encoded()
        let graph = bytes.firstIndex(of: 0x3A) ?? 0
        let size = Int(bytes[graph + 1])
        precondition(size < 128, "the graph without weights must be short")
        let content = bytes[(graph + 2)..<(graph + 2 + size)] + [0x2A, UInt8(tensor.count)] + tensor
        let length = [UInt8(content.count & 0x7F | 0x80), UInt8(content.count >> 7)]
        return Array(bytes[...graph]) + length + content + bytes[(graph + 2 + size)...]
    }

    @Test("weights beside the model are read when asked for, and are inside afterwards")
    func externalData() async throws {
        let folder = try TemporaryFolder()
        let weights: [Float] = [9, 1, 2, 3, 4, 5, 6]
        try weights.withUnsafeBytes { Data($0) }.write(to: folder.url.appending(path: "weights.bin"))
        let file = folder.url.appending(path: "model.onnx")
        for length in [nil, 24] {
            try Data(Self.split(location: "weights.bin", offset: 4, length: length)).write(to: file)
            let model = try ModelImporter.read(contentsOf: file, externalDataFolder: folder.url)
            #expect(model.inspection.parameterCount == 6)
            #expect(HostileFileTests.refusal(model.onnx) == nil)
            let output = try await Engine.predict(model, ["x": Tensor(shape: [1, 3], values: [1, 0, 1])])
            #expect(output[0].values == [6, 8])
        }
        let error = #expect(throws: ModelFileError.self) { try ModelImporter.read(contentsOf: file) }
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("put both files into one zip archive") == true)
    }

    @Test("weights in the same archive are read", arguments: ["", "exported/"])
    func archive(prefix: String) async throws {
        let weights = ([1, 2, 3, 4, 5, 6] as [Float]).withUnsafeBytes { Array($0) }
        func archive(_ location: String, _ name: String) -> [UInt8] {
            StoredZip([
                .init(prefix + "model.onnx", Self.split(location: location)), .init(prefix + name, weights),
            ]).bytes()
        }
        let model = try ModelImporter.read(archive("model.onnx.data", "model.onnx.data"))
        let output = try await Engine.predict(model, ["x": Tensor(shape: [1, 3], values: [1, 0, 1])])
        #expect(output[0].values == [6, 8])
        for location in ["other.data", "../model.onnx.data", "/etc/passwd"] {
            #expect(HostileFileTests.refusal(archive(location, "model.onnx.data"))?.kind == .refused)
        }
        let alone = StoredZip([.init("model.onnx", Self.linear().encoded())]).bytes()
        #expect(try ModelImporter.read(alone).inspection.format == .onnx)
        let two = StoredZip([.init("a.onnx", Self.linear().encoded()), .init("b.onnx", [])]).bytes()
        #expect(HostileFileTests.refusal(two)?.message == "ONNX: the archive must hold one .onnx file, it holds 2")
    }

    @Test(
        "weights anywhere else are refused",
        arguments: [
            "/etc/passwd", "../secret.bin", "sub/weights.bin", "..", ".", "", "link.bin", "missing.bin", "folder",
            "pipe", "device.bin",
        ])
    func externalEscape(location: String) throws {
        let outer = try TemporaryFolder()
        try Data(count: 24).write(to: outer.url.appending(path: "secret.bin"))
        let folder = outer.url.appending(path: "model")
        for place in ["model", "model/sub", "model/folder"] {
            try FileManager.default.createDirectory(
                at: outer.url.appending(path: place), withIntermediateDirectories: true)
        }
        try Data(count: 24).write(to: folder.appending(path: "sub/weights.bin"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link.bin"), withDestinationURL: outer.url.appending(path: "secret.bin"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "device.bin"), withDestinationURL: URL(filePath: "/dev/zero"))
        // Opening one waits for a writer that never comes.
        #expect(mkfifo(folder.appending(path: "pipe").path, 0o600) == 0)
        let file = folder.appending(path: "model.onnx")
        try Data(Self.split(location: location)).write(to: file)
        let error = #expect(throws: ModelFileError.self) {
            try ModelImporter.read(contentsOf: file, externalDataFolder: folder)
        }
        #expect(error?.kind == .refused, "\(error?.message ?? "")")
        #expect(error?.message.contains(outer.url.path) == false)
    }

    @Test("a place beyond the end of the weights, or more than the limit, is refused")
    func externalBounds() throws {
        let folder = try TemporaryFolder()
        try Data(count: 24).write(to: folder.url.appending(path: "w.bin"))
        let file = folder.url.appending(path: "model.onnx")
        for (offset, length) in [(0, 25), (25, nil), (1, nil), (Int.max, 1), (4, Int.max)] as [(Int, Int?)] {
            try Data(Self.split(location: "w.bin", offset: offset, length: length)).write(to: file)
            let error = #expect(throws: ModelFileError.self) {
                try ModelImporter.read(contentsOf: file, externalDataFolder: folder.url)
            }
            #expect(error?.kind == .damaged, "\(offset) \(length ?? -1): \(error?.message ?? "")")
        }
        try Data(Self.split(location: "w.bin")).write(to: file)
        var limits = ModelFileLimits.standard
        limits.maximumBytes = 1000
        try Data(count: 1001).write(to: folder.url.appending(path: "w.bin"))
        let error = #expect(throws: ModelFileError.self) {
            try ModelImporter.read(contentsOf: file, limits: limits, externalDataFolder: folder.url)
        }
        #expect(error?.kind == .tooLarge)
    }
}
