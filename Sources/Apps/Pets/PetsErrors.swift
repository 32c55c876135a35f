import HTTP
import Imaging
import Inference
import Storage

extension APIErrorCode {
    static let invalidToken = APIErrorCode(name: "pets_invalid_token", kind: .unauthenticated, status: 401)
    /// A token that only the database can know, which does not answer.
    static let tokensUnavailable = APIErrorCode(
        name: "pets_tokens_unavailable", kind: .unavailable, status: 503, retryAfter: .seconds(2))
    static let notAnImage = APIErrorCode(name: "pets_not_an_image", kind: .invalidRequest, status: 400)
    static let noModel = APIErrorCode(name: "pets_no_model", kind: .unavailable, status: 503)
    /// The original answers 500 where a picture cannot be read, and its clients know that.
    static let predictionFailed = APIErrorCode(name: "pets_prediction_failed", kind: .invalidRequest, status: 500)
    static let figuresFailed = APIErrorCode(name: "pets_figures_failed", kind: .internalError, status: 500)
    static let invalidField = APIErrorCode(name: "pets_invalid_field", kind: .invalidRequest, status: 422)
}

extension APIError {
    /// The words of the original's routes.
    static let invalidToken = APIError(.invalidToken, "Token invalide", headers: ["WWW-Authenticate": "Bearer"])
    static let notAnImage = APIError(.notAnImage, "Format d'image invalide")
    static let noModel = APIError(.noModel, "Modèle non disponible")

    /// What the original's route tells of a failed prediction.
    ///
    /// - Returns: nil for a failure that is not the picture's or the model's, such as a full queue.
    static func prediction(_ error: any Error) -> APIError? {
        switch error {
        case InferenceError.queueFull: APIError(.queueFull)
        case InferenceError.stopped: APIError(.shuttingDown)
        case let error as ImageError: APIError(.predictionFailed, "Erreur de prédiction: \(error)")
        case let error as InferenceError where error != .cancelled:
            APIError(.predictionFailed, "Erreur de prédiction: \(error)")
        default: nil
        }
    }

    /// What the original's routes tell when the figures cannot be had.
    static func figures(_ error: StorageError) -> APIError {
        APIError(.figuresFailed, "Erreur métriques: \(error.message)", detail: error.detail)
    }
}

extension ImageError {
    /// The cause in one word that a program can act on.
    var code: String {
        switch self {
        case .empty: "empty"
        case .unknownFormat: "unknown_format"
        case .unsupported: "unsupported"
        case .tooManyBytes: "too_many_bytes"
        case .tooManyPixels: "too_many_pixels"
        case .sideTooLong: "side_too_long"
        case .truncated: "truncated"
        case .corrupt: "damaged"
        }
    }
}
