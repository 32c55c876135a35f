import JSON
import Tensors
import Testing

@testable import ModelFiles

@Suite("Descriptions of PyTorch networks")
struct TorchDescriptionTests {
    /// Weights without values, by name and shape.
    static func weights(_ shapes: [(String, [Int])]) -> NamedWeights {
        NamedWeights(
            shapes.map { name, shape in
                NamedWeights.Weight(name: name, shape: shape, isFloatingPoint: true) { Tensor(zeros: shape) }
            })
    }

    static let lenet = weights([
        ("net.conv1.weight", [4, 1, 5, 5]), ("net.conv1.bias", [4]), ("net.fc1.weight", [10, 576]),
        ("net.fc1.bias", [10]),
    ])

    static func convert(_ weights: NamedWeights, _ description: JSONValue) -> Result<ImportedModel, ModelFileError> {
        Result { () throws(ModelFileError) in
            let request = ReadingRequest(description: try ModelDescription(json: description))
            return try TorchConversion.convert(weights, format: .pytorch, framework: nil, request)
        }
    }

    static func message(_ weights: NamedWeights, _ description: JSONValue) -> String {
        if case .failure(let error) = convert(weights, description) { error.message } else { "read" }
    }

    static let layers: JSONValue = [
        ["type": "Conv2d", "weights": "conv1"], ["type": "ReLU"], ["type": "MaxPool2d", "size": 2],
        ["type": "Flatten"], ["type": "Linear", "weights": "fc1"],
    ]

    @Test("the size of the pictures follows from the layers, and names may leave out what all weights start with")
    func sizeOfPictures() throws {
        let model = try Self.convert(Self.lenet, ["architecture": ["layers": Self.layers]]).get()
        // 28 and 29 both give 24 or 25 positions, halved to 12; pictures of 28 are the usual ones.
        #expect(model.inspection.inputs == [TensorSpec(name: "input", shape: [nil, 1, 28, 28])])
        #expect(model.inspection.outputs == [TensorSpec(name: "output", shape: [nil, 10])])
        #expect(model.inspection.parameterCount == 4 * 25 + 4 + 5760 + 10)
        #expect(model.inspection.layers.map(\.type) == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear"])
        #expect(model.inspection.preprocessing?.convention == .unit(.gray))
        #expect(model.inspection.preprocessing?.certainty == .assumed)
    }

    @Test(
        "what does not fit is told with the layer, the value seen and the one needed",
        arguments: [
            (
                ["input": [1, 32, 32], "architecture": ["layers": layers]],
                "layer Linear 'fc1' reads 576 values, but [784]"
            ),
            (["input": [3, 28, 28], "architecture": ["layers": layers]], "layer Conv2d 'conv1' reads 1 channels"),
            (["input": [28, 28], "architecture": ["layers": layers]], "[channels, height, width]"),
            (
                ["architecture": ["layers": [["type": "Linear", "weights": "fc2"]]]],
                "layer Linear 'fc2' needs 'fc2.weight'"
            ),
            (["architecture": ["layers": [["type": "Linear"]]]], "'weights' is missing"),
            (["architecture": ["layers": [["type": "Lambda"]]]], "layer 1 has the type 'Lambda', which is not known"),
            (["architecture": ["layers": [["type": "ReLU", "slope": 1]]]], "'slope', which is not known"),
            (["architecture": ["layers": [["weights": "fc1"]]]], "layer 1 must be an object with 'type'"),
            (["architecture": ["layers": []]], "must have 'layers'"),
            (["architecture": ["stages": []]], "must have 'layers'"),
            (
                [
                    "architecture": [
                        "layers": [["type": "Conv2d", "weights": "conv1", "stride": 0], ["type": "Flatten"]]
                    ]
                ], "'stride': 0, a number of at least 1"
            ),
            (
                ["input": [1, 28, 28], "architecture": ["layers": [["type": "MaxPool2d", "size": 99_999_999_999]]]],
                "'kernel_size': 99999999999"
            ),
            (
                ["input": [1, 28, 28], "architecture": ["layers": [["type": "MaxPool2d", "size": 40]]]],
                "window of [40, 40], larger than"
            ),
            (
                ["input": [1, 28, 28], "architecture": ["layers": [["type": "ZeroPad2d", "padding": 1_000_000]]]],
                "too large"
            ),
            (["architecture": ["layers": [["type": "ReLU"]]]], "do not tell the size of the input"),
        ] as [(JSONValue, String)])
    func misfits(description: JSONValue, word: String) {
        let message = Self.message(Self.lenet, description)
        #expect(message.contains(word), "\(message)")
    }

