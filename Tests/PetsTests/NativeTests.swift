import Foundation
import JSON
import ONNX
import Pets
import Storage
import TestSupport
import Testing

/// What the original never had.
struct NativeTests {
    private static func form(_ files: [(name: String, bytes: [UInt8])]) -> HTTPCall {
        var form = Multipart()
        for file in files { form.add("file", file: file.name, file.bytes, type: "image/bmp") }
        return form.call("/api/v1/predictions").authorized
    }

    @Test("several pictures are answered in their order, one that cannot be read in its place")
    func several() async throws {
        let server = try await PetsServer()
        let files = [("a.bmp", Picture.red), ("b.bmp", Array("no picture".utf8)), ("c.bmp", Picture.blue)]
        let answer = try await server.json(Self.form(files))
        let predictions = try #require(answer["predictions"]?.arrayValue)
        #expect(predictions.map { $0["filename"] } == ["a.bmp", "b.bmp", "c.bmp"])
        #expect(predictions.map { $0["label"] } == ["dog", .null, "cat"])
        #expect(predictions[1]["error"]?.stringValue?.isEmpty == false)
        #expect(predictions[1]["error_code"] == "unknown_format")
        #expect(predictions[0]["probabilities"]?.keys == ["cat", "dog"])
        let many = Array(repeating: ("a.bmp", Picture.red), count: 17)
        try await server.json(Self.form(many), status: 422)
        try await server.json(Self.form([]), status: 422)
    }

    @Test("a model of three values says when it is neither; the original's route says the more probable of the two")
    func neither() async throws {
        let server = try await PetsServer(original: SampleModels.constant([0.1, 0.2, 0.7]))
        let answer = try await server.json(Self.form([("a.bmp", Picture.red)]))["predictions"]?[0]
        #expect(answer?["label"] == "neither")
        #expect(answer?["probabilities"]?["neither"]?.doubleValue.map { abs($0 - 0.7) < 1e-6 } == true)
        let original = try await server.predict(Picture.red)
        #expect(original["prediction"] == "Dog" && original["confidence"] == "66.67%")
    }

    @Test(
        "a prediction of the original's route is found by the id in its header, and judged once",
        arguments: SQLDriver.allCases)
    func judge(driver: SQLDriver) async throws {
        let server = try await PetsServer(.on(driver))
        let answer = try await server.client.send(.predict(Picture.red, name: "rouge.bmp"))
        let id = try #require(answer["X-Prediction-Id"])
        #expect(try answer.json.keys == ["filename", "prediction", "confidence", "probabilities"])
        try await server.kept(1)
        let stored = try await server.get("/api/v1/predictions/\(id)")
        #expect(stored["filename"] == "rouge.bmp" && stored["label"] == "dog" && stored["feedback"] == .null)

        let review = try await server.get("/api/v1/review")
        #expect(review["predictions"]?.arrayValue?.map { $0["id"] } == [.string(id)] && review["waiting"] == 1)
        let body: JSONValue = ["feedback": "negative", "label": "cat"]
        let call = HTTPCall.json("POST", "/api/v1/predictions/\(id)/feedback", body.text()).authorized
        #expect(try await server.json(call)["feedback"] == ["agrees": false, "label": "cat"])
        let rest = try await server.get("/api/v1/review")
        #expect(rest["predictions"] == [] && rest["waiting"] == 0)
        let wrong: JSONValue = ["feedback": "negative", "label": "bird"]
        try await server.json(
            .json("POST", "/api/v1/predictions/\(id)/feedback", wrong.text()).authorized, status: 422)
        try await server.json(
            .json("POST", "/api/v1/predictions/000000000000000000000000/feedback", body.text()).authorized,
            status: 404)
    }

