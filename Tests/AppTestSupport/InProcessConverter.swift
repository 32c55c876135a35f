public import Foundation
public import JSON
import ModelFiles
public import Registry

/// Reads model files in this process, which is quicker than in a child and fine for files the tests make themselves.
public struct InProcessConverter: ModelConverter {
    public init() {}

    public func convert(_ file: URL, statement: JSONValue?, to output: URL) async throws -> JSONValue {
        do {
            let description = try statement.map(ModelDescription.init(json:)) ?? ModelDescription()
            let model = try ModelImporter.read(contentsOf: file, description: description)
            try Data(model.onnx).write(to: output)
            return model.inspection.json
        } catch let error as ModelFileError {
            throw RegistryError.unusable(reason: "\(error)")
        }
    }
}
