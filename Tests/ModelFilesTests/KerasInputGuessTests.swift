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
}
