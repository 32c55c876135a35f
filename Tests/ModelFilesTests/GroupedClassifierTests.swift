import Foundation
import Inference
import JSON
import ONNX
import Tensors
import Testing

@testable import ModelFiles

@Suite("The graph of a classifier with grouped classes")
struct GroupedClassifierTests {
    private static let grouping: [ClassGrouping.Group] = [
        .init("cat", classes: [1, 2]), .init("dog", classes: [4]), .init("other", classes: nil, weight: 3),
    ]

    /// A network that weighs the values of a picture of 3 × 4, and what must come of it.
    private struct Case: CustomTestStringConvertible {
        let isChannelsFirst: Bool
        let hasProbabilities: Bool
        let isMirrored: Bool

        var testDescription: String {
            "\(isChannelsFirst ? "NCHW" : "NHWC"), \(hasProbabilities ? "probabilities" : "scores")"
                + (isMirrored ? ", mirrored" : "")
        }

        static let all = [true, false].flatMap { first in
            [true, false].flatMap { softmax in
                [true, false].map { Case(isChannelsFirst: first, hasProbabilities: softmax, isMirrored: $0) }
            }
        }

        static let classes = 6
        static let values = 3 * 3 * 4
        var shape: [Int] { isChannelsFirst ? [3, 3, 4] : [3, 4, 3] }
        let convention = InputConvention(
            channels: .rgb, scale: 1 / 255, mean: [0.5, 0.4, 0.3], standardDeviation: [0.2, 0.25, 0.5])
        let weights: [Float] = (0..<values * classes).map { (index: Int) -> Float in
            let step = (index * 37 + 11) % 101
            return Float(step) / 101 - 0.5
        }

        /// The values are named like those that the grouping adds.
        var model: ImportedModel {
            var builder = GraphBuilder(name: "network")
            let input = builder.input("picture", shape: ["N"] + shape.map(ONNXDimension.fixed))
            let row = builder.add("Flatten", [input], ["axis": 1], name: "mirrored")
            let matrix = builder.constant(Tensor(shape: [Self.values, Self.classes], values: weights), name: "scale")
            var scores = builder.add("MatMul", [row, matrix], name: "groups")
            if hasProbabilities { scores = builder.add("Softmax", [scores], ["axis": -1]) }
            builder.output("probabilities", from: scores, shape: ["N", .fixed(Self.classes)])
            var inspection = ModelInspection(
                format: .pytorch, frameworkVersion: nil,
                inputs: [TensorSpec(name: "picture", shape: [nil] + shape)],
                outputs: [TensorSpec(name: "probabilities", shape: [nil, Self.classes])], layers: [],
                parameterCount: weights.count)
            inspection.preprocessing = InputGuess(convention, .inferred, reason: "test")
            return ImportedModel(builder.model(), inspection: inspection)
        }

        /// Position of a value in a picture.
        func place(_ channel: Int, _ row: Int, _ column: Int) -> Int {
            isChannelsFirst ? (channel * 3 + row) * 4 + column : (row * 4 + column) * 3 + channel
        }

        /// What the network makes of a picture, the plain way.
        func probabilities(_ picture: [Float], mirrored: Bool) -> [Double] {
            var scores = [Double](repeating: 0, count: Self.classes)
            for channel in 0..<3 {
                for row in 0..<3 {
                    for column in 0..<4 {
                        let pixel = Double(picture[place(channel, row, mirrored ? 3 - column : column)]) / 255
                        let value = (pixel - convention.mean[channel]) / convention.standardDeviation[channel]
                        let start = place(channel, row, column) * Self.classes
                        for index in scores.indices { scores[index] += value * Double(weights[start + index]) }
                    }
                }
            }
            let powers: [Double] = scores.map { exp($0) }
            let sum: Double = powers.reduce(0, +)
            return powers.map { $0 / sum }
        }

        func expected(_ picture: [Float]) -> [Double] {
            let views = isMirrored ? [false, true] : [false]
            let all = views.map { probabilities(picture, mirrored: $0) }
            let p: [Double] = (0..<Self.classes).map { index in
                all.reduce(0.0) { $0 + $1[index] } / Double(all.count)
            }
            let groups: [Double] = [(p[1] + p[2]) / 2, p[4], p[0] + p[3] + p[5]]
            let sum: Double = groups.reduce(0, +)
            return groups.map { $0 / sum }
        }
    }

