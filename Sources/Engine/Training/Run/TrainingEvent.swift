public import JSON

/// What a run tells while it goes on: one JSON object on each line of the trainer's output.
public enum TrainingEvent: Sendable, Equatable {
    /// The pictures are read and the network is built.
    case started(Start)
    /// Something was left out or is unusual; the run goes on.
    case warning(String)
    /// Steps of an epoch are done; told about once a second.
    case progress(epoch: Int, step: Int, steps: Int, loss: Double)
    /// An epoch is over.
    case epoch(Epoch)
    /// The state of the run is on disk and can be taken up again.
    case checkpoint(epoch: Int)
    /// The model is written.
    case finished(TrainingMetrics)
    /// The run was asked to stop; epochs up to this one are on disk.
    case stopped(epoch: Int)
    /// The run cannot go on.
    case failed(String)

    /// The run that begins.
    public struct Start: Sendable, Equatable {
        public var name: String
        public var classes: [String]
        public var trainingPictures: Int
        public var validationPictures: Int
        public var testPictures: Int
        public var parameters: Int
        public var multiplications: Int
        public var epochs: Int
        public var stepsPerEpoch: Int
        /// Epochs done by an earlier run that this one takes up; 0 for a new run.
        public var epochsDone: Int
    }

    /// Results of an epoch.
    public struct Epoch: Sendable, Equatable {
        /// Number, from 1.
        public var number: Int
        /// Most epochs of the run.
        public var count: Int
        public var learningRate: Double
        public var trainingLoss: Double
        public var trainingAccuracy: Double
        public var validationLoss: Double
        public var validationAccuracy: Double
        public var seconds: Double
        public var picturesPerSecond: Double
        /// Whether no epoch before was better.
        public var isBest: Bool
    }
}

extension TrainingEvent.Start {
    /// Makes the first event of a run.
    public init(
        name: String, classes: [String], counts: (training: Int, validation: Int, test: Int), plan: NetworkPlan,
        epochs: Int, stepsPerEpoch: Int, epochsDone: Int
    ) {
        self.init(
            name: name, classes: classes, trainingPictures: counts.training, validationPictures: counts.validation,
            testPictures: counts.test, parameters: plan.parameters, multiplications: plan.multiplications,
            epochs: epochs, stepsPerEpoch: stepsPerEpoch, epochsDone: epochsDone)
    }
}

extension TrainingEvent.Epoch {
    /// Makes the result of an epoch.
    public init(
        number: Int, of count: Int, learningRate: Double, training: (loss: Double, accuracy: Double),
        validation: Evaluation, seconds: Double, pictures: Int, isBest: Bool
    ) {
        self.init(
            number: number, count: count, learningRate: learningRate, trainingLoss: training.loss,
            trainingAccuracy: training.accuracy, validationLoss: validation.loss,
            validationAccuracy: validation.accuracy, seconds: seconds,
            picturesPerSecond: seconds > 0 ? Double(pictures) / seconds : 0, isBest: isBest)
    }
}

extension TrainingEvent: JSONRepresentable {
    public var json: JSONValue {
        switch self {
        case .started(let start): Self.tagged("started", start.json)
        case .warning(let message): ["event": "warning", "message": .string(message)]
        case .progress(let epoch, let step, let steps, let loss):
            [
                "event": "progress", "epoch": .integer(epoch), "step": .integer(step), "steps": .integer(steps),
                "loss": .number(loss),
            ]
        case .epoch(let epoch): Self.tagged("epoch", epoch.json)
        case .checkpoint(let epoch): ["event": "checkpoint", "epoch": .integer(epoch)]
        case .finished(let metrics): ["event": "finished", "metrics": metrics.json]
        case .stopped(let epoch): ["event": "stopped", "epoch": .integer(epoch)]
        case .failed(let message): ["event": "failed", "message": .string(message)]
        }
    }

    private static func tagged(_ name: String, _ json: JSONValue) -> JSONValue {
        let members = [("event", JSONValue.string(name))] + (json.objectValue ?? JSONObject()).map { ($0, $1) }
        return .object(JSONObject(members))
    }

