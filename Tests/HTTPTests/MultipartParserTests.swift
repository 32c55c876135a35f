import Foundation
import Testing

@testable import HTTP

@Suite struct MultipartParserTests {
    private static let boundary = "----WebKitFormBoundary7MA4YWxk"

    private func parse(
        _ body: [UInt8], pieces: Int = .max, contentType: String? = nil, parts: Int = 10, fields: Int = 1 << 20,
        memoryPart: Int = 64
    ) throws -> FormData {
        let folder = UploadFolder(url: FileManager.default.temporaryDirectory)
        let limits = MultipartParser.Limits(parts: parts, fields: fields, memoryPart: memoryPart, folder: folder)
        var parser = try MultipartParser(
            contentType: contentType ?? "multipart/form-data; boundary=\(Self.boundary)", limits: limits)
        var start = 0
        while start < body.count {
            let end = pieces < body.count - start ? start + pieces : body.count
            try body[start..<end].withUnsafeBytes { bytes in try parser.receive(bytes) }
            start = end
        }
        return try parser.finish()
    }

    private func body(_ parts: [(header: String, content: [UInt8])], preamble: String = "", ending: String = "--\r\n")
        -> [UInt8]
    {
        var bytes = Array(preamble.utf8)
        for (index, part) in parts.enumerated() {
            bytes += Array(
                "\(index == 0 && preamble.isEmpty ? "" : "\r\n")--\(Self.boundary)\r\n\(part.header)\r\n\r\n".utf8)
            bytes += part.content
        }
        return bytes + Array("\r\n--\(Self.boundary)\(ending)".utf8)
    }

    private static let field = "Content-Disposition: form-data; name=\"a\""
    private static let file =
        "Content-Disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\nContent-Type: image/png"

    @Test("fields and files survive every way of cutting the body", arguments: [1, 2, 3, 7, 16, 61, 1000])
    func pieces(size: Int) throws {
        // Nearly a delimiter, again and again.
        let tricky = Array("\r\n--\r\n----WebKitForm\r\r\n\n--\(Self.boundary.dropLast())\r\n".utf8)
        let large = (0..<500).map { UInt8(truncatingIfNeeded: $0) } + tricky
        let form = try parse(
            body([(Self.field, Array("é".utf8)), (Self.file, tricky), (Self.file, large), (Self.field, [])]),
            pieces: size)
        #expect(form.parts.map(\.name) == ["a", "f", "f", "a"])
        #expect(form.parts[0].text == "é")
        #expect(try form.parts[1].bytes() == tricky)
        #expect(try form.parts[2].bytes() == large)
        #expect(form.parts[2].temporaryFile != nil)
        #expect(form.parts[3].count == 0)
        #expect(form.parts[1].contentType == "image/png")
    }

