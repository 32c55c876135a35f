import Foundation
public import JSON

/// How a network judges pictures whose class is known.
public struct Evaluation: Sendable, Equatable, JSONRepresentable {
    /// Mean cross entropy.
    public let loss: Double
    /// Rows: true class; columns: class the network chose.
    public let confusion: [[Int]]

    /// Makes an evaluation from what was counted.
    public init(loss: Double, confusion: [[Int]]) {
        (self.loss, self.confusion) = (loss, confusion)
    }

    /// Counts the answers of a network.
    ///
    /// - Parameters:
    ///   - scores: before softmax, `[labels.count, classes]`.
    ///   - labels: true classes.
    public init(scores: [Float], labels: [Int], classes: Int) {
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        var sum = 0.0
        for (index, label) in labels.enumerated() {
            let row = scores[index * classes..<(index + 1) * classes]
            let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
            confusion[label][best - row.startIndex] += 1
            let high = Double(row[best])
            let total = row.reduce(0) { $0 + exp(Double($1) - high) }
            sum += high + log(total) - Double(row[row.startIndex + label])
        }
        self.init(loss: labels.isEmpty ? 0 : sum / Double(labels.count), confusion: confusion)
    }

    /// Pictures judged.
    public var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Pictures whose class was found.
    public var correct: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }

    /// Part of the pictures whose class was found.
    public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

    /// Part found of the pictures of each class; nil for a class without pictures.
    public var recalls: [Double?] {
        confusion.enumerated().map { label, row in
            let total = row.reduce(0, +)
            return total == 0 ? nil : Double(row[label]) / Double(total)
        }
    }

    public var json: JSONValue {
        [
            "count": .integer(count), "accuracy": .number(accuracy), "loss": .number(loss),
            "recall": recalls.json, "confusion": confusion.json,
        ]
    }

    /// Reads an evaluation; nil for another shape of JSON.
    public init?(_ json: JSONValue) {
        guard let loss = json["loss"]?.doubleValue, let rows = json["confusion"]?.arrayValue else { return nil }
        let confusion = rows.map { ($0.arrayValue ?? []).compactMap(\.intValue) }
        guard confusion.allSatisfy({ $0.count == rows.count }) else { return nil }
        self.init(loss: loss, confusion: confusion)
    }
}

/// What a finished run has to show.
public struct TrainingMetrics: Sendable, Equatable, JSONRepresentable {
    /// Epoch, from 1, whose weights were kept.
    public var bestEpoch: Int
    /// Epochs that were run.
    public var epochs: Int
    /// Time spent learning, in seconds.
    public var seconds: Double
    /// Numbers learned.
    public var parameters: Int
    /// Multiplications for one picture.
    public var multiplications: Int
    /// Bytes of the exported model.
    public var fileSize: Int
    /// Sets the kept weights were judged on, by name: `validation`, `test` and others.
    public var evaluations: [(name: String, evaluation: Evaluation)]

    /// Makes metrics.
    public init(
        bestEpoch: Int, epochs: Int, seconds: Double, parameters: Int, multiplications: Int, fileSize: Int,
        evaluations: [(name: String, evaluation: Evaluation)]
    ) {
        (self.bestEpoch, self.epochs, self.seconds) = (bestEpoch, epochs, seconds)
        (self.parameters, self.multiplications, self.fileSize) = (parameters, multiplications, fileSize)
        self.evaluations = evaluations
    }

    /// The evaluation of a name.
    public subscript(name: String) -> Evaluation? { evaluations.first { $0.name == name }?.evaluation }

    public static func == (left: Self, right: Self) -> Bool { left.json == right.json }

    public var json: JSONValue {
        [
            "bestEpoch": .integer(bestEpoch), "epochs": .integer(epochs), "seconds": .number(seconds),
            "parameters": .integer(parameters), "multiplications": .integer(multiplications),
            "fileSize": .integer(fileSize),
            "evaluations": .object(JSONObject(evaluations.map { ($0.name, $0.evaluation.json) })),
        ]
    }

    /// Reads metrics; nil for another shape of JSON.
    public init?(_ json: JSONValue) {
        guard let bestEpoch = json["bestEpoch"]?.intValue, let epochs = json["epochs"]?.intValue,
            let seconds = json["seconds"]?.doubleValue, let parameters = json["parameters"]?.intValue,
            let multiplications = json["multiplications"]?.intValue, let fileSize = json["fileSize"]?.intValue,
            let evaluations = json["evaluations"]?.objectValue
        else { return nil }
        self.init(
            bestEpoch: bestEpoch, epochs: epochs, seconds: seconds, parameters: parameters,
            multiplications: multiplications, fileSize: fileSize,
            evaluations: evaluations.compactMap { name, json in Evaluation(json).map { (name, $0) } })
    }
}

extension Evaluation {
    /// Whether this one finds more classes, or as many with less loss.
    public func isBetter(than other: Evaluation) -> Bool {
        accuracy != other.accuracy ? accuracy > other.accuracy : loss < other.loss
    }
}
