import Foundation
import JSON
import TestSupport
import Testing

/// The folder of the models that ship with Prunelle.
private let models = repository.appending(path: "Models")
private let hasStarter = FileManager.default.fileExists(atPath: models.appending(path: "digits/digits.onnx").path)

/// The model that ships with Prunelle, shown digits as people draw them.
@Suite("The starter model", .enabled(if: hasStarter, "Models/digits/digits.onnx is not there"))
struct StarterModelTests {
    /// One server for all drawings.
    private static let server = Task {
        var options = DigitsServer.Options()
        options.starterModels = models
        return try await DigitsServer(options)
    }

    /// Strokes in a square of side 1.
    private typealias Stroke = [(x: Double, y: Double)]
    private static let one: Stroke = [(0.5, 0), (0.5, 1)]
    private static let seven: Stroke = [(0.15, 0.02), (0.85, 0.02), (0.4, 1)]
    private static let zero: Stroke = (0...40).map { step in
        let angle = Double(step) * .pi / 20
        return (x: 0.5 + 0.36 * sin(angle), y: 0.5 - 0.5 * cos(angle))
    }
    private static let shapes: [(digit: Int, points: Stroke)] = [(1, one), (7, seven), (0, zero)]

    /// How a drawing differs from the usual.
    struct Manner: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var size = 180.0
        var offset = (x: 50.0, y: 50.0)
        var pen = 16.0
        var paper = Canvas.white
        var ink = Canvas.black
    }

    private static let manners = [
        Manner(testDescription: "usual"), Manner(testDescription: "thin", pen: 4),
        Manner(testDescription: "thick", pen: 30), Manner(testDescription: "small", size: 50, pen: 5),
        Manner(testDescription: "at the top left", size: 120, offset: (8, 8), pen: 12),
        Manner(testDescription: "at the bottom right", size: 120, offset: (150, 150), pen: 12),
        Manner(testDescription: "light on dark", paper: Canvas.black, ink: Canvas.white),
        Manner(testDescription: "black on a transparent canvas", paper: Canvas.clear),
        Manner(testDescription: "white on a transparent canvas", paper: Canvas.clear, ink: Canvas.white),
        Manner(testDescription: "blue on cream", paper: (250, 244, 225, 255), ink: (30, 60, 160, 255)),
    ]

    @Test("reads drawings made in any manner", arguments: manners)
    func drawings(manner: Manner) async throws {
        let server = try await Self.server.value
        for shape in Self.shapes {
            var canvas = Canvas(background: manner.paper)
            canvas.stroke(
                shape.points.map { (manner.offset.x + $0.x * manner.size, manner.offset.y + $0.y * manner.size) },
                width: manner.pen, manner.ink)
            let answer = try await server.predict(canvas.dataURL)
            #expect(answer["digit"]?.intValue == shape.digit, "\(answer.text())")
            #expect(answer["using_model"] == true)
        }
    }

    @Test("is listed as the default once, also after a restart")
    func listed() async throws {
        var options = DigitsServer.Options()
        options.starterModels = models
        options.folder = try TemporaryFolder()
        for _ in 0..<2 {
            let server = try await DigitsServer(options)
            let models = try await server.get("/api/v1/models").arrayValue ?? []
            #expect(models.count == 1)
            #expect(models.first?["is_default"] == true)
            #expect(models.first?["format"] == "onnx")
            await server.stop()
        }
    }

    @Test("does not take the place of a model that someone chose")
    func choiceStays() async throws {
        var options = DigitsServer.Options()
        options.folder = try TemporaryFolder()
        let before = try await DigitsServer(options)
        let chosen = try await before.addModel(SampleModels.always(2), isDefault: true)
        await before.stop()
        options.starterModels = models
        let server = try await DigitsServer(options)
        #expect(try await server.defaultModel() == chosen["id"]?.stringValue)
        #expect(try await server.get("/api/v1/models").arrayValue?.count == 2)
    }

    @Test("reads the canvas drawings of real handwriting", .enabled(if: SharedData.isPresent, "needs sample data"))
    func handwriting() async throws {
        let server = try await Self.server.value
        let folder = SharedData.file("mnist/canvas")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".png") {
            let file = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            let answer = try await server.predict(Picture.dataURL(file))
            #expect(answer["digit"]?.intValue == name.first?.wholeNumberValue, "\(name): \(answer.text())")
        }
    }
}

/// Models that others trained, through the whole server.
@Suite("Models from elsewhere", .enabled(if: SharedData.isPresent, "needs sample data"), .timeLimit(.minutes(10)))
struct ForeignModelTests {
    @Test(
        "digits are read with models of other people",
        arguments: [
            "moonflower_cnn_keras311.h5", "moonflower_cnn_keras311.keras", "nharish_cnn_tfkeras230.h5",
            "mamun_functional_tfkeras211.h5", "nharish_cnn.onnx", "ryecatcher_lenet_keras231_input255.h5",
            "jithsg_mlp_lightning209.ckpt", "jithsg_mlp_state_dict.pt", "mca_mlp_sklearn_joblib.pkl",
        ])
    func reads(name: String) async throws {
        let server = try await DigitsServer()
        let model = [UInt8](try Data(contentsOf: SharedData.file("mnist/models/\(name)")))
        _ = try await server.addModel(model, format: "h5", isDefault: true)
        var right = 0
        let folder = SharedData.file("mnist/canvas")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".png") }
        for file in files {
            let picture = [UInt8](try Data(contentsOf: folder.appending(path: file)))
            let answer = try await server.predict(Picture.dataURL(picture))
            #expect(answer["using_model"] == true)
            if answer["digit"]?.intValue == file.first?.wholeNumberValue { right += 1 }
        }
        #expect(right >= files.count - 1, "\(right) of \(files.count)")
    }
}
