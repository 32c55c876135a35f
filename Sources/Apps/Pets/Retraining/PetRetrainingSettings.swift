public import JSON
public import Retraining

/// When and how the cats and dogs model is trained again.
public struct PetRetrainingSettings: Sendable, Equatable, JSONRepresentable {
    /// Days whose feedback counts.
    public var daysBack = 30
    /// What the feedback must be like.
    public var thresholds = FeedbackThresholds()
    /// How often every picture is seen, at most.
    public var epochs = 5
    /// How large the steps of learning are.
    public var learningRate = 0.0001
    /// Whether all but the newest files are removed after a completed run.
    public var cleansUp = false
    /// Whether the feedback does not count.
    public var isForced = false
    /// The least level that the journal writes.
    public var logLevel = RunJournal.Level.info

    /// The defaults.
    public init() {}

    /// Each setting: its names in JSON, in the environment and on the command line, and what it may be.
    private static let fields: [Field] = [
        .integer("days_back", "RETRAIN_DAYS_BACK", "days-back", \.daysBack, 0...36_500),
        .integer("min_feedback", "RETRAIN_MIN_FEEDBACK", "min-feedback", \.thresholds.minimumFeedback, 0...1_000_000),
        .integer(
            "min_negative_feedback", "RETRAIN_MIN_NEGATIVE", "min-negative-feedback", \.thresholds.minimumNegative,
            0...1_000_000),
        .number(
            "min_positive_rate", "RETRAIN_MIN_POSITIVE_RATE", "min-positive-rate", \.thresholds.minimumPositiveRate,
            0...1),
        .integer("epochs", "RETRAIN_EPOCHS", "epochs", \.epochs, 1...10_000),
        .number("learning_rate", "RETRAIN_LEARNING_RATE", "learning-rate", \.learningRate, 1e-7...1),
        .flag("cleanup", "RETRAIN_CLEANUP", "cleanup", \.cleansUp),
        Field(
            key: "log_level", variable: "RETRAIN_LOG_LEVEL", option: nil,
            allowed: "one of " + RunJournal.Level.allCases.map(\.rawValue).joined(separator: ", "),
            read: { text, settings in
                guard let level = RunJournal.Level(rawValue: text.uppercased()) else { return false }
                settings.logLevel = level
                return true
            }, write: { .string($0.logLevel.rawValue) }),
        .flag("force_retrain", "RETRAIN_FORCE", "force", \.isForced),
    ]

    /// Reads the options of the command line; those not given keep their values.
    ///
    /// - Throws: `RetrainingError` that names the option and what it may be.
    public mutating func read(options: [String: String]) throws(RetrainingError) {
        for field in Self.fields {
            guard let option = field.option, let text = options[option] else { continue }
            // A bare switch has no value.
            try read(text.isEmpty ? "true" : text, of: field, named: "--\(option)")
        }
    }

    /// Reads the variables of the environment; those not set keep their values.
    ///
    /// - Throws: `RetrainingError` that names the variable and what it may be.
    public mutating func read(environment: [String: String]) throws(RetrainingError) {
        for field in Self.fields {
            guard let text = environment[field.variable], !text.isEmpty else { continue }
            try read(text, of: field, named: field.variable)
        }
    }

    /// Reads a configuration file; what it does not name keeps its value.
    ///
    /// - Throws: `RetrainingError` that names the key and what it may be, or that the key is unknown.
    public mutating func read(file: JSONValue) throws(RetrainingError) {
        guard let members = file.objectValue else { throw RetrainingError("the configuration must be a JSON object") }
        for (key, value) in members {
            guard let field = Self.fields.first(where: { $0.key == key }) else {
                let known = Self.fields.map(\.key).joined(separator: ", ")
                throw RetrainingError("the configuration has the unknown key '\(key)'; known are \(known)")
            }
            try read(value.stringValue ?? value.text(), of: field, named: key)
        }
    }

    private mutating func read(_ text: String, of field: Field, named name: String) throws(RetrainingError) {
        guard field.read(text, &self) else {
            throw RetrainingError("\(name) must be \(field.allowed), is '\(text)'")
        }
    }

    public var json: JSONValue { .object(JSONObject(Self.fields.map { ($0.key, $0.write(self)) })) }

    /// One setting.
    private struct Field: Sendable {
        let key: String
        let variable: String
        /// Nil where the command line does not name it.
        let option: String?
        let allowed: String
        /// Reads a text; false where it is not allowed.
        let read: @Sendable (String, inout PetRetrainingSettings) -> Bool
        let write: @Sendable (PetRetrainingSettings) -> JSONValue

        static func integer(
            _ key: String, _ variable: String, _ option: String,
            _ path: any WritableKeyPath<PetRetrainingSettings, Int> & Sendable, _ range: ClosedRange<Int>
        ) -> Field {
            Field(
                key: key, variable: variable, option: option,
                allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)",
                read: { text, settings in
                    guard let value = Int(text), range.contains(value) else { return false }
                    settings[keyPath: path] = value
                    return true
                }, write: { .integer($0[keyPath: path]) })
        }

        static func number(
            _ key: String, _ variable: String, _ option: String,
            _ path: any WritableKeyPath<PetRetrainingSettings, Double> & Sendable, _ range: ClosedRange<Double>
        ) -> Field {
            Field(
                key: key, variable: variable, option: option,
                allowed: "a number from \(range.lowerBound) to \(range.upperBound)",
                read: { text, settings in
                    guard let value = Double(text), range.contains(value) else { return false }
                    settings[keyPath: path] = value
                    return true
                }, write: { .number($0[keyPath: path]) })
        }

        static func flag(
            _ key: String, _ variable: String, _ option: String,
            _ path: any WritableKeyPath<PetRetrainingSettings, Bool> & Sendable
        ) -> Field {
            Field(
                key: key, variable: variable, option: option, allowed: "true or false",
                read: { text, settings in
                    guard let value = Bool(text.lowercased()) else { return false }
                    settings[keyPath: path] = value
                    return true
                }, write: { .bool($0[keyPath: path]) })
        }
    }
}
