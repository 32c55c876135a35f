import ModelFiles
import Testing

/// Files that ask for what a reader must refuse, made by `Golden/make_hostile.py`.
@Suite("Files made to harm")
struct HostileGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let kind: ModelFileError.Kind
        let message: String
        var testDescription: String { file }
    }

    static func refused(_ file: String, _ kind: ModelFileError.Kind, _ message: String) -> Case {
        Case(file: file, kind: kind, message: message)
    }

    static let cases = [
        refused("lambda.h5", .refused, "layer 'odd' has type Lambda, which runs code and is refused"),
        refused("tfop.h5", .refused, "layer 'odd' has type TFOpLambda, which calls any function of TensorFlow"),
        refused("unknown.h5", .unsupported, "layer 'odd' has type MySpecialLayer, which is not supported"),
        refused("quantized.h5", .unsupported, "layer 'odd' (Dense) is quantized to int8"),
        refused("huge_units.h5", .damaged, "'units' is 4611686018427387904, not a sensible whole number"),
        refused("lowest_units.h5", .damaged, "'units' is -9223372036854775808, not a sensible whole number"),
        refused("huge_sizes.h5", .damaged, "layer 'up1' (UpSampling2D) gives an axis of more than 2147483648 elements"),
        refused("zero_pool.h5", .damaged, "layer 'odd' (Reshape) has a target shape that makes no sense"),
        refused("function.h5", .unsupported, "has the activation 'os.system', which is not supported"),
        refused("external_link.h5", .refused, "link to another place at 'model_weights/dense/kernel'"),
        refused("soft_link.h5", .refused, "link to another place at 'model_weights/dense/kernel'"),
        refused("external_storage.h5", .refused, "weight 'model_weights/dense/kernel' is stored in another file"),
        refused("virtual.h5", .refused, "weight 'model_weights/dense/kernel' is a view of another file"),
        refused("space_bomb.h5", .damaged, "549755813888 elements, more than the file holds"),
        refused("lzf.h5", .refused, "is packed by filter 32000"),
        refused("integers.h5", .unsupported, "is not made of 16, 32 or 64-bit floats"),
        refused("wrong_shape.h5", .damaged, "has weight 'kernel' of shape [5, 3] instead of [4, 3]"),
        refused("group.h5", .damaged, "'model_weights/dense/kernel' of the HDF5 file is no array"),
        refused("empty.h5", .damaged, "claims 12 elements, more than the file holds"),
        refused("deep.h5", .damaged, "Nested deeper than 256 levels"),
        refused("no_model.h5", .unsupported, "the HDF5 file holds no Keras model; it begins with 'data'"),
        refused("class.weights.h5", .unsupported, "a Keras model that is a class of its own ('block1')"),
        refused("weights.h5", .unsupported, "holds the weights of a Keras model but not its layers"),
        refused("slip.keras", .refused, "entry named '../../etc/cron.d/job', which leads out of it"),
        refused("absolute.keras", .refused, "entry named '/etc/cron.d/job', which leads out of it"),
        refused("windows.keras", .refused, "entry named '..\\job', which leads out of it"),
        refused("no_weights.keras", .damaged, "holds no weights"),
        refused("no_config.keras", .unsupported, "holds no Keras model"),
        refused("bomb.keras", .tooLarge, "'config.json' of the archive has 83886080 bytes, at most 67108864"),
        refused("class.keras", .unsupported, "the model is of class 'MyModel'"),
        refused("weights_text.keras", .damaged, "the HDF5 file does not start as one"),
        refused("liar.keras", .tooLarge, "'config.json' of the archive has 209715200 bytes"),
    ]

    @Test("each is refused with a line that tells why", arguments: cases)
    func refusal(_ expected: Case) throws {
        let bytes = try GoldenModel.bytes(of: "hostile_\(expected.file)")
        let error = HostileFileTests.refusal(bytes)
        #expect(error?.kind == expected.kind)
        #expect(error?.message.contains(expected.message) == true, "\(error?.message ?? "was read")")
    }

    @Test("the file they are made from is read, whatever its name ends in", arguments: ["plain.h5", "h5_named.onnx"])
    func harmless(file: String) throws {
        let model = try ModelImporter.read(try GoldenModel.bytes(of: "hostile_\(file)"))
        #expect(model.inspection.format == .kerasH5)
        #expect(model.inspection.frameworkVersion == "Keras 3.0.0")
        #expect(model.inspection.parameterCount == 15)
    }

    @Test("an archive that states less than it holds is refused within its limit")
    func smallLimit() throws {
        var limits = ModelFileLimits.standard
        limits.maximumConfigBytes = 512 << 20
        let bytes = try GoldenModel.bytes(of: "hostile_liar.keras")
        let error = HostileFileTests.refusal(bytes, limits: limits)
        #expect(error?.message == "the archive lies about 'config.json'", "\(error?.message ?? "was read")")
    }
}
