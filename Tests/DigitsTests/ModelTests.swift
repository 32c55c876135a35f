import Foundation
import JSON
import TestSupport
import Testing

@Suite("/api/v1/models", .timeLimit(.minutes(10)))
struct ModelTests {
    private static let keys = [
        "algo", "created_at", "format", "has_binary", "id", "is_default", "metrics", "name",
    ]

    private func create(_ fields: JSONValue) -> HTTPCall { .json("POST", "/api/v1/models", fields.text()) }

    @Test(
        "a new model has exactly the original's fields, and is listed as it was answered",
        arguments: DigitsStore.allCases)
    func fields(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        #expect(try await server.get("/api/v1/models") == [])
        let model = try await server.addModel(SampleModels.strokes, name: "Réseau n°1 <b>")
        #expect(model.keys == Self.keys)
        #expect(model["id"]?.stringValue?.wholeMatch(of: /[0-9a-f]{24}/) != nil)
        #expect(model["name"] == "Réseau n°1 <b>")
        #expect(model["algo"] == "cnn")
        #expect(model["format"] == "keras")
        #expect(model["metrics"] == [:])
        #expect(model["is_default"] == false)
        #expect(model["has_binary"] == true)
        let listed = try #require(try await server.get("/api/v1/models")[0])
        #expect(listed.keys == Self.keys)
        for key in Self.keys where key != "created_at" { #expect(listed[key] == model[key], "\(key)") }
    }

    @Test("the reply tells microseconds, the list milliseconds of the same moment", arguments: DigitsStore.allCases)
    func dates(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let fresh = try #require(try await server.addModel(SampleModels.strokes)["created_at"]?.stringValue)
        let stored = try #require(try await server.get("/api/v1/models")[0]?["created_at"]?.stringValue)
        #expect(fresh.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?/) != nil, "\(fresh)")
        #expect(stored.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}000)?/) != nil, "\(stored)")
        #expect(stored.prefix(19) == fresh.prefix(19))
        if stored.count == fresh.count { #expect(stored.prefix(23) == fresh.prefix(23)) }
    }

    @Test("the newest model comes first", arguments: DigitsStore.allCases)
    func order(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        for name in ["first", "second", "third"] { _ = try await server.addModel(SampleModels.always(1), name: name) }
        let names = (try await server.get("/api/v1/models").arrayValue ?? []).map { $0["name"]?.stringValue }
        #expect(names == ["third", "second", "first"])
    }

    @Test("a model may be described without a file, by JSON or by a form", arguments: DigitsStore.allCases)
    func withoutFile(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let calls = [
            create(["name": "a", "algo": "b"]), Multipart(["name": "a", "algo": "b"]).call("/api/v1/models"),
        ]
        for call in calls {
            let model = try await server.json(call, status: 201)
            #expect(model.keys == Self.keys)
            #expect(model["has_binary"] == false)
            #expect(model["format"] == "h5")
        }
    }

    @Test("a file field that was left empty in a browser's form is no file")
    func emptyFileField() async throws {
        let server = try await DigitsServer()
        var form = Multipart(["name": "a", "algo": "b"])
        form.add("file", file: "", [])
        #expect(try await server.json(form.call("/api/v1/models"), status: 201)["has_binary"] == false)
    }

    @Test("a default model without a file leaves no model to answer, as in the original")
    func defaultWithoutFile() async throws {
        let server = try await DigitsServer.withStrokes()
        let model = try await server.json(create(["name": "a", "algo": "b", "is_default": true]), status: 201)
        #expect(model["is_default"] == true)
        #expect(try await server.defaultModel() == model["id"]?.stringValue)
        #expect(try await server.predict(Picture.upright)["using_model"] == false)
    }

    private static let missing = "Champs 'name' et 'algo' requis"
    private static func json(_ text: String) -> HTTPCall { .json("POST", "/api/v1/models", text) }

    private static let refused: [Scenario] = [
        .refused("nothing", HTTPCall("POST", "/api/v1/models"), 400, missing),
        .refused("empty object", json("{}"), 400, missing),
        .refused("no algo", json(#"{"name": "a"}"#), 400, missing),
        .refused("no name", json(#"{"algo": "a"}"#), 400, missing),
        .refused("empty name", json(#"{"name": "", "algo": "a"}"#), 400, missing),
        .refused("null algo", json(#"{"name": "a", "algo": null}"#), 400, missing),
        .refused("a list", json(#"["name", "algo"]"#), 400, missing),
        .refused("form without algo", Multipart(["name": "a"]).call("/api/v1/models"), 400, missing),
        .refused("another format", json(#"{"name": "a", "algo": "b", "format": "onnx"}"#), 400, "format invalide"),
        .refused("upper case", json(#"{"name": "a", "algo": "b", "format": "H5"}"#), 400, "format invalide"),
        .refused("a number as format", json(#"{"name": "a", "algo": "b", "format": 5}"#), 400, "format invalide"),
        .refused(
            "another format in a form",
            Multipart(["name": "a", "algo": "b", "format": "../h5"]).call("/api/v1/models"), 400, "format invalide"),
        Scenario(name: "no JSON", call: json("{"), status: 400, detail: "JSON parse error - "),
        .refused(
            "a plain form",
            HTTPCall(
                "POST", "/api/v1/models", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array("name=a&algo=b".utf8)), 415,
            "Unsupported media type \"application/x-www-form-urlencoded\" in request."),
        .refused("PUT", HTTPCall("PUT", "/api/v1/models", body: []), 405, "Method \"PUT\" not allowed."),
        .refused("DELETE", HTTPCall("DELETE", "/api/v1/models"), 405, "Method \"DELETE\" not allowed."),
        .refused("trailing slash", HTTPCall("GET", "/api/v1/models/"), 404, "Not found."),
        .refused("one model", HTTPCall("GET", "/api/v1/models/68b8c1f0a1b2c3d4e5f60718"), 404, "Not found."),
        Scenario(
            name: "a name of two megabytes",
            call: Multipart(["name": String(repeating: "n", count: 2 << 20), "algo": "b"]).call("/api/v1/models"),
            status: 413, detail: "1048576"),
        Scenario(
            name: "metrics of two megabytes",
            call: Multipart(["name": "a", "algo": "b", "metrics": String(repeating: "m", count: 2 << 20)])
                .call("/api/v1/models"), status: 413, detail: "1048576"),
        Scenario(
            name: "JSON of two megabytes",
            call: json(#"{"name": "a", "algo": "b", "x": "\#(String(repeating: "x", count: 2 << 20))"}"#), status: 413,
            detail: "1048576"),
    ]

    @Test("what is refused is told in the original's words and adds nothing", arguments: refused)
    func refusals(scenario: Scenario) async throws {
        let server = try await DigitsServer()
        try await scenario.check(on: server)
        #expect(try await server.get("/api/v1/models") == [])
    }

    @Test("the format may be left out, empty or null, and is h5 then", arguments: [nil, "", .null] as [JSONValue?])
    func defaultFormat(format: JSONValue?) async throws {
        let server = try await DigitsServer()
        var fields = JSONObject([("name", "a"), ("algo", "b")])
        fields["format"] = format
        #expect(try await server.json(create(.object(fields)), status: 201)["format"] == "h5")
    }

    @Test(
        "metrics by JSON stay as they are",
        arguments: [["a": 1.5, "b": ["c": [1, 2]]], "text", [1], 5] as [JSONValue])
    func jsonMetrics(metrics: JSONValue) async throws {
        let server = try await DigitsServer()
        let model = try await server.json(create(["name": "a", "algo": "b", "metrics": metrics]), status: 201)
        #expect(model["metrics"] == metrics)
        #expect(try await server.get("/api/v1/models")[0]?["metrics"] == metrics)
    }

    @Test(
        "metrics by a form are an object where they are one in JSON, else the text that was sent",
        arguments: [
            (#"{"accuracy": 0.99}"#, ["accuracy": 0.99]), ("accuracy=0.99", "accuracy=0.99"), ("[1]", "[1]"),
            ("{broken", "{broken"), ("5", "5"),
        ] as [(String, JSONValue)])
    func formMetrics(text: String, expected: JSONValue) async throws {
        let server = try await DigitsServer()
        let call = Multipart(["name": "a", "algo": "b", "metrics": text]).call("/api/v1/models")
        #expect(try await server.json(call, status: 201)["metrics"] == expected)
        #expect(try await server.get("/api/v1/models")[0]?["metrics"] == expected)
    }

    @Test("no metrics, or null, are an empty object")
    func noMetrics() async throws {
        let server = try await DigitsServer()
        #expect(try await server.json(create(["name": "a", "algo": "b"]), status: 201)["metrics"] == [:])
        #expect(
            try await server.json(create(["name": "a", "algo": "b", "metrics": nil]), status: 201)["metrics"] == [:])
    }

    @Test(
        "a form says yes to `is_default` with 1, true or yes in any case, and no with all else",
        arguments: [
            ("1", true), ("true", true), ("True", true), ("TRUE", true), ("yes", true), ("YeS", true), ("0", false),
            ("", false), ("no", false), ("false", false), ("on", false), ("2", false), ("y", false), ("truer", false),
        ])
    func formSpellings(text: String, expected: Bool) async throws {
        let server = try await DigitsServer()
        let call = Multipart(["name": "a", "algo": "b", "is_default": text]).call("/api/v1/models")
        #expect(try await server.json(call, status: 201)["is_default"] == .bool(expected))
        #expect(try await server.get("/api/v1/models")[0]?["is_default"] == .bool(expected))
    }

    @Test(
        "JSON may also use its own words for yes",
        arguments: [
            (true, true), (1, true), ("true", true), ("Yes", true), ("1", true), (false, false), (0, false),
            (nil, false), ("on", false), (2, false), ([true], false), (["a": true], false),
        ] as [(JSONValue, Bool)])
    func jsonSpellings(value: JSONValue, expected: Bool) async throws {
        let server = try await DigitsServer()
        let model = try await server.json(create(["name": "a", "algo": "b", "is_default": value]), status: 201)
        #expect(model["is_default"] == .bool(expected))
    }

    @Test("the same file may be added twice, as two models that both answer")
    func sameFileTwice() async throws {
        let server = try await DigitsServer()
        let first = try await server.addModel(SampleModels.always(3), name: "first", isDefault: true)
        let second = try await server.addModel(SampleModels.always(3), name: "second", isDefault: true)
        #expect(first["id"] != second["id"])
        #expect(try await server.defaultModel() == second["id"]?.stringValue)
        for model in [first, second] {
            #expect(try await server.predict(Picture.upright, modelID: try #require(model["id"]))["digit"] == 3)
        }
        #expect(try server.folder.files().filter { $0.hasPrefix("objects/models/") }.count == 1)
    }

    @Test("a file larger than stays in memory is kept whole, and nothing of its upload is left")
    func largeFile() async throws {
        let server = try await DigitsServer()
        // Beside the weights that count, 4 MB that are multiplied by nothing.
        let file = SampleModels.constant([0, 0, 0, 0, 0, 0, 9, 0, 0, 0]) + []
        let padded = Array("not a model".utf8) + [UInt8](repeating: 7, count: 4 << 20)
        _ = try await server.addModel(padded, name: "large")
        _ = try await server.addModel(file, name: "small", isDefault: true)
        let sizes = try server.folder.files().filter { $0.hasPrefix("objects/models/") }.map { name in
            try Data(contentsOf: server.folder.file(name)).count
        }
        #expect(Set(sizes) == [padded.count, file.count])
        try await eventually { try !server.folder.files().contains { $0.hasPrefix("uploads/") } }
    }
}
