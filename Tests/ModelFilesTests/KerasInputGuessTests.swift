import Foundation
import JSON
import ModelFiles
import TestSupport
import Testing

/// What the values of a model's input are believed to be, of files made by `make.py` and `make_keras_one.py`.
@Suite("The guess about a Keras model's input")
struct KerasInputGuessTests {
    static func guess(_ file: String) throws -> InputGuess? {
        try ModelImporter.read(try GoldenModel.bytes(of: file)).inspection.preprocessing
    }

    @Test("a grey picture without any hint is assumed to be 0…1", arguments: ["keras1_tf.h5"])
    func assumed(file: String) throws {
        let guess = try #require(try Self.guess(file))
        #expect(guess.convention == .unit(.gray))
        #expect(guess.certainty == .assumed)
    }

    @Test(
        "a model of several inputs, or of signals, has no guess", arguments: ["keras1_merge.h5", "keras1_signals.h5"])
    func none(file: String) throws {
        #expect(try Self.guess(file) == nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let first: String
        let shape: String
        let convention: InputConvention?
        let certainty: InputGuess.Certainty?
        var testDescription: String { "\(first) \(shape)" }
    }

    static let cases = [
        Case(
            first: #"{"class_name":"Rescaling","config":{"name":"r","scale":0.00392156862745098,"offset":0}}"#,
            shape: "[null,8,8,3]", convention: .bytes(.rgb), certainty: .stated),
        Case(
            first: #"{"class_name":"Rescaling","config":{"name":"r","scale":0.00784313725,"offset":-1}}"#,
            shape: "[null,8,8,3]", convention: .bytes(.rgb), certainty: .stated),
        Case(
            first: #"{"class_name":"Rescaling","config":{"name":"r","scale":255.0,"offset":0}}"#,
            shape: "[null,8,8,1]", convention: .unit(.gray), certainty: .stated),
        Case(
            first: #"{"class_name":"Rescaling","config":{"name":"r","scale":2.0,"offset":-1.0}}"#,
            shape: "[null,8,8,3]", convention: .unit(.rgb), certainty: .stated),
        Case(
            first:
                #"{"class_name":"Normalization","config":{"name":"r","mean":[123.7,116.3,103.5],"variance":[9,9,9]}}"#,
            shape: "[null,8,8,3]", convention: .bytes(.rgb), certainty: .stated),
        Case(
            first: #"{"class_name":"Normalization","config":{"name":"r","mean":0.1307,"variance":0.0949}}"#,
            shape: "[null,8,8,1]", convention: .unit(.gray), certainty: .stated),
        Case(
            first: #"{"class_name":"Activation","config":{"name":"block5_conv3","activation":"relu"}}"#,
            shape: "[null,8,8,3]", convention: .caffe, certainty: .inferred),
        Case(
            first: #"{"class_name":"Activation","config":{"name":"block_16_project","activation":"relu"}}"#,
            shape: "[null,8,8,3]", convention: .symmetric(.rgb), certainty: .inferred),
        Case(
            first: #"{"class_name":"Activation","config":{"name":"conv5_block16_0_bn","activation":"relu"}}"#,
            shape: "[null,8,8,3]", convention: .imageNet, certainty: .inferred),
        Case(
            first: #"{"class_name":"RandomFlip","config":{"name":"r"}}"#, shape: "[null,784]",
            convention: .unit(.gray), certainty: .assumed),
        Case(
            first: #"{"class_name":"Flatten","config":{"name":"r"}}"#, shape: "[null,28,28]",
            convention: .unit(.gray), certainty: .assumed),
        Case(
            first: #"{"class_name":"Flatten","config":{"name":"r"}}"#, shape: "[null,13]", convention: nil,
            certainty: nil),
    ]

    @Test("the first layers tell what goes into them", arguments: cases)
    func first(expected: Case) throws {
        var description = ModelDescription()
        let text =
            #"{"class_name":"Sequential","config":{"name":"m","layers":[{"class_name":"InputLayer","config":{"name":"i","#
            + #""batch_input_shape":\#(expected.shape)}},\#(expected.first),"#
            + #"{"class_name":"Flatten","config":{"name":"f"}}]}}"#
        description.architecture = try JSONValue(parsing: text)
        // The network has no weights, so that any list of layers without weights will do.
        let model = try ModelImporter.read(try GoldenModel.bytes(of: "weights_none.h5"), description: description)
        #expect(model.inspection.preprocessing?.convention == expected.convention)
        #expect(model.inspection.preprocessing?.certainty == expected.certainty)
    }

