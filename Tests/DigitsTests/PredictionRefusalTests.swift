import Application
import Foundation
import HTTP
import JSON
import TestSupport
import Testing

@Suite("What /api/v1/predict and /api/v1/preview refuse", .timeLimit(.minutes(10)))
struct PredictionRefusalTests {
    private static let required = "Champ 'image' (dataURL) requis"
    private static let invalid = "Champ 'image' (dataURL) invalide"
    private static let paths = ["/api/v1/predict", "/api/v1/preview"]

    private static func json(_ text: String) -> HTTPCall { .json("POST", "/api/v1/predict", text) }
    private static func image(_ text: String) -> HTTPCall { .predict(text) }
    private static func body(_ type: String?, _ text: String) -> HTTPCall {
        HTTPCall(
            "POST", "/api/v1/predict", headers: type.map { [("Content-Type", $0)] } ?? [], body: Array(text.utf8))
    }

    private static let fields: [Scenario] = [
        .refused("no body", HTTPCall("POST", "/api/v1/predict"), 400, required),
        .refused("empty body", body("application/json", ""), 400, required),
        .refused("empty object", json("{}"), 400, required),
        .refused("null", json(#"{"image": null}"#), 400, required),
        .refused("empty text", json(#"{"image": ""}"#), 400, required),
        .refused("number", json(#"{"image": 5}"#), 400, required),
        .refused("list", json(#"{"image": ["data:image/png;base64,AAAA"]}"#), 400, required),
        .refused("object", json(#"{"image": {"data:image": 1}}"#), 400, required),
        .refused("another key", json(#"{"Image": "data:image/png;base64,AAAA"}"#), 400, required),
        .refused("bare base64", json(#"{"image": "iVBORw0KGgo="}"#), 400, required),
        .refused("address", json(#"{"image": "http://127.0.0.1/a.png"}"#), 400, required),
        .refused("file address", json(#"{"image": "file:///etc/passwd"}"#), 400, required),
        .refused("other data URL", json(#"{"image": "data:text/plain;base64,AAAA"}"#), 400, required),
        .refused("upper case", json(#"{"image": "DATA:IMAGE/png;base64,AAAA"}"#), 400, required),
        .refused("list as body", json("[]"), 400, required),
        .refused("text as body", json(#""data:image/png;base64,AAAA""#), 400, required),
        .refused("number as body", json("5"), 400, required),
        .refused("null as body", json("null"), 400, required),
        .refused("empty form", body("application/x-www-form-urlencoded", "model_id=1"), 400, required),
        .refused("form without the part", Multipart(["model_id": "1"]).call("/api/v1/predict"), 400, required),
    ]

    private static let pictures: [Scenario] = [
        .refused("no comma", image("data:image/png;base64"), 400, invalid),
        .refused("nothing after the comma", image("data:image/png;base64,"), 400, invalid),
        .refused("no base64", image("data:image/png;base64,@@@@"), 400, invalid),
        .refused("broken padding", image("data:image/png;base64,iVBORw0KGgoA="), 400, invalid),
        .refused("one character", image("data:image/png;base64,A"), 400, invalid),
        .refused("text", image(Picture.dataURL(Array("Hello, this is no picture at all".utf8))), 400, invalid),
        .refused("SVG", image(Picture.dataURL(Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8))), 400, invalid),
        .refused("one byte", image(Picture.dataURL([0x89])), 400, invalid),
        .refused("only a signature", image(Picture.dataURL(Array(Canvas(4, 4).png[..<8]))), 400, invalid),
        .refused("half a PNG", image(Picture.dataURL(Array(Canvas(64, 64).png[..<4000]))), 400, invalid),
        .refused(
            "a PNG of zero width", image(Picture.dataURL(PNGFile.file(width: 0, height: 4, data: []))), 400, invalid),
        .refused(
            "a PNG without pixels", image(Picture.dataURL(PNGFile.file(width: 4, height: 4, data: []))), 400, invalid),
        .refused(
            "30,000 × 30,000 pixels", image(Picture.dataURL(PNGFile.file(width: 30_000, height: 30_000, data: []))),
            413,
            "Image trop grande : 30000 × 30000 pixels, 50000000 pixels au plus"),
        Scenario(
            name: "sides whose product overflows",
            call: image(Picture.dataURL(PNGFile.file(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, data: []))), status: 413,
            detail: "Image trop grande"),
    ]

    private static let syntax: [Scenario] = [
        .refused(
            "half an object", json(#"{"image": "#), 400,
            "JSON parse error - Expecting value: line 1 column 11 (char 10)"),
        .refused("no JSON", json("image"), 400, "JSON parse error - Expecting value: line 1 column 1 (char 0)"),
        Scenario(name: "invalid UTF-8", call: badText, status: 400, detail: "JSON parse error - "),
        Scenario(name: "two values", call: json("{} {}"), status: 400, detail: "JSON parse error - Extra data"),
        Scenario(name: "not a number", call: json(#"{"model_id": NaN}"#), status: 400, detail: "JSON parse error - "),
        Scenario(
            name: "10,000 lists within each other", call: json(String(repeating: "[", count: 10_000)), status: 400,
            detail: "JSON parse error - "),
        Scenario(
            name: "10,000 objects within each other",
            call: json(String(repeating: #"{"a":"#, count: 10_000) + "1" + String(repeating: "}", count: 10_000)),
            status: 400, detail: "JSON parse error - "),
        Scenario(
            name: "multipart without a boundary", call: body("multipart/form-data", "--x\r\n\r\n--x--"), status: 400,
            detail: "Multipart form parse error - "),
        Scenario(
            name: "multipart that is cut off", call: body("multipart/form-data; boundary=x", "--x\r\nContent-Disp"),
            status: 400, detail: "Multipart form parse error - "),
        Scenario(
            name: "a form with broken escapes", call: body("application/x-www-form-urlencoded", "image=%ZZ"),
            status: 400, detail: "Form parse error - "),
        .refused(
            "text", body("text/plain", "data:image/png;base64,AAAA"), 415,
            "Unsupported media type \"text/plain\" in request."),
        .refused(
            "text with a charset", body("text/plain; charset=utf-8", "{}"), 415,
            "Unsupported media type \"text/plain; charset=utf-8\" in request."),
        .refused("no content type", body(nil, "{}"), 415, "Unsupported media type \"\" in request."),
        .refused("a bare picture", body("image/png", "PNG"), 415, "Unsupported media type \"image/png\" in request."),
        .refused("GET", HTTPCall("GET", "/api/v1/predict"), 405, "Method \"GET\" not allowed."),
        .refused("PUT", HTTPCall("PUT", "/api/v1/predict", body: []), 405, "Method \"PUT\" not allowed."),
        .refused("DELETE", HTTPCall("DELETE", "/api/v1/predict"), 405, "Method \"DELETE\" not allowed."),
        .refused("trailing slash", HTTPCall("POST", "/api/v1/predict/", body: []), 404, "Not found."),
        Scenario(
            name: "a model_id of 5,000 characters",
            call: .predict(Picture.upright, modelID: .string(String(repeating: "x", count: 5000))), status: 400,
            detail: "'model_id'"),
    ]

    private static var badText: HTTPCall {
        var call = json("")
        call.body = Array(#"{"image": ""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
        return call
    }

    @Test("is told in the original's words, and stored nowhere", arguments: fields + pictures + syntax)
    func refusals(scenario: Scenario) async throws {
        // With and without a model: a bad picture is bad either way.
        for server in [try await DigitsServer(), try await DigitsServer.withStrokes()] {
            for path in Self.paths {
                var scenario = scenario
                scenario = Scenario(
                    name: scenario.name,
                    call: scenario.call.at(scenario.call.target.replacing(Self.paths[0], with: path)),
                    status: scenario.status, json: scenario.json, detail: scenario.detail)
                try await scenario.check(on: server)
            }
            #expect(try await server.get("/api/v1/records") == [])
        }
    }

    @Test("a method that is not allowed is answered with those that are")
    func allowHeader() async throws {
        let server = try await DigitsServer()
        let answer = try await server.client.get("/api/v1/predict")
        let allowed = (answer["Allow"] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(Set(allowed) == ["POST", "OPTIONS"])
    }

    @Test("a picture cut at any place is refused or read, and never ends the server")
    func cutPictures() async throws {
        let server = try await DigitsServer.withStrokes()
        for name in ["upright.jpg", "upright.gif", "upright.webp", "upright.bmp", "upright.png"] {
            let file = try Picture.golden(name)
            for length in stride(from: 0, to: file.count, by: max(1, file.count / 12)) {
                let answer = try await server.client.send(.predict(Picture.dataURL(Array(file[..<length]))))
                // A JPEG that ends early still shows what came, as in Pillow with its lenient mode; all else is refused.
                #expect([200, 400].contains(answer.status), "\(name) of \(length) bytes: \(answer.text)")
            }
        }
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
    }

    @Test("TIFF is read as Pillow reads it; what is not read is refused as a picture, not with a failure")
    func otherFormats() async throws {
        let server = try await DigitsServer.withStrokes()
        let tiff = Picture.dataURL(try Picture.golden("upright.tiff"), type: "image/tiff")
        #expect(try await server.predict(tiff)["digit"] == 1)
        let icon = Picture.dataURL([0, 0, 1, 0, 1, 0, 16, 16], type: "image/x-icon")
        let answer = try await server.json(.predict(icon), status: 400)
        #expect(answer == ["detail": .string(Self.invalid)])
    }
}

@Suite("Limits of predictions", .timeLimit(.minutes(10)))
struct PredictionLimitTests {
    private static let limit = 20_000

    private func server() async throws -> DigitsServer {
        var options = DigitsServer.Options()
        options.limits.dataURLBodyBytes = Self.limit
        options.limits.pictureBytes = 10_000
        options.limits.picturePixels = 1_600
        return try await DigitsServer.withStrokes(options)
    }

    private func body(of size: Int) -> [UInt8] {
        let start = Array(#"{"image": "data:image/png;base64,"#.utf8)
        return start + [UInt8](repeating: UInt8(ascii: "A"), count: size - start.count - 2) + Array(#""}"#.utf8)
    }

    @Test("a body at the limit is read, one byte more is too large")
    func bodyLimit() async throws {
        let server = try await server()
        var call = HTTPCall("POST", "/api/v1/predict", headers: [("Content-Type", "application/json")])
        call.body = body(of: Self.limit)
        #expect(try await server.client.send(call).status == 400)
        call.body = body(of: Self.limit + 1)
        let answer = try await server.client.send(call)
        #expect(answer.status == 413)
        #expect(try answer.json.keys == ["detail"])
        #expect(answer.text.contains("\(Self.limit)"))
    }

    @Test("a body that is said to have a gibibyte is refused before it is sent")
    func statedLength() async throws {
        let server = try await server()
        let port = server.client.port
        let answer = try await blocking {
            let connection = try HTTPConnection(port: port)
            let head = "POST /api/v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            connection.write(Array("\(head)Content-Length: 1073741824\r\n\r\n{".utf8))
            return try connection.answer()
        }
        #expect(answer.status == 413)
    }

    @Test("a body that does not tell its length is counted as it comes")
    func chunked() async throws {
        let server = try await server()
        let port = server.client.port
        let answer = try await blocking {
            let connection = try HTTPConnection(port: port)
            let head = "POST /api/v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            connection.write(Array("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8))
            let chunk = Array("1000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x1000) + [0x0D, 0x0A]
            for _ in 0..<100 where !connection.write(chunk) { break }
            return try connection.answer()
        }
        #expect(answer.status == 413)
    }

    @Test("a picture of as many pixels as are allowed is read, a row more is too large")
    func pixels() async throws {
        let server = try await server()
        #expect(try await server.client.send(.predict(Canvas(40, 40).dataURL)).status == 200)
        let answer = try await server.json(.predict(Canvas(40, 41).dataURL), status: 413)
        #expect(answer == ["detail": "Image trop grande : 40 × 41 pixels, 1600 pixels au plus"])
    }

    @Test("a picture file of more bytes than are allowed is too large")
    func bytes() async throws {
        let server = try await server()
        let file = PNGFile.file(width: 30, height: 30, data: [UInt8](repeating: 0, count: 12_000))
        let answer = try await server.json(.predict(Picture.dataURL(file)), status: 413)
        #expect(answer == ["detail": .string("Image trop grande : \(file.count) octets, 10000 octets au plus")])
    }
}

extension HTTPCall {
    /// The same request to another path.
    func at(_ target: String) -> HTTPCall {
        HTTPCall(method, target, headers: headers, body: body)
    }
}