    @Test(
        "names are read in every customary spelling",
        arguments: [
            (#"form-data; name="a b"; filename="é à.png""#, "a b", "é à.png"),
            (#"form-data; name=a; filename=plain.png"#, "a", "plain.png"),
            (#"FORM-DATA; NAME="a"; FileName="q\"uote.png""#, "a", #"q"uote.png"#),
            (#"form-data; name="a"; filename="C:\Users\me\x.png""#, "a", "x.png"),
            (#"form-data; name="a"; filename="../../etc/passwd""#, "a", "passwd"),
            (
                #"form-data; name="a"; filename="x.png"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.png"#, "a",
                "naïve €.png"
            ),
            (#"form-data; name="a"; filename="semi;colon=.png""#, "a", "semi;colon=.png"),
            (#"form-data; filename="x.png"; name="a""#, "a", "x.png"),
        ])
    func names(disposition: String, name: String, fileName: String) throws {
        let form = try parse(body([("Content-Disposition: \(disposition)", [1])]))
        #expect(form.parts.first?.name == name)
        #expect(form.parts.first?.fileName == fileName)
    }

    @Test(
        "the name that was sent is kept, and told as Starlette tells it",
        arguments: [
            (#""albums/2025/a.jpg""#, "albums/2025/a.jpg", "albums/2025/a.jpg"),
            (#""<b>x</b>.jpg""#, "<b>x</b>.jpg", "<b>x</b>.jpg"), (#""a\b.jpg""#, #"a\b.jpg"#, #"a\b.jpg"#),
            (#""C:\Users\me\x.png""#, #"C:\Users\me\x.png"#, "x.png"), (#""""#, "", ""),
        ])
    func sentNames(written: String, sent: String, told: String) throws {
        let form = try parse(body([("Content-Disposition: form-data; name=\"a\"; filename=\(written)", [1])]))
        #expect(form.parts.first?.sentFileName == sent)
        #expect(form.parts.first?.fastAPIFileName == told)
    }

    @Test("a header that is not UTF-8 is read as Latin-1")
    func latin1() throws {
        let start = Array("--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"a\"; filename=\"".utf8)
        let form = try parse(start + [0xE9] + Array(".jpg\"\r\n\r\n\r\n--\(Self.boundary)--\r\n".utf8))
        #expect(form.parts.first?.fileName == "é.jpg")
    }

    @Test("a preamble, an epilogue and white space after boundaries are passed over")
    func surroundings() throws {
        var bytes = body([(Self.field, [65])], preamble: "This is a form.", ending: "--\r\nGoodbye")
        #expect(try parse(bytes).text("a") == "A")
        bytes = Array("--b \t\r\n\(Self.field)\r\n\r\nA\r\n--b--".utf8)
        #expect(try parse(bytes, contentType: "multipart/form-data; boundary=\"b\"").text("a") == "A")
    }

    @Test("the empty file that browsers send for an untouched field is left out")
    func untouchedFile() throws {
        let header =
            "Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: application/octet-stream"
        let form = try parse(body([(header, []), (Self.field, [65])]))
        #expect(form.parts.map(\.name) == ["a"])
        #expect(form.sentParts.map(\.name) == ["f", "a"])
    }

    @Test("what is malformed is refused with a reason")
    func malformed() throws {
        let cases: [(String, [UInt8], String?)] = [
            ("no boundary", body([(Self.field, [])]), "multipart/form-data"),
            ("closing boundary", body([(Self.field, [])], ending: ""), nil),
            ("closing boundary", body([(Self.field, [])], ending: "\r\n"), nil),
            ("first boundary", [UInt8](repeating: 65, count: 20_000), nil),
            ("closing boundary", [], nil),
            ("no name", body([("Content-Type: text/plain", [])]), nil),
            ("no name", body([("Content-Disposition: attachment; name=\"a\"", [])]), nil),
            ("no colon", body([("Content-Disposition", [])]), nil),
            ("other characters", Array("--\(Self.boundary)x\r\n\r\n".utf8), nil),
            ("larger than 8192", body([("X: \(String(repeating: "a", count: 9000))", [])]), nil),
            ("more than 10 parts", body((0..<11).map { _ in (Self.field, []) }), nil),
        ]
        for (reason, bytes, type) in cases {
            let error = #expect(throws: APIError.self) { try parse(bytes, contentType: type) }
            #expect(error?.code == .malformedMultipart)
            #expect(error?.message.contains(reason) == true, "\(String(describing: error)) for \(reason)")
        }
    }

    @Test("plain fields are bounded together, since they stay in memory")
    func fieldLimit() throws {
        let parts = [(Self.field, [UInt8](repeating: 65, count: 50)), (Self.field, [UInt8](repeating: 66, count: 50))]
        #expect(try parse(body(parts), fields: 100).parts.count == 2)
        let error = #expect(throws: APIError.self) { try parse(body(parts), fields: 99) }
        #expect(error?.code == .bodyTooLarge)
    }

    @Test("many small files do not add up in memory")
    func manyFiles() throws {
        let parts = (0..<60).map { _ in (Self.file, [UInt8](repeating: 1, count: 64)) }
        let form = try parse(body(parts), parts: 100, memoryPart: 64)
        #expect(form.parts.filter { $0.temporaryFile == nil }.count == 16)
    }

    @Test("a temporary file goes with the last part that refers to it")
    func removal() throws {
        var form: FormData? = try parse(body([(Self.file, [UInt8](repeating: 1, count: 100))]))
        let path = try #require(form?.parts.first?.temporaryFile?.path)
        #expect(FileManager.default.fileExists(atPath: path))
        let copy = FileManager.default.temporaryDirectory.appending(path: "saved-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try form?.parts.first?.save(to: copy)
        form = nil
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try Data(contentsOf: copy).count == 100)
    }

    @Test("what a dead process left behind is removed, what a living one uses is not")
    func abandoned() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "abandoned-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Process numbers end at 4,194,304 on Linux.
        for name in ["upload-99999999-1", "upload-\(getpid())-1", "other"] {
            try Data().write(to: folder.appending(path: name))
        }
        TemporaryFile.removeAbandoned(in: folder)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(left) == ["upload-\(getpid())-1", "other"])
    }
}
