import Foundation
public import JSON
import Observability
public import Registry
import Storage

/// The model that ships with an app.
///
/// Small ones ship as they are. Of large ones only a page ships that says what to make of weights that are fetched when
/// Prunelle is set up; the model is made on the user's machine when it is first needed.
public struct StarterModel: Sendable {
    /// Weights that do not ship.
    public struct Weights: Sendable {
        /// The file below the folder of weights.
        public let file: String
        /// SHA-256 of it, in hexadecimal digits.
        public let hash: String

        /// Names weights.
        public init(_ file: String, hash: String) {
            self.file = file
            self.hash = hash
        }
    }

    /// The file below the folder of starter models: the model, or what is said about the weights, as `ModelDescription`
    /// reads it.
    public let path: String
    /// What the model is made of; nil where it ships whole.
    public let weights: Weights?
    /// What people see.
    public let name: String
    /// The kind of network.
    public let algorithm: String
    /// The file format.
    public let format: String
    /// How pictures are prepared for it.
    public let fit: ModelFit
    /// What its owner measured, read from the page `metrics.json` beside the file.
    public let figures: @Sendable (JSONValue) -> JSONValue

    /// Describes a starter model.
    public init(
        path: String, weights: Weights? = nil, name: String, algorithm: String, format: String = "onnx", fit: ModelFit,
        figures: @escaping @Sendable (JSONValue) -> JSONValue = { $0 }
    ) {
        self.path = path
        self.weights = weights
        self.name = name
        self.algorithm = algorithm
        self.format = format
        self.fit = fit
        self.figures = figures
    }

    /// The model as a version whose id follows from its content, and its file.
    ///
    /// - Parameters:
    ///   - models: folder of starter models; nil where none are installed.
    ///   - weights: folder of weights; nil where none are installed.
    /// - Throws: `StarterProblem` where it is not installed, and the errors of reading files.
    func version(of app: String, models: URL?, weights folder: URL?) throws -> (ModelVersion, file: URL) {
        guard let page = models?.appending(path: path), let content = FileManager.default.contents(atPath: page.path)
        else { throw StarterProblem.notInstalled }
        var file = page
        var statement: JSONValue?
        if let weights {
            file = (folder ?? page).appending(path: weights.file)
            statement = try JSONValue(parsing: content)
            guard FileManager.default.fileExists(atPath: file.path) else { throw StarterProblem.noWeights }
        }
        let hash = try ContentHash(ofFile: file)
        if let weights, hash.description != weights.hash { throw StarterProblem.damagedWeights }
        let name = statement.map { ContentHash(of: Array("\(hash)\n\($0.text())".utf8)) } ?? hash
        guard let id = ObjectID(name.description.prefix(24)) else { throw StarterProblem.notInstalled }
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        let version = ModelVersion(
            id: id, app: app, name: self.name, algorithm: algorithm, format: format, metrics: metrics(beside: page),
            origin: .starter,
            file: ModelFile(
                hash: hash, size: size, name: file.lastPathComponent, contentType: "application/octet-stream"),
            statement: statement, fit: fit, createdAt: .now)
        return (version, file)
    }

    /// Quality figures of the page beside the model; an empty object where there is none.
    private func metrics(beside file: URL) -> JSONValue {
        let page = file.deletingLastPathComponent().appending(path: "metrics.json")
        guard let text = FileManager.default.contents(atPath: page.path), let metrics = try? JSONValue(parsing: text)
        else { return [:] }
        return figures(metrics)
    }
}

/// Why there is no starter model, and what to do about it.
enum StarterProblem: Error, CustomStringConvertible {
    case notInstalled, noWeights, damagedWeights

    var description: String {
        switch self {
        case .notInstalled: "no starter model is installed"
        case .noWeights:
            "the weights of the starter model are not installed; scripts/bootstrap fetches them, then start again"
        case .damagedWeights:
            "the weights of the starter model are not whole; scripts/bootstrap fetches them again, then start again"
        }
    }
}