    @Test("feedback of the original's route also judges the prediction whose id it brings")
    func judgeByHeader() async throws {
        let server = try await PetsServer()
        let id = try #require(try await server.client.send(.predict(Picture.red))["X-Prediction-Id"])
        var call = HTTPCall.feedback("positive", result: 0.98, input: "a.bmp")
        call.headers.append((name: "X-Prediction-Id", value: id))
        try await server.kept(1)
        #expect(try await server.json(call)["saved_to_db"] == true)
        #expect(try await server.get("/api/v1/predictions/\(id)")["feedback"]?["agrees"] == true)
    }

    @Test("the history goes on page by page, and holds what failed too")
    func history() async throws {
        let server = try await PetsServer()
        for number in 0..<5 { _ = try await server.predict(Picture.red, name: "\(number).bmp") }
        _ = try await server.predict([], name: "empty.bmp", status: 500)
        try await server.kept(6)
        let first = try await server.get("/api/v1/predictions?limit=4")
        #expect(first["predictions"]?.arrayValue?.map { $0["filename"] } == ["empty.bmp", "4.bmp", "3.bmp", "2.bmp"])
        #expect(first["predictions"]?[0]?["outcome"] == "unreadable")
        let next = try #require(first["next"]?.stringValue)
        let second = try await server.get("/api/v1/predictions?limit=4&after=\(next)")
        #expect(second["predictions"]?.arrayValue?.map { $0["filename"] } == ["1.bmp", "0.bmp"])
        #expect(second["next"] == .null)
        for query in ["limit=0", "limit=101", "limit=x", "after=x"] {
            _ = try await server.get("/api/v1/predictions?\(query)", status: 422)
        }
    }

    @Test(
        "everything of the native API but the session needs a token",
        arguments: [
            ("GET", "predictions"), ("GET", "predictions/000000000000000000000000"), ("POST", "predictions"),
            ("POST", "predictions/000000000000000000000000/feedback"), ("GET", "review"),
            ("POST", "review/000000000000000000000000/skip"), ("GET", "monitoring"), ("GET", "monitoring.csv"),
            ("GET", "predictions.csv"), ("GET", "models"), ("GET", "models/000000000000000000000000"),
            ("POST", "models/import"), ("PATCH", "models/000000000000000000000000/default"),
            ("POST", "models/rollback"), ("GET", "models/history"),
        ])
    func tokens(method: String, path: String) async throws {
        let server = try await PetsServer()
        var call = HTTPCall(method, "/api/v1/\(path)")
        if method == "POST", path == "predictions" || path == "models/import" {
            call = Multipart(["name": "x"]).call("/api/v1/\(path)")
        } else if path.hasSuffix("feedback") {
            call = .json(method, "/api/v1/\(path)", "{}")
        }
        #expect(try await server.client.send(call).status == 403)
        call.headers.append((name: "Authorization", value: "Bearer wrong"))
        #expect(try await server.client.send(call).status == 401)
    }

    @Test("the session gives the token away only where it is the published one")
    func session() async throws {
        let server = try await PetsServer()
        #expect(try await server.get("/api/v1/session")["token"] == "?C@TS&D0GS!")
        var options = PetsServer.Options()
        options.token = "secret"
        options.isTokenPublished = false
        let own = try await PetsServer(options)
        #expect(try await own.json(HTTPCall("GET", "/api/v1/session"))["token"] == .null)
        options.token = nil
        let closed = try await PetsServer(options)
        #expect(try await closed.client.send(.predict(Picture.red)).status == 401)
    }