    struct Operations: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let layers: String
    }

    private static func tensor(_ layer: String) -> String {
        #"{"class_name":"__keras_tensor__","config":{"shape":[null,8,8,3],"dtype":"float32","#
            + #""keras_history":["\#(layer)",0,0]}}"#
    }

    private static func operation(_ type: String, _ name: String, _ arguments: String) -> String {
        #"{"module":"keras.src.ops.numpy","class_name":"\#(type)","config":{"name":"\#(name)"\#(type == "Stack" ? #","axis":-1"# : type == "Cast" ? #","dtype":"float32""# : "")},"#
            + #""registered_name":"\#(type)","name":"\#(name)","inbound_nodes":[{"args":[\#(arguments)],"kwargs":{}}]}"#
    }

    /// A function of TensorFlow as Keras 2 writes it.
    private static func function(_ type: String, _ function: String, _ name: String, _ from: String, _ rest: String)
        -> String
    {
        #"{"class_name":"\#(type)","config":{"name":"\#(name)","function":"\#(function)"},"name":"\#(name)","#
            + #""inbound_nodes":[["\#(from)",0,0,{\#(rest)}]]}"#
    }

    /// What Keras 2.15 and 3.15 write for a division behind a cast, and for `preprocess_input` of ResNet50.
    static let operations = [
        Operations(
            testDescription: "cast and divided by Keras 2",
            layers: function("TFOpLambda", "cast", "a", "i", #""dtype":"float32""#) + ","
                + function("TFOpLambda", "math.truediv", "z", "a", #""y":255.0,"name":null"#)),
        Operations(
            testDescription: "turned and shifted by Keras 2",
            layers: function(
                "SlicingOpLambda", "__operators__.getitem", "a", "i",
                #""slice_spec":[{"class_name":"__ellipsis__"},{"start":null,"stop":null,"step":-1}]"#) + ","
                + function(
                    "TFOpLambda", "nn.bias_add", "z", "a", #""bias":[-103.9,-116.8,-123.7],"data_format":"NHWC""#)),
        Operations(
            testDescription: "cast and divided by Keras 3",
            layers: operation("Cast", "a", tensor("i")) + "," + operation("TrueDivide", "z", tensor("a") + ",255.0")),
        Operations(
            testDescription: "turned and shifted by Keras 3",
            layers: ([2, 1, 0].map {
                operation("GetItem", "g\($0)", tensor("i") + #",[{"class_name":"__ellipsis__","config":{}},\#($0)]"#)
            } + [
                operation("Stack", "s", "[\(tensor("g2")),\(tensor("g1")),\(tensor("g0"))]"),
                operation(
                    "Add", "z",
                    tensor("s") + #",{"class_name":"__tensor__","config":{"value":[[[[-103.9,-116.8,-123.7]]]],"#
                        + #""dtype":"float32"}}"#),
            ]).joined(separator: ",")),
    ]

    @Test("operations in front that only move values are looked through", arguments: operations)
    func moved(operations: Operations) throws {
        var description = ModelDescription()
        let flatten =
            operations.testDescription.hasSuffix("3")
            ? #"[{"args":[\#(Self.tensor("z"))],"kwargs":{}}]"# : #"[[["z",0,0,{}]]]"#
        let text =
            #"{"class_name":"Functional","config":{"name":"m","layers":[{"class_name":"InputLayer","config":{"name":"i","#
            + #""batch_input_shape":[null,8,8,3]},"name":"i","inbound_nodes":[]},\#(operations.layers),"#
            + #"{"class_name":"Flatten","config":{"name":"f"},"name":"f","inbound_nodes":\#(flatten)}],"#
            + #""input_layers":[["i",0,0]],"output_layers":[["f",0,0]]}}"#
        description.architecture = try JSONValue(parsing: text)
        let guess = try ModelImporter.read(try GoldenModel.bytes(of: "weights_none.h5"), description: description)
            .inspection.preprocessing
        #expect(guess?.convention == .bytes(.rgb))
        #expect(guess?.certainty == .stated)
        #expect(guess?.reason.contains("'z'") == true)
    }
}
