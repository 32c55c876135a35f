import JSON
import Pets
import Retraining
import Testing

@Suite("Settings of retraining")
struct PetRetrainingSettingsTests {
    @Test("the defaults are those of the original")
    func defaults() {
        #expect(
            PetRetrainingSettings().json == [
                "days_back": 30, "min_feedback": 100, "min_negative_feedback": 20, "min_positive_rate": 0.7,
                "epochs": 5, "learning_rate": 0.0001, "cleanup": false, "log_level": "INFO", "force_retrain": false,
            ])
    }

    static let changed: JSONValue = [
        "days_back": 60, "min_feedback": 7, "min_negative_feedback": 3, "min_positive_rate": 0.5, "epochs": 2,
        "learning_rate": 0.001, "cleanup": true, "log_level": "DEBUG", "force_retrain": true,
    ]

    @Test("options, variables and a file set the same things")
    func sources() throws {
        var environment = PetRetrainingSettings()
        try environment.read(environment: [
            "RETRAIN_DAYS_BACK": "60", "RETRAIN_MIN_FEEDBACK": "7", "RETRAIN_MIN_NEGATIVE": "3",
            "RETRAIN_MIN_POSITIVE_RATE": "0.5", "RETRAIN_EPOCHS": "2", "RETRAIN_LEARNING_RATE": "0.001",
            "RETRAIN_CLEANUP": "True", "RETRAIN_LOG_LEVEL": "debug", "RETRAIN_FORCE": "true", "PATH": "/bin",
        ])
        #expect(environment.json == Self.changed)
        var file = PetRetrainingSettings()
        try file.read(file: Self.changed)
        #expect(file == environment)
        var options = PetRetrainingSettings()
        try options.read(options: [
            "days-back": "60", "min-feedback": "7", "min-negative-feedback": "3", "min-positive-rate": "0.5",
            "epochs": "2", "learning-rate": "0.001", "cleanup": "", "force": "", "dry-run": "", "log_level": "DEBUG",
        ])
        options.logLevel = .debug
        #expect(options == environment)
    }

    @Test("what is not named keeps its value")
    func partial() throws {
        var settings = PetRetrainingSettings()
        try settings.read(environment: ["RETRAIN_EPOCHS": "9", "RETRAIN_DAYS_BACK": ""])
        try settings.read(file: ["days_back": 3])
        #expect((settings.epochs, settings.daysBack, settings.thresholds.minimumFeedback) == (9, 3, 100))
    }

    static let faults: [(key: String, text: String, message: String)] = [
        ("RETRAIN_EPOCHS", "0", "RETRAIN_EPOCHS must be a whole number from 1 to 10000, is '0'"),
        ("RETRAIN_EPOCHS", "2.5", "RETRAIN_EPOCHS must be a whole number from 1 to 10000, is '2.5'"),
        ("RETRAIN_MIN_POSITIVE_RATE", "70", "RETRAIN_MIN_POSITIVE_RATE must be a number from 0.0 to 1.0, is '70'"),
        ("RETRAIN_MIN_POSITIVE_RATE", "nan", "RETRAIN_MIN_POSITIVE_RATE must be a number from 0.0 to 1.0, is 'nan'"),
        ("RETRAIN_FORCE", "yes", "RETRAIN_FORCE must be true or false, is 'yes'"),
        (
            "RETRAIN_LOG_LEVEL", "LOUD",
            "RETRAIN_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, is 'LOUD'"
        ),
    ]

    @Test("a value that is not allowed is refused with what is", arguments: faults.indices)
    func fault(index: Int) {
        let fault = Self.faults[index]
        var settings = PetRetrainingSettings()
        #expect(throws: RetrainingError(fault.message)) { try settings.read(environment: [fault.key: fault.text]) }
    }

    @Test("a file with an unknown key, or that is no object, is refused")
    func file() {
        var settings = PetRetrainingSettings()
        #expect(throws: RetrainingError("the configuration must be a JSON object")) { try settings.read(file: [1]) }
        let error = #expect(throws: RetrainingError.self) { try settings.read(file: ["epoch": 3]) }
        #expect(error?.reason.hasPrefix("the configuration has the unknown key 'epoch'") == true)
        #expect(throws: RetrainingError("epochs must be a whole number from 1 to 10000, is 'many'")) {
            try settings.read(file: ["epochs": "many"])
        }
    }
}