    /// Reads an event; nil for what no trainer of this version says.
    public init?(_ json: JSONValue) {
        switch json["event"]?.stringValue {
        case "started":
            guard let start = Start(json) else { return nil }
            self = .started(start)
        case "epoch":
            guard let epoch = Epoch(json) else { return nil }
            self = .epoch(epoch)
        case "progress":
            guard let epoch = json["epoch"]?.intValue, let step = json["step"]?.intValue,
                let steps = json["steps"]?.intValue
            else { return nil }
            // A loss that is not a number any more is written as null.
            self = .progress(epoch: epoch, step: step, steps: steps, loss: json["loss"]?.doubleValue ?? .nan)
        case "checkpoint":
            guard let epoch = json["epoch"]?.intValue else { return nil }
            self = .checkpoint(epoch: epoch)
        case "stopped":
            guard let epoch = json["epoch"]?.intValue else { return nil }
            self = .stopped(epoch: epoch)
        case "finished":
            guard let metrics = json["metrics"].flatMap(TrainingMetrics.init) else { return nil }
            self = .finished(metrics)
        case "warning":
            guard let message = json["message"]?.stringValue else { return nil }
            self = .warning(message)
        case "failed":
            guard let message = json["message"]?.stringValue else { return nil }
            self = .failed(message)
        default: return nil
        }
    }
}

extension TrainingEvent.Start: JSONRepresentable {
    public var json: JSONValue {
        [
            "name": .string(name), "classes": classes.json, "trainingPictures": .integer(trainingPictures),
            "validationPictures": .integer(validationPictures), "testPictures": .integer(testPictures),
            "parameters": .integer(parameters), "multiplications": .integer(multiplications),
            "epochs": .integer(epochs), "stepsPerEpoch": .integer(stepsPerEpoch), "epochsDone": .integer(epochsDone),
        ]
    }

    init?(_ json: JSONValue) {
        func integer(_ key: String) -> Int? { json[key]?.intValue }
        guard let name = json["name"]?.stringValue, let classes = json["classes"]?.arrayValue,
            let training = integer("trainingPictures"), let validation = integer("validationPictures"),
            let test = integer("testPictures"), let parameters = integer("parameters"),
            let multiplications = integer("multiplications"), let epochs = integer("epochs"),
            let steps = integer("stepsPerEpoch"), let done = integer("epochsDone")
        else { return nil }
        self.init(
            name: name, classes: classes.compactMap(\.stringValue), trainingPictures: training,
            validationPictures: validation, testPictures: test, parameters: parameters,
            multiplications: multiplications, epochs: epochs, stepsPerEpoch: steps, epochsDone: done)
    }
}

extension TrainingEvent.Epoch: JSONRepresentable {
    public var json: JSONValue {
        [
            "epoch": .integer(number), "epochs": .integer(count), "learningRate": .number(learningRate),
            "trainingLoss": .number(trainingLoss), "trainingAccuracy": .number(trainingAccuracy),
            "validationLoss": .number(validationLoss), "validationAccuracy": .number(validationAccuracy),
            "seconds": .number(seconds), "picturesPerSecond": .number(picturesPerSecond), "isBest": .bool(isBest),
        ]
    }

    init?(_ json: JSONValue) {
        func number(_ key: String) -> Double { json[key]?.doubleValue ?? .nan }
        guard let epoch = json["epoch"]?.intValue, let epochs = json["epochs"]?.intValue,
            let isBest = json["isBest"]?.boolValue
        else { return nil }
        self.init(
            number: epoch, count: epochs, learningRate: number("learningRate"), trainingLoss: number("trainingLoss"),
            trainingAccuracy: number("trainingAccuracy"), validationLoss: number("validationLoss"),
            validationAccuracy: number("validationAccuracy"), seconds: number("seconds"),
            picturesPerSecond: number("picturesPerSecond"), isBest: isBest)
    }
}
