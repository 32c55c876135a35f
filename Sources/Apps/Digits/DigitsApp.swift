public import Application
public import HTTP
import Imaging
import Inference
import Observability
import Privacy
public import Registry
public import Storage

/// Handwritten digits: the MNIST backend's API, its pages, and the corrections it never took.
public struct DigitsApp: App {
    public static let card = AppCard(
        name: "digits",
        title: LocalizedText(english: "Handwritten digits", french: "Chiffres manuscrits"),
        summary: LocalizedText(
            english: "Draw or send a digit from 0 to 9; correct the answer when it is wrong.",
            french: "Dessinez ou envoyez un chiffre de 0 à 9\u{A0}; corrigez la réponse si elle est fausse."),
        page: "digits/index.html",
        document: APIDocument(
            title: "Prunelle digits", version: "1.0.0",
            description: "Reads one handwritten digit from a picture. Speaks the MNIST backend's API."))

    let drawings: any DrawingStore
    let health: HealthMonitor
    let models: AppModels
    let service: PredictionService
    let limits: AppLimits
    let periods: RetentionSettings
    private let setup: LastingSetup

    public static func modelStorage(in documents: MongoDatabase) -> ModelStorage? {
        ModelStorage(
            catalog: MongoModelCatalog(app: card.name, documents),
            files: GridFSModelFiles(GridFSBucket(documents)))
    }

    public init(_ context: AppContext) async throws {
        drawings =
            if let documents = context.documents {
                MongoDrawingStore(documents)
            } else {
                try await SQLDrawingStore(context.database)
            }
        health = await HealthMonitor(drawings, logger: context.logger)
        limits = context.limits
        periods = context.records.retention
        let models = AppModels(context, app: Self.card.name, requirement: Self.modelRequirement)
        self.models = models
        // With MongoDB the server starts and answers while that is away, as the original does.
        setup = try await LastingSetup(isPatient: context.documents != nil, logger: context.logger) {
            try await models.addStarter(.digits)
            await models.warmUp()
        }
        var pictures = ImageLimits()
        pictures.maximumBytes = context.limits.pictureBytes
        pictures.maximumPixels = context.limits.picturePixels
        service = PredictionService(
            models: models.live, drawings: drawings, reader: DigitReader(limits: pictures), logger: context.logger,
            metrics: context.metrics)
    }

    public var routes: [Route] {
        ([healthRoute] + predictionRoutes + modelRoutes + recordRoutes + metricsRoutes).map(\.tellingStorageErrors)
    }

    public var errors: any ErrorShape { DjangoErrors() }

    public static var schema: DatabaseSchema { SQLDrawingStore.schema }

    public static var modelRequirement: ModelRequirement {
        ModelRequirement(check: DigitReader.require, fit: DigitTrial.fit)
    }

    public func classify(_ picture: [UInt8]) async throws -> Classification {
        guard let live = try await models.live.current() else {
            throw RegistryError.unusable(reason: "no model answers for digits yet; add one and make it the default")
        }
        let reading = try await service.reader.read(picture, with: live)
        return Classification(
            reading.probabilities.enumerated().map { .init(label: String($0), probability: $1) },
            model: live.version.name)
    }

    public func obstacle() async -> String? {
        do {
            _ = try await drawings.check()
            return nil
        } catch {
            return "the store of drawings does not answer"
        }
    }
}