    @Test("gives the probabilities of the groups, for any layout of the network", arguments: Case.all)
    private func groups(test: Case) async throws {
        let source = test.model
        let grouping = ClassGrouping(Self.grouping, isMirrored: test.isMirrored)
        let model = try GroupedClassifier(grouping, of: source).model(from: source)
        let pictures: [Float] = (0..<2 * Case.values).map { (index: Int) -> Float in Float((index * 53 + 7) % 256) }
        let outputs = try await Engine.predict(model, ["picture": Tensor(shape: [2] + test.shape, values: pictures)])
        let result = try #require(outputs.first)
        #expect(result.shape == [2, 3])
        let first = test.expected(Array(pictures[..<Case.values]))
        let second = test.expected(Array(pictures[Case.values...]))
        let expected = Tensor(shape: [2, 3], values: (first + second).map { Float($0) })
        #expect(result.distance(to: expected) < 1e-5)
    }

    @Test("says what it is: labels, one picture of 0…255, probabilities")
    func inspection() throws {
        let source = Case(isChannelsFirst: true, hasProbabilities: false, isMirrored: false).model
        let model = try GroupedClassifier(ClassGrouping(Self.grouping), of: source).model(from: source)
        #expect(model.inspection.labels == ["cat", "dog", "other"])
        #expect(model.inspection.preprocessing?.convention == .bytes(.rgb))
        #expect(model.inspection.preprocessing?.certainty == .stated)
        #expect(model.inspection.inputs.map(\.shape) == [[nil, 3, 3, 4]])
        #expect(model.inspection.outputs.map(\.shape) == [[nil, 3]])
        let written = try ONNXModel(decoding: model.onnx)
        #expect(written.metadata.first { $0.key == "labels" }?.value == #"["cat","dog","other"]"#)
        try written.graph.validate()
    }

    @Test("the same model and groups give the same bytes")
    func determinism() throws {
        let source = Case(isChannelsFirst: false, hasProbabilities: false, isMirrored: true).model
        let grouping = ClassGrouping(Self.grouping, isMirrored: true)
        let first = try GroupedClassifier(grouping, of: source).model(from: source).onnx
        #expect(try GroupedClassifier(grouping, of: source).model(from: source).onnx == first)
    }

    @Test("a loop inside the network goes on reading the values around it")
    func loops() async throws {
        let golden = try #require(GoldenModel.all.first { $0.file == "keras3_recurrent.keras" })
        let model = try ModelImporter.read(try golden.bytes())
        guard case .network(let network) = model.graph else { return #expect(Bool(false), "no graph") }
        var builder = GraphBuilder(name: "outer")
        var inputs: [String] = []
        for input in network.graph.inputs {
            // The names that the network's own values have are taken.
            inputs.append(builder.input(input.name, shape: input.shape ?? []))
        }
        for node in network.graph.nodes.prefix(5) { _ = builder.add("Identity", [inputs[0]], name: node.outputs[0]) }
        let results = builder.append(network.graph, reading: inputs)
        for (output, result) in zip(network.graph.outputs, results) {
            builder.output("result", from: result, shape: output.shape ?? [])
        }
        let runtime = try InferenceRuntime()
        let loaded = try await runtime.load(.bytes(builder.model().encoded()), name: "test")
        let outputs = try await loaded.predict(golden.inputs)
        #expect(outputs.count == golden.outputs.count)
        for (output, expected) in zip(outputs, golden.outputs) { #expect(output.distance(to: expected) < 1e-4) }
    }

    @Test(
        "models that are no classifiers of pictures are refused",
        arguments: ["tflite_float.tflite", "onnx_opset16.onnx", "keras3_recurrent.keras", "sklearn19_ridge.pkl"])
    func refusals(file: String) throws {
        var description = ModelDescription()
        description.grouping = ClassGrouping([.init("a", classes: [0]), .init("b", classes: nil)])
        let error = #expect(throws: ModelFileError.self) {
            try ModelImporter.read(try GoldenModel.bytes(of: file), description: description)
        }
        #expect(error?.message.contains("cannot be grouped") == true, "\(error?.message ?? "")")
    }
}
