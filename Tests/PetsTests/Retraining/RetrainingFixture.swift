import Foundation
import Imaging
import Inference
import JSON
import ModelFiles
import ONNX
import Observability
import Registry
import Retraining
import Storage
import Tensors
import TestSupport
import Training

@testable import Pets

/// A retraining with the real trainer and engine, on drawn photos and a small network of the same kind.
struct RetrainingFixture: Sendable {
    static let runtime = Result {
        var configuration = InferenceConfiguration()
        // All tests begin at once, and each brings models.
        configuration.loadQueueLimit = 10_000
        return try InferenceRuntime(configuration)
    }

    let folder: TemporaryFolder
    let database: any SQLDatabase
    let catalog: SQLModelCatalog
    let graphs: ModelGraphs
    let live: LiveModels
    let models: RetrainingFolder

    init() async throws {
        folder = try TemporaryFolder()
        database = try await SQLDriver.sqlite.open(folder.url)
        catalog = try await SQLModelCatalog(database)
        graphs = ModelGraphs(objects: try FileObjectStore(root: folder.file("objects")), converter: Passing())
        live = LiveModels(
            app: "pets", catalog: catalog, graphs: graphs, runtime: try Self.runtime.get(),
            requirement: ModelRequirement(
                check: { _ in },
                fit: { _, _ in ModelFit(input: InputGuess(.bytes(.rgb), .stated, reason: "tests know")) }))
        models = try RetrainingFolder(folder.file("models"), modelPrefix: "cats_dogs_model_retrained_")
    }

    /// The layout of the cats and dogs network, smaller.
    static var recipe: TrainingRecipe {
        var recipe = TrainingRecipe()
        (recipe.name, recipe.seed, recipe.batchSize) = ("pets", 1337, 4)
        (recipe.input.width, recipe.input.height, recipe.input.channels) = (32, 32, 3)
        (recipe.input.reading, recipe.input.values) = (.tensorflow, .bytes)
        recipe.network.blocks = [8, 12].map { BlockRecipe(width: $0, pool: 2, padding: .valid) }
        (recipe.network.batchNorm, recipe.network.output, recipe.network.dropout) = (false, .sigmoid, 0.1)
        (recipe.optimizer.warmUp, recipe.optimizer.weightDecay) = (0, 0)
        (recipe.validation.fraction, recipe.validation.split) = (0.25, .content)
        recipe.network.head = .flatten
        recipe.augmentation.flip = true
        return recipe
    }

    /// Draws photos: warm discs are cats, cold squares are dogs.
    func drawPhotos(ofEach count: Int = 40) throws -> URL {
        let photos = folder.file("PetImages")
        for (name, isDog) in [("Cat", false), ("Dog", true)] {
            let target = photos.appending(path: name)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            for number in 0..<count {
                try Data(Self.photo(isDog: isDog, number)).write(to: target.appending(path: "\(number).bmp"))
            }
        }
        return photos
    }

    private static func photo(isDog: Bool, _ number: Int) -> [UInt8] {
        let side = 40
        var random = SeededRandom(seed: 7, isDog ? 1 : 0, number)
        let center = (x: random.uniform(14, 26), y: random.uniform(14, 26))
        let radius = random.uniform(6, 12)
        let noise = (0..<side * side).map { _ in random.uniform(-25, 25) }
        return BitmapFile.bytes(side: side) { x, y in
            let (dx, dy) = (abs(Float(x) - center.x), abs(Float(y) - center.y))
            let isInside = isDog ? max(dx, dy) < radius : dx * dx + dy * dy < radius * radius
            func level(_ tint: Float) -> UInt8 { UInt8((isInside ? tint : 120) + noise[y * side + x]) }
            return isDog ? (level(90), level(110), level(170)) : (level(170), level(110), level(90))
        }
    }

    func tools(photos: URL, recipe: TrainingRecipe = Self.recipe) -> PetRetraining.Tools {
        var tools = PetRetraining.Tools(
            database: database, live: live, graphs: graphs, trainer: TrainerProcess(grace: .seconds(60)),
            recipe: recipe,
            photos: photos, models: models, score: Self.score)
        tools.threads = 1
        return tools
    }

