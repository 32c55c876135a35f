import Foundation
public import JSON
public import Registry

/// The model that ships with an app.
public struct StarterModel: Sendable {
    /// The file below the folder of starter models.
    public let path: String
    /// What people see.
    public let name: String
    /// The kind of network.
    public let algorithm: String
    /// The file format.
    public let format: String
    /// What is said about the file, as `ModelDescription` reads it; nil for nothing.
    public let statement: JSONValue?
    /// How pictures are prepared for it.
    public let fit: ModelFit
    /// What its owner measured, read from the page `metrics.json` beside the file.
    public let figures: @Sendable (JSONValue) -> JSONValue

    /// Describes a starter model.
    public init(
        path: String, name: String, algorithm: String, format: String = "onnx", statement: JSONValue? = nil,
        fit: ModelFit, figures: @escaping @Sendable (JSONValue) -> JSONValue = { $0 }
    ) {
        self.path = path
        self.name = name
        self.algorithm = algorithm
        self.format = format
        self.statement = statement
        self.fit = fit
        self.figures = figures
    }

    /// Quality figures of the page beside the model; an empty object where there is none.
    func metrics(beside file: URL) -> JSONValue {
        let page = file.deletingLastPathComponent().appending(path: "metrics.json")
        guard let text = FileManager.default.contents(atPath: page.path), let metrics = try? JSONValue(parsing: text)
        else { return [:] }
        return figures(metrics)
    }
}
