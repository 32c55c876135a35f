import Application
import Foundation
import Inference
import JSON
import Observability
import Pets
import Retraining
import Storage
import Training

/// The tools of retraining on a data folder, without a server.
struct RetrainingShelf: Sendable {
    let tools: PetRetraining.Tools

    /// Opens the data folder for a body.
    ///
    /// - Throws: `Exit` with a message.
    static func with<Value: Sendable>(
        _ arguments: Arguments, _ body: @Sendable (RetrainingShelf) async throws -> Value
    ) async throws -> Value {
        let workspace = try await Workspace(ServerSettings.read(flags: arguments.settingFlags), logger: .disabled)
        do {
            let runtime = try workspace.makeRuntime()
            defer { runtime.stop() }
            let tools = try await PetRetraining.Tools(
                workspace.context(for: PetsApp.self, runtime: runtime), recipe: recipe(workspace.files),
                photos: photos(arguments), models: PetRetraining.Tools.folder(below: workspace.settings.data),
                threads: threads(arguments))
            let value = try await body(RetrainingShelf(tools: tools))
            await workspace.close()
            return value
        } catch {
            await workspace.close()
            switch error {
            case let error as StorageError: throw Exit(status: 1, message: error.message)
            case let error as RetrainingError: throw Exit(status: 1, message: error.reason)
            case let error as Exit: throw error
            default: throw Exit(status: 1, message: "\(error)")
            }
        }
    }

    private static func recipe(_ files: InstalledFiles) throws -> TrainingRecipe {
        guard let file = files.models?.appending(path: "pets/recipe-cnn.json"),
            let text = FileManager.default.contents(atPath: file.path)
        else { throw Exit(status: 1, message: "the recipe pets/recipe-cnn.json is not installed") }
        do {
            return try TrainingRecipe(JSONValue(parsing: text))
        } catch {
            throw Exit(status: 1, message: "the recipe pets/recipe-cnn.json cannot be used: \(error)")
        }
    }

    /// Where the original copies its photos to, unless another folder is named.
    private static func photos(_ arguments: Arguments) -> URL {
        let copies = ProcessInfo.processInfo.environment["TEMP_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        return URL(
            filePath: arguments["pictures"] ?? (copies ?? "/tmp/cats_dogs") + "/PetImages", directoryHint: .isDirectory)
    }

    private static func threads(_ arguments: Arguments) throws -> Int? {
        guard let text = arguments["threads"] else { return nil }
        guard let threads = Int(text), (1...256).contains(threads) else {
            throw Exit.usage("--threads must be from 1 to 256, is '\(text)'")
        }
        return threads
    }
}
