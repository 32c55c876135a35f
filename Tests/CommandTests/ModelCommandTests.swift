import Foundation
import JSON
import TestSupport
import Testing

@Suite("prunelle models convert and inspect", .timeLimit(.minutes(10)))
struct ConvertCommandTests {
    private static let files =
        ["keras2_sequential.h5", "keras2_sequential.keras", "keras2_old.h5", "keras3_nested.h5", "keras3_merges.keras"]
        .map { Workplace.models.appending(path: $0).path } + [Workplace.strokes]

    @Test("a model file becomes an ONNX file, which is converted again to the same bytes", arguments: files)
    func convert(file: String) async throws {
        let work = try Workplace()
        let first = try await work.run("models", "convert", file, "first.onnx")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output == "")
        let second = try await work.run("models", "convert", "first.onnx", "second.onnx", "--json")
        #expect(second.status == 0, "\(second.errors)")
        #expect(try JSONValue(parsing: second.output)["format"] == "onnx")
        #expect(
            try Data(contentsOf: work.folder.file("first.onnx")) == Data(contentsOf: work.folder.file("second.onnx")))
        #expect(try FileManager.default.contentsOfDirectory(atPath: work.folder.url.path).count == 3)
    }

    /// A file that is no model.
    struct Garbage: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]

        var testDescription: String { name }
    }

    private static let garbage = [
        Garbage(name: "empty", bytes: []), Garbage(name: "text.h5", bytes: Array("hello".utf8)),
        Garbage(name: "zeros.onnx", bytes: [UInt8](repeating: 0, count: 5000)),
        Garbage(name: "model.pkl", bytes: [0x80, 4, 0x95, 1, 2, 3]),
        Garbage(name: "cut.h5", bytes: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0]),
        Garbage(name: "cut.keras", bytes: [0x50, 0x4B, 0x03, 0x04, 0x14]),
        Garbage(name: "cut.onnx", bytes: [0x08, 0x08, 0x12, 0xFF, 0xFF, 0x7F]),
    ]

    @Test("a file that is no model is refused with status 65 and one line, and nothing is written", arguments: garbage)
    func refused(garbage: Garbage) async throws {
        let work = try Workplace()
        let name = garbage.name
        try work.folder.write(garbage.bytes, to: name)
        let outcome = try await work.run("models", "convert", name, "out.onnx")
        outcome.expectRefusal(65)
        #expect(!outcome.errors.contains(work.folder.url.path))
        try await work.run("models", "inspect", name).expectRefusal(65)
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("out.onnx").path))
    }

    @Test("a file that is missing, or a folder, is told by the name that was typed")
    func missing() async throws {
        let work = try Workplace()
        for command in [
            ["models", "inspect", "no.h5"], ["models", "convert", "no.h5", "out"], ["models", "import", "no.h5"],
        ] {
            try await work.run(command).expectRefusal(66, "there is no file 'no.h5'")
        }
        try await work.run("models", "inspect", ".").expectRefusal(66, "'.' is a folder")
    }

    @Test("a folder that TensorFlow saved is told what to do with")
    func savedModel() async throws {
        let work = try Workplace()
        let folder = work.folder.file("saved")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data([8, 1]).write(to: folder.appending(path: "saved_model.pb"))
        try await work.run("models", "inspect", "saved").expectRefusal(66, "'saved' is a folder that TensorFlow saved")
    }

    /// A name can hold what clears the screen of whoever looks at the file, or a line that looks like ours.
    @Test("names in a file cannot write beyond their line")
    func names() async throws {
        let work = try Workplace()
        let name = #"a\u001b[2J\nprunelle: all is well\u202e"#
        let header = #"{"\#(name).weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]}}"#
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        bytes.append(Data(header.utf8))
        bytes.append(Data(repeating: 0, count: 48))
        try bytes.write(to: work.folder.file("names.safetensors"))
        let outcome = try await work.run("models", "inspect", "names.safetensors")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.contains("a\u{FFFD}[2J\u{FFFD}prunelle: all is well\u{FFFD}  Linear"), "\(outcome.output)")
        #expect(!outcome.output.contains("\u{1B}"))
    }

    @Test("an output that cannot be written is told")
    func output() async throws {
        let work = try Workplace()
        try await work.run("models", "convert", Workplace.strokes, "no/such/folder.onnx")
            .expectRefusal(70, "'no/such/folder.onnx' cannot be written")
    }

    @Test("an inspection tells format, inputs, outputs and layers, for people and for programs")
    func inspect() async throws {
        let work = try Workplace()
        let page = try await work.run("models", "inspect", Workplace.strokes)
        #expect(page.status == 0)
        for text in ["keras-h5", "N×28×28×1", "N×10", "7850", "Dense"] {
            #expect(page.output.contains(text), "\(text) in \(page.output)")
        }
        let json = try JSONValue(parsing: try await work.run("models", "inspect", "--json", Workplace.strokes).output)
        #expect(json["format"] == "keras-h5")
        #expect(json["parameters"] == 7850)
        #expect(json["inputs"]?[0]?["shape"] == [nil, 28, 28, 1])
        #expect(json["outputs"]?[0]?["shape"] == [nil, 10])
    }
}

@Suite("prunelle models", .timeLimit(.minutes(10)))
struct ModelShelfTests {
    private func id(_ outcome: Programs.Outcome) throws -> String {
        let text = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        try #require(text.wholeMatch(of: /[0-9a-f]{24}/) != nil, "\(outcome.errors)")
        return text
    }