    @Test("a model is imported, chosen and taken back; one of another kind is refused")
    func models() async throws {
        let server = try await PetsServer()
        var form = Multipart(["name": "always a cat", "is_default": "true"])
        form.add("file", file: "cat.onnx", SampleModels.constant([0.9, 0.1]))
        let added = try await server.json(form.call("/api/v1/models/import").authorized, status: 201)
        #expect(added["name"] == "always a cat" && added["is_default"] == true && added["format"] == "onnx")
        #expect(try await server.predict(Picture.red)["prediction"] == "Cat")
        let back = try await server.json(HTTPCall("POST", "/api/v1/models/rollback").authorized)
        #expect(back["name"] == "cats_dogs_model")
        #expect(try await server.predict(Picture.red)["prediction"] == "Dog")
        let id = try #require(added["id"]?.stringValue)
        let moves = try #require(try await server.get("/api/v1/models/history").arrayValue)
        #expect(moves.first?["model_id"] == back["id"] && moves.dropFirst().first?["model_id"] == added["id"])
        let times = moves.compactMap { $0["since"]?.stringValue }
        #expect(times.count == moves.count && times == times.sorted(by: >), "the newest first")
        _ = try await server.json(HTTPCall("PATCH", "/api/v1/models/\(id)/default").authorized)
        #expect(try await server.predict(Picture.red)["prediction"] == "Cat")
        var digits = Multipart(["name": "digits"])
        digits.add("file", file: "digits.onnx", SampleModels.digits)
        let refused = try await server.json(digits.call("/api/v1/models/import").authorized, status: 400)
        #expect(refused["detail"]?.stringValue?.contains("colour picture") == true)
        #expect(try await server.get("/api/v1/models").arrayValue?.count == 2)
    }

    @Test(
        "the report counts what was asked, and the files for spreadsheets hold no formulas",
        arguments: SQLDriver.allCases)
    func monitoring(driver: SQLDriver) async throws {
        let server = try await PetsServer(.on(driver))
        _ = try await server.predict(Picture.red, name: "=1+1.bmp")
        _ = try await server.predict([], status: 500)
        try await server.kept(2)
        let report = try await server.get("/api/v1/monitoring")
        #expect(report["figures"]?["answered"] == 1 && report["figures"]?["refused"] == 1)
        let drift = try #require(report["drift"])
        #expect(drift["least_answers"] == 100 && drift["classes"]?["verdict"] == "not_enough_data")
        #expect(drift["before"] == ["answered": 0, "mean_confidence": .null, "classes": []])
        #expect(drift["now"]?["answered"] == 1 && drift["now"]?["classes"] == [["label": "dog", "count": 1]])
        #expect(drift["now"]?["mean_confidence"] == report["figures"]?["mean_confidence"])
        let days = try await server.client.send(HTTPCall("GET", "/api/v1/monitoring.csv").authorized)
        #expect(days["Content-Type"] == "text/csv; charset=utf-8")
        // Two days at midnight.
        #expect((2...3).contains(days.text.split(whereSeparator: \.isNewline).count))
        let predictions = try await server.client.send(HTTPCall("GET", "/api/v1/predictions.csv").authorized).text
        #expect(predictions.contains("'=1+1.bmp") && !predictions.contains(",=1+1"))
        _ = try await server.get("/api/v1/monitoring?days=8", status: 422)
    }

    @Test("names of files are kept as pseudonyms where the operator wants that, and everything of one can be erased")
    func privacy() async throws {
        var options = PetsServer.Options()
        options.hidesFileNames = true
        let server = try await PetsServer(options)
        _ = try await server.predict(Picture.red, name: "madame.jpg")
        _ = try await server.giveFeedback(input: "madame.jpg")
        try await server.kept(1)
        let name = try #require(
            try await server.get("/api/v1/predictions")["predictions"]?[0]?["filename"]?.stringValue)
        #expect(!name.contains("madame") && name.hasSuffix(".jpg"))
        let rows = try await server.database.query("SELECT input_user FROM feedback_user")
        #expect(try rows.map { try $0.text("input_user") } == [name])
        #expect(try await server.app.erase(subject: "monsieur.jpg", dryRun: false) == 0)
        #expect(try await server.app.erase(subject: "madame.jpg", dryRun: true) == 2)
        #expect(try await server.app.erase(subject: "madame.jpg", dryRun: false) == 2)
        #expect(try await server.get("/api/v1/predictions")["predictions"] == [])
    }
}