    /// Settings that train whatever the feedback says, so fast that the shapes are learned.
    static func settings(epochs: Int = 12, learningRate: Double = 0.003) -> PetRetrainingSettings {
        var settings = PetRetrainingSettings()
        (settings.isForced, settings.epochs, settings.learningRate) = (true, epochs, learningRate)
        return settings
    }

    /// What a server would make of a picture.
    private static func score(_ picture: [UInt8], _ model: LiveModel) async throws -> Double {
        let side = 32
        let image = try ImageDecoder().decode(picture, as: .rgb).resized(width: side, height: side, filter: .bicubic)
        let output = try await model.network.predict(
            Tensor(shape: [1, side, side, 3], values: image.pixels.map { Float($0) }))[0]
        return Double(output.values[0])
    }

    /// Adds a network with random weights and lets it answer.
    func addUntrained(_ recipe: TrainingRecipe, seed: Int = 1, fileName: String = "cats_dogs_model.keras") async throws
        -> ModelVersion
    {
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        var random = SeededRandom(seed: seed)
        var tensors: [String: Tensor] = [:]
        func add(_ name: String, _ shape: [Int]) {
            tensors["weight.\(name)"] = Tensor(
                shape: shape, values: (0..<shape.reduce(1, *)).map { _ in random.uniform(-0.1, 0.15) })
        }
        for (index, layer) in plan.layers.enumerated() {
            switch layer {
            case .convolution(let inputs, let outputs, let kernel, _, _, _):
                add("\(index).weight", [outputs, inputs, kernel, kernel])
                add("\(index).bias", [outputs])
            case .dense(let inputs, let outputs):
                add("\(index).weight", [outputs, inputs])
                add("\(index).bias", [outputs])
            default: continue
            }
        }
        let bytes = try plan.export(NetworkWeights(tensors), name: "untrained", classes: ["Cat", "Dog"]).encoded()
        let file = try folder.write(bytes, to: "untrained-\(seed)")
        let version = ModelVersion(
            id: .next(), app: "pets", name: "untrained", algorithm: "cnn", format: "onnx", origin: .import,
            file: ModelFile(
                hash: try ContentHash(ofFile: file), size: bytes.count, name: fileName,
                contentType: "application/octet-stream"),
            createdAt: .now)
        try await live.add(version, file: file, handover: .copying, as: .default)
        return version
    }

    /// Files below the folder of models, without the lock.
    func modelFiles() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.file("models").path).sorted()
            .filter { $0 != ".retrain.lock" && $0 != "backups" }
    }

    /// Makes the table of feedback as the app makes it, with rows some days old.
    static func addFeedback(_ database: any SQLDatabase, _ rows: [(isPositive: Bool, daysAgo: Int)]) async throws {
        let key = database.dialect == .postgreSQL ? "SERIAL PRIMARY KEY" : "INTEGER PRIMARY KEY AUTOINCREMENT"
        try await database.write(
            SQLStatement(
                composed: """
                    CREATE TABLE IF NOT EXISTS feedback_user (
                        id_feedback_user \(key), feedback BOOLEAN NOT NULL, date_feedback DATE NOT NULL,
                        resultat_prediction DOUBLE PRECISION NOT NULL, input_user TEXT NOT NULL,
                        inference_time_ms DOUBLE PRECISION, success BOOLEAN, filename VARCHAR(255))
                    """))
        for row in rows {
            let day = Calendar(identifier: .gregorian).date(byAdding: .day, value: -row.daysAgo, to: Date())
            let text = RunMoment.day(day ?? Date())
            let date: SQLStatement =
                database.dialect == .postgreSQL ? "CAST(\(bind: text) AS date)" : "\(bind: text)"
            try await database.write(
                """
                INSERT INTO feedback_user (feedback, date_feedback, resultat_prediction, input_user, inference_time_ms)
                VALUES (CAST(\(bind: row.isPositive ? 1 : 0) AS INTEGER) = 1, \(part: date), 0.75, 'a.jpg', 12.5)
                """)
        }
    }
}

/// Passes ONNX files on.
private struct Passing: ModelConverter {
    func convert(_ file: URL, statement: JSONValue?, to output: URL) async throws -> JSONValue {
        try Data(contentsOf: file).write(to: output)
        return ["format": "onnx"]
    }
}