    @Test("models are imported, listed, chosen, rolled back and exported")
    func life() async throws {
        let work = try Workplace()
        #expect(try await work.run("models", "list").output == "")
        try await work.run("models", "default").expectRefusal(65, "no model answers for digits")
        try await work.run("models", "default", "--rollback").expectRefusal(65, "no earlier model")

        let first = try id(
            try await work.run("models", "import", Workplace.strokes, "--name", "First", "--algo", "dense", "--default")
        )
        let keras = Workplace.digits.appending(path: "strokes.keras").path
        let second = try id(try await work.run("models", "import", keras))
        #expect(try id(try await work.run("models", "default")) == first)

        let page = try await work.run("models", "list").output
        #expect(page.contains("* \(first)"))
        #expect(page.contains("  \(second)"))
        let list = try JSONValue(parsing: try await work.run("models", "list", "--json").output)
        #expect(list.arrayValue?.count == 2)
        #expect(list[0]?["id"]?.stringValue == second)
        #expect(list[0]?["name"] == "strokes")
        #expect(list[0]?["format"] == "keras")
        #expect(list[1]?["name"] == "First")
        #expect(list[1]?["default"] == true)
        #expect(list[1]?["origin"] == "import")

        #expect(try id(try await work.run("models", "default", second)) == second)
        #expect(try id(try await work.run("models", "default", "--rollback")) == first)
        #expect(try await work.run("models", "export", second, "out.keras").status == 0)
        #expect(try Data(contentsOf: work.folder.file("out.keras")) == Data(contentsOf: URL(filePath: keras)))
        try await work.run("models", "export", second, "out.keras").expectRefusal(64, "'out.keras' is there already")
    }

    @Test("the file that is imported stays where it is")
    func importCopies() async throws {
        let work = try Workplace()
        let file = work.folder.file("mine.h5")
        try FileManager.default.copyItem(at: URL(filePath: Workplace.strokes), to: file)
        #expect(try await work.run("models", "import", "mine.h5").status == 0)
        #expect(try Data(contentsOf: file) == Data(contentsOf: URL(filePath: Workplace.strokes)))
    }

    @Test("a file that cannot answer for digits is refused and not kept")
    func refused() async throws {
        let work = try Workplace()
        let other = Workplace.models.appending(path: "keras2_sequential.h5").path
        try await work.run("models", "import", other).expectRefusal(65, "28×28")
        try work.folder.write(Array("hello".utf8), to: "text.h5")
        try await work.run("models", "import", "text.h5", "--default").expectRefusal(65, "not a model file")
        #expect(try await work.run("models", "list").output == "")
    }

    @Test("an unknown model is told by what was typed")
    func unknown() async throws {
        let work = try Workplace()
        for text in ["68b8c1f0a1b2c3d4e5f60718", "first"] {
            try await work.run("models", "default", text).expectRefusal(65, "digits has no model '\(text)'")
            try await work.run("models", "export", text, "out").expectRefusal(65, "digits has no model '\(text)'")
        }
    }

    @Test("a data folder that cannot be made is told")
    func data() async throws {
        let work = try Workplace()
        try work.folder.write([1], to: "taken")
        try await work.run("models", "list", "--data", "taken/data").expectRefusal(78, "'taken/data'")
    }

    @Test("a running server answers with a model imported beside it, from the next prediction on")
    func besideServer() async throws {
        let work = try Workplace()
        let server = try await work.serve()
        #expect(try await server.client.send(.predictUpright).json["using_model"] == false)
        let id = try await work.importDefault()
        #expect(try await server.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await server.client.get("/api/v1/models").json[0]?["id"]?.stringValue == id)
        #expect(try await server.stop() == 0)
    }
}

@Suite("prunelle predict", .timeLimit(.minutes(10)))
struct PredictCommandTests {
    @Test("pictures are read with the model of the data folder, each on a line")
    func reads() async throws {
        let work = try Workplace()
        try await work.importDefault()
        let page = try await work.run("predict", Workplace.upright, Workplace.upright)
        #expect(page.status == 0, "\(page.errors)")
        #expect(page.output.split(separator: "\n").count == 2)
        #expect(page.output.hasPrefix("\(Workplace.upright): 1 "), "\(page.output)")
        let line = try await work.run("predict", "--json", Workplace.upright)
        let json = try JSONValue(parsing: line.output)
        #expect(json["file"]?.stringValue == Workplace.upright)
        #expect(json["label"] == "1")
        #expect(json["candidates"]?.arrayValue?.count == 10)
        #expect(json["model"] == "strokes")
    }

    @Test("what cannot be read is told file by file, and the rest is still read")
    func mixed() async throws {
        let work = try Workplace()
        try await work.importDefault()
        try work.folder.write(Array("hello".utf8), to: "text.png")
        let outcome = try await work.run("predict", "none.png", "text.png", Workplace.upright)
        #expect(outcome.status == 65)
        #expect(outcome.output.hasPrefix("\(Workplace.upright): 1 "))
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("prunelle: none.png: ") == true)
        #expect(lines.last?.hasPrefix("prunelle: text.png: ") == true)
    }

    @Test("without a model that is said, and no data folder is left behind")
    func noModel() async throws {
        let work = try Workplace()
        let outcome = try await work.run("predict", Workplace.upright)
        outcome.expectRefusal(65, "no model")
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("data").path))
    }
}
