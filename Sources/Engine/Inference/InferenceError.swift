/// Why a model could not be loaded or a prediction could not be made.
///
/// Descriptions are meant for the one who sent the request: they name limits, shapes and values, never file paths.
public enum InferenceError: Error, Equatable, Sendable {
    /// As many predictions as the queue holds are waiting already; trying again later can help.
    case queueFull(limit: Int)
    /// The task that asked was cancelled, which is also how a deadline shows.
    case cancelled
    /// The runtime has been stopped.
    case stopped
    /// The slot holds no model.
    case noModel
    /// The bytes are not a model that can be run.
    case invalidModel(reason: String)
    /// The inputs given by name are not those of the model.
    case wrongInputs(expected: [String], got: [String])
    /// An input has another shape than the model expects; nil stands for any length.
    case shapeMismatch(input: String, expected: [Int?], got: [Int])
    /// An input or output would need more memory than `InferenceConfiguration.maximumTensorBytes`.
    case tensorTooLarge(tensor: String, limit: Int)
    /// An input holds a value that is infinite or not a number.
    case nonFinite(input: String)
    /// The library refused to run the model on these inputs.
    case failed(reason: String)
}

extension InferenceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .queueFull(let limit):
            "\(limit) predictions are waiting already, which is the limit"
        case .cancelled:
            "the prediction was cancelled"
        case .stopped:
            "the inference runtime has been stopped"
        case .noModel:
            "no model is loaded"
        case .invalidModel(let reason):
            "the model cannot be used: \(reason)"
        case .wrongInputs(let expected, let got):
            "the model has the inputs \(Self.list(expected)), the prediction gives \(Self.list(got))"
        case .shapeMismatch(let input, let expected, let got):
            "input \"\(input)\" has the shape \(got), the model expects \(Self.shape(expected))"
        case .tensorTooLarge(let tensor, let limit):
            "tensor \"\(tensor)\" would need more than the limit of \(limit) bytes"
        case .nonFinite(let input):
            "input \"\(input)\" holds a value that is infinite or not a number"
        case .failed(let reason):
            "the prediction failed: \(reason)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    private static func shape(_ lengths: [Int?]) -> String {
        "[" + lengths.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]"
    }
}
