import HTTP
import JSON

extension Schema {
    static let detail = Schema.object(["detail": .string]).named("Error")

    static let fieldProblems = Schema.object([
        "detail": .array(
            of: Schema.object(
                [
                    "loc": .array(of: .any), "msg": .string, "type": .string, "input": .any, "ctx": .any,
                ], required: ["loc", "msg", "type"]))
    ]).named("HTTPValidationError")

    static let prediction = Schema.object([
        "filename": .string, "prediction": .oneOf(["Cat", "Dog"]), "confidence": .string,
        "probabilities": .object(["cat": .string, "dog": .string]),
    ]).named("Prediction")

    static let receipt = Schema.object([
        "status": .oneOf(["received"]), "feedback": .oneOf(["positive", "negative"]), "resultat_prediction": .number,
        "input_user": .string, "timestamp": .number.described("Seconds since 1970."), "saved_to_db": .boolean,
    ]).named("FeedbackReceipt")

    static let day = Schema.object([
        "day": .string(format: "date"), "inf_count": .number, "inf_success": .number, "inf_errors": .number,
        "inf_latency_avg_ms": .number.nullable, "inf_latency_p50_ms": .number.nullable,
        "inf_latency_p90_ms": .number.nullable, "inf_latency_p99_ms": .number.nullable, "feedback_pos": .number,
        "feedback_neg": .number,
    ]).named("DailyMetrics")

    static let week = Schema.object([
        "as_of": .string(format: "date"), "inf_7d": .number, "latency_avg_ms_7d": .number.nullable,
        "latency_p90_ms_7d": .number.nullable, "fb_pos_7d": .number.nullable, "fb_neg_7d": .number.nullable,
    ]).named("WeeklyMetrics")
}
