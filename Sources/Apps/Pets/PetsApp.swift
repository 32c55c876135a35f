public import Application
import Feedback
import Foundation
public import HTTP
import Imaging
import Inference
import Monitoring
import Observability
import Privacy
public import Registry
public import Storage

/// Cats and dogs: the API of the FastAPI and Keras classifier, its pages, and what it never told.
public struct PetsApp: App {
    public static let card = AppCard(
        name: "pets",
        title: LocalizedText(english: "Cats and dogs", french: "Chats et chiens"),
        summary: LocalizedText(
            english: "Send a photo; learn whether it shows a cat, a dog or neither.",
            french: "Envoyez une photo\u{A0}; apprenez si elle montre un chat, un chien ou ni l’un ni l’autre."),
        page: "pets/index.html",
        pages: [
            "info": "pets/info.html", "inference": "pets/inference.html", "review": "pets/review.html",
        ],
        document: APIDocument(
            title: "Cats vs Dogs Classifier", version: "1.0.0",
            description: "Tells cats from dogs. Speaks the API of the cats and dogs classifier; `/api/v1` tells more."))

    let access: PetsAccess
    let models: PetModels
    let service: PredictionService
    let feedback: SQLFeedbackTable
    /// Predictions and feedback of the native API.
    let log: Eventually<SQLPredictionLog>
    let journal: PredictionJournal
    let records: RecordKeeping
    /// Reports are costly and open to anyone with a token, so each is made once in a while.
    let reports: ReportCache<MonitoringReport>
    let inferences: InferenceLog
    let limits: AppLimits
    let logger: Logger

    public init(_ context: AppContext) async throws {
        access = try await PetsAccess(context)
        feedback = SQLFeedbackTable(context.database)
        inferences = InferenceLog(
            context.data.appending(path: "processed/monitoring_inference.csv"), logger: context.logger)
        log = Eventually { [database = context.database] in try await SQLPredictionLog(database) }
        journal = PredictionJournal(log, logger: context.logger)
        records = context.records
        reports = ReportCache { [log] days in
            try await PredictionMonitor(log.value()).report(
                app: Self.card.name, window: .seconds((Int(days) ?? 7) * 86_400))
        }
        limits = context.limits
        logger = context.logger
        models = PetModels(context)
        var pictures = ImageLimits()
        pictures.maximumBytes = context.limits.pictureBytes
        pictures.maximumPixels = context.limits.picturePixels
        service = PredictionService(
            models: models, reader: PetReader(limits: pictures), logger: context.logger, metrics: context.metrics)
        await prepare()
        try await models.start()
    }

    /// Makes the tables now, so that no request has to; where the database is away, the first use does it.
    private func prepare() async {
        do {
            _ = try await log.value()
            try await feedback.prepare()
        } catch {
            logger.warning("the tables cannot be prepared now", ["reason": .string("\(error)")])
        }
    }

    public var routes: [Route] {
        healthRoutes + predictionRoutes + feedbackRoutes + figureRoutes + nativeRoutes
            + monitoringRoutes + modelRoutes
    }

    private var modelRoutes: [Route] {
        ModelRoutes(models.all, limits: limits) { [access] in .token(try await access.check($0)) }.routes.map { route in
            var route = route
            route.needsToken = true
            return route
        }
    }

    public var errors: any ErrorShape { FastAPIErrors() }

    public var redirectsSlashes: Bool { true }

    public static var schema: DatabaseSchema { SQLFeedbackTable.schema }

    public static var usesToken: Bool { true }

    public static var startsWithoutDatabase: Bool { true }

    public static var modelRequirement: ModelRequirement {
        ModelRequirement(check: PetReader.require, fit: PetReader.fit)
    }

    public func classify(_ picture: [UInt8]) async throws -> Classification {
        guard let live = await models.current() else {
            throw RegistryError.unusable(reason: "no model answers for pets yet; add one and make it the default")
        }
        let reading = try await service.read(picture, with: live).reading
        return Classification(
            reading.probabilities.map { .init(label: $0.animal.rawValue, probability: $0.probability) },
            model: live.version.name)
    }

    public func obstacle() async -> String? {
        await service.isReady() ? nil : "no model answers"
    }
}
