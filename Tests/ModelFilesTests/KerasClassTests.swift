import JSON
import Testing

@testable import ModelFiles

/// Classes that carry the name of one of Keras and come from somewhere else were read as that of Keras: the model then
/// answered with other numbers than its author's. The archive says where each class comes from.
@Suite("Classes of other packages in Keras archives")
struct KerasClassTests {
    /// A golden archive of a Sequential model with some members of its Dense layers changed.
    private static func archive(_ members: JSONObject) throws -> [UInt8] {
        let archive = try ZipArchive(
            FileBytes(try GoldenModel.bytes(of: "keras3_sequential.keras")), limits: .standard)
        let config = try #require(try archive.entry("config.json", maximumBytes: 1 << 20)).array()
        let weights = try #require(try archive.entry("model.weights.h5", maximumBytes: 1 << 24)).array()
        var model = try #require(try JSONValue(parsing: config).objectValue)
        var settings = try #require(model["config"]?.objectValue)
        let layers = try #require(settings["layers"]?.arrayValue).map { layer -> JSONValue in
            guard layer["class_name"] == "Dense", var changed = layer.objectValue else { return layer }
            for (key, value) in members { changed[key] = value }
            return .object(changed)
        }
        settings["layers"] = .array(layers)
        model["config"] = .object(settings)
        let text = Array(JSONValue.object(model).text().utf8)
        return TorchForgery.zip([("config.json", text), ("model.weights.h5", weights)])
    }

    @Test(
        "a class of the author's own is refused, whatever its name",
        arguments: [
            (JSONObject([("module", "__main__")]), "has type __main__>Dense"),
            (JSONObject([("module", "mine.layers")]), "code of 'mine' that is not in the file"),
            (JSONObject([("module", .null), ("registered_name", "shop>Dense")]), "code of 'shop' that is not in"),
            (JSONObject([("module", "keras.layers"), ("registered_name", "shop>Dense")]), "has type shop>Dense"),
        ])
    func own(members: JSONObject, words: String) throws {
        let error = HostileFileTests.refusal(try Self.archive(members))
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "read")")
    }

    @Test(
        "a class of Keras is one by all its names",
        arguments: ["keras.layers", "keras.src.layers.core.dense", "tf_keras.layers", "tensorflow.keras.layers"])
    func keras(module: String) throws {
        #expect(HostileFileTests.refusal(try Self.archive(JSONObject([("module", module.json)]))) == nil)
        let members = JSONObject([("module", .null), ("registered_name", "keras>Dense")])
        #expect(HostileFileTests.refusal(try Self.archive(members)) == nil)
    }

    @Test("an archive around a model is told what to unpack")
    func packed() {
        let bytes = TorchForgery.zip([("info.yml", [65]), ("models/classifier.keras", [0x50, 0x4B])])
        let words = "unpack it and give the model in it, such as 'classifier.keras'"
        #expect(HostileFileTests.refusal(bytes)?.message.contains(words) == true)
    }

    @Test("a quantized layer is named as one")
    func quantized() throws {
        let policy: JSONValue = [
            "module": "keras", "class_name": "QuantizedDTypePolicy",
            "config": ["mode": "int8", "source_name": "float32"],
        ]
        let settings = JSONObject([("units", 6), ("activation", "selu"), ("dtype", policy)])
        let error = HostileFileTests.refusal(try Self.archive(JSONObject([("config", .object(settings))])))
        #expect(error?.message.contains("is quantized to int8, which is not supported") == true)
    }
}