    @Test("weights that tell nothing are answered with a description to complete, which is then accepted")
    func question() throws {
        let weights = Self.weights([
            ("first.weight", [8, 3, 3, 3]), ("norm.weight", [8]), ("norm.bias", [8]), ("norm.running_mean", [8]),
            ("norm.running_var", [8]), ("skip.weight", [8, 8, 1, 1]), ("last.weight", [5, 8 * 64]),
        ])
        let error = TorchLayerDraft(weights, nil).question
        #expect(error.contains("first.weight [8, 3, 3, 3]"))
        let start = try #require(error.firstRange(of: "{\"input\"")).lowerBound
        let draft = try JSONValue(parsing: String(error[start...]))
        let types = (draft["architecture"]?["layers"]?.arrayValue ?? []).compactMap { $0["type"]?.stringValue }
        #expect(types == ["Conv2d", "BatchNorm2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear"])
        var completed = draft.objectValue ?? JSONObject()
        completed["input"] = [3, 8, 8]
        #expect(throws: Never.self) { try Self.convert(weights, .object(completed)).get() }
    }

    @Test(
        "the layers drafted are of the kind the shapes tell",
        arguments: [
            (
                [
                    ("norm.weight", [3]), ("norm.running_mean", [3]), ("conv.weight", [8, 3, 3, 3]),
                    ("prelu.weight", [8]), ("depthwise.weight", [8, 1, 3, 3]), ("dense.weight", [2, 8]),
                ],
                [
                    #"{"type":"BatchNorm2d","weights":"norm"}"#,
                    #"{"type":"Conv2d","weights":"conv","stride":1,"padding":1}"#,
                    #"{"type":"PReLU","weights":"prelu"}"#,
                    #"{"type":"Conv2d","weights":"depthwise","stride":1,"padding":1,"groups":8}"#, #"{"type":"ReLU"}"#,
                    #"{"type":"Flatten"}"#, #"{"type":"Linear","weights":"dense"}"#,
                ]
            ),
            (
                [("conv.weight", [8, 1, 5]), ("norm.weight", [8]), ("norm.running_mean", [8])],
                [
                    #"{"type":"Conv1d","weights":"conv","stride":1,"padding":2}"#,
                    #"{"type":"BatchNorm1d","weights":"norm"}"#,
                ]
            ),
            (
                [("alpha", [4])],
                [#"{"type":"Linear","weights":"fc1"}"#, #"{"type":"ReLU"}"#, #"{"type":"Linear","weights":"fc2"}"#]
            ),
        ] as [([(String, [Int])], [String])])
    func kinds(shapes: [(String, [Int])], layers: [String]) throws {
        let error = TorchLayerDraft(Self.weights(shapes), nil).question
        let start = try #require(error.firstRange(of: "{\"input\"")).lowerBound
        let draft = try JSONValue(parsing: String(error[start...]))
        #expect((draft["architecture"]?["layers"]?.arrayValue ?? []).map { $0.text() } == layers)
    }

    @Test("a first normalization tells the values of the pictures")
    func normalization() throws {
        let weights = NamedWeights(
            [("0.running_mean", 120), ("0.running_var", 60)].map { name, value in
                NamedWeights.Weight(name: name, shape: [3], isFloatingPoint: true) {
                    Tensor(shape: [3], values: [value, value, value])
                }
            })
        let model = try Self.convert(
            weights,
            ["input": [3, 8, 8], "architecture": ["layers": [["type": "BatchNorm2d", "weights": "0"]]]]
        ).get()
        #expect(model.inspection.preprocessing?.convention == .bytes(.rgb))
        #expect(model.inspection.preprocessing?.certainty == .inferred)
    }
}
