import HTTP
import JSON

extension Schema {
    /// A date in UTC without a zone, which is why it is no `date-time` of JSON Schema.
    private static let moment = Schema.string.described("UTC, ISO 8601 without a zone.")
        .example("2025-09-03T23:24:01.215000")

    static let detail = Schema.object(["detail": .string]).named("Error")

    static let prediction = Schema.object([
        "id": .string, "digit": .integer.range(0, 9).nullable, "proba": .number.range(0, 1), "model_id": .any,
        "latency_ms": .integer, "using_model": .boolean,
    ]).named("Prediction")

    static let preview = Schema.object([
        "digit": .integer.range(0, 9).nullable, "proba": .number.range(0, 1),
        "probabilities": .array(of: .number).nullable, "input": .string.nullable, "model_id": .string.nullable,
        "latency_ms": .integer, "using_model": .boolean,
    ]).named("Preview")

    static let model = Schema.object([
        "id": .string, "name": .string, "algo": .string, "format": .string, "metrics": .any, "is_default": .boolean,
        "created_at": .moment, "has_binary": .boolean,
    ]).named("Model")

    static let modelDetails = Schema.object([
        "id": .string, "name": .string, "algo": .string, "format": .string, "metrics": .any, "is_default": .boolean,
        "created_at": .moment, "has_binary": .boolean, "origin": .string, "file": .any, "description": .any,
        "preprocessing": .any.described("The values the model is given, and why; null until its file was read."),
        "trial": .any.described("How many drawn digits it told right when it was first read."),
        "inspection": .any.described("Format, inputs, outputs and layers; null until its file was read."),
    ]).named("ModelDetails")

    /// The last four are given for one record, and in lists with `fields=all`.
    static let record = Schema.object(
        [
            "id": .string, "pred_digit": .integer.range(0, 9).nullable, "proba": .number.range(0, 1),
            "created_at": .moment, "model_id": .any, "stub": .boolean, "ground_truth": .integer.range(0, 9).nullable,
            "latency_ms": .integer, "version": .string.nullable, "image": .string.nullable,
        ], required: ["id", "pred_digit", "proba", "created_at", "model_id", "stub"]
    ).named("Record")
}
