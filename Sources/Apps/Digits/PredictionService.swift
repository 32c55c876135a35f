import Application
import HTTP
import Imaging
import Inference
import JSON
import Observability
import Registry
import Storage

/// The answer to one picture.
struct DigitAnswer: Sendable {
    /// What the model read; nil when no model could be used.
    let reading: DigitReading?
    /// The version that answered.
    let version: ObjectID?
    /// Whole milliseconds from the start of the work.
    let latencyMilliseconds: Int
}

/// Reads digits with the model that is asked for and keeps what was read.
struct PredictionService: Sendable {
    let models: LiveModels
    let drawings: any DrawingStore
    let reader: DigitReader
    let logger: Logger
    let metrics: Metrics

    /// Reads a picture with the version a client names, if it exists, else with the default one.
    ///
    /// - Throws: `APIError` when the bytes are not a picture we read, or too much work is waiting.
    func read(_ picture: [UInt8], modelID: JSONValue) async throws -> DigitAnswer {
        let start = ContinuousClock.now
        let live = try await model(modelID)
        let reading = try await read(picture, with: live)
        let elapsed = start.duration(to: .now)
        count(
            reading, live, seconds: Double(elapsed.components.attoseconds) / 1e18 + Double(elapsed.components.seconds))
        return DigitAnswer(
            reading: reading, version: reading == nil ? nil : live?.version.id,
            latencyMilliseconds: Int(elapsed / .milliseconds(1)))
    }

    /// Reads a picture and keeps the result; returns once it is durable.
    func predict(_ image: String, picture: [UInt8], modelID: JSONValue) async throws -> (Drawing, DigitAnswer) {
        let answer = try await read(picture, modelID: modelID)
        let drawing = Drawing(
            id: .next(), image: answer.reading == nil ? image : nil, seen: answer.reading?.seen,
            predictedDigit: answer.reading?.digit, probability: answer.reading?.probability ?? 0,
            latencyMilliseconds: answer.latencyMilliseconds, createdAt: .now, modelID: modelID,
            version: answer.version, isStub: answer.reading == nil, groundTruth: nil)
        try await drawings.insert(drawing)
        return (drawing, answer)
    }

    /// The model to use; nil when there is none or it cannot be loaded.
    ///
    /// - Throws: `StorageError` where a store that does not answer keeps that from being known.
    private func model(_ id: JSONValue) async throws -> LiveModel? {
        do {
            if let id = id.stringValue.flatMap({ ObjectID($0) }), try await models.exists(id) {
                return try await models.model(id)
            }
            return try await models.current()
        } catch let error as StorageError where error.isOutage {
            throw error
        } catch {
            logger.error("no model can be used", ["reason": .string("\(error)")])
            return nil
        }
    }

    private func read(_ picture: [UInt8], with live: LiveModel?) async throws -> DigitReading? {
        do {
            guard let live else {
                try reader.check(picture)
                return nil
            }
            return try await reader.read(picture, with: live)
        } catch let error as ImageError {
            throw APIError(picture: error)
        } catch InferenceError.queueFull {
            throw APIError(.queueFull)
        } catch InferenceError.cancelled {
            throw CancellationError()
        } catch let error as InferenceError {
            logger.error("the model failed", ["reason": .string("\(error)")])
            try reader.check(picture)
            return nil
        }
    }

    private func count(_ reading: DigitReading?, _ live: LiveModel?, seconds: Double) {
        let version = live?.version.id.description ?? "none"
        metrics.counter(
            "prunelle_predictions_total", help: "Predictions by app, model version and outcome.",
            labels: ["app": "digits", "version": version, "outcome": reading == nil ? "no_model" : "answered"]
        ).increment()
        metrics.histogram(
            "prunelle_prediction_seconds", help: "Time from picture to probabilities.",
            labels: ["app": "digits", "version": version]
        ).observe(seconds)
    }
}

extension APIError {
    /// What a client is told of a picture that cannot be read.
    init(picture error: ImageError) {
        switch error {
        case .tooManyPixels(let width, let height, let limit):
            self.init(
                .pictureTooLarge, "Image trop grande : \(width) × \(height) pixels, \(limit) pixels au plus")
        case .tooManyBytes(let count, let limit):
            self.init(.pictureTooLarge, "Image trop grande : \(count) octets, \(limit) octets au plus")
        default:
            self.init(.invalidPicture, "Champ 'image' (dataURL) invalide", detail: "\(error)")
        }
    }
}

extension APIErrorCode {
    static let missingPicture = APIErrorCode(name: "digits_missing_image", kind: .invalidRequest, status: 400)
    static let invalidPicture = APIErrorCode(name: "digits_invalid_image", kind: .invalidRequest, status: 400)
    static let pictureTooLarge = APIErrorCode(name: "digits_image_too_large", kind: .invalidRequest, status: 413)
    static let invalidField = APIErrorCode(name: "digits_invalid_field", kind: .invalidRequest, status: 400)
    static let unusableModel = APIErrorCode(name: "digits_unusable_model", kind: .invalidRequest, status: 400)
    static let noEarlierModel = APIErrorCode(name: "digits_no_earlier_model", kind: .conflict, status: 409)
}
