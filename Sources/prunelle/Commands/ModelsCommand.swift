import Application
import Foundation
import Inference
import JSON
import ModelFiles
import Observability
import Registry
import Storage

extension Command {
    static let models = Command(
        name: "models", summary: "List, add, choose, look into and convert models.",
        subcommands: [
            .listModels, .importModel, .exportModel, .chooseModel, .inspectModel, .convertModel, .supportedModels,
        ])

    private static let dataOption = Option(
        name: "data", value: "DIR", summary: "Folder of the server's data (./data).")
    private static let appOption = Option(name: "app", value: "APP", summary: "The app the models serve (digits).")

    private static let listModels = Command(
        name: "list", summary: "List the models of an app, the newest first; '*' marks the one that answers.",
        options: [appOption, dataOption, Option(name: "json", summary: "As JSON.")],
        run: { arguments in
            try await withModels(arguments) { shelf in
                let versions = try await shelf.catalog.versions(of: shelf.app)
                let answering = try await shelf.catalog.target(of: .default, in: shelf.app)
                if arguments.has("json") {
                    print(versions.map { $0.listing(isDefault: $0.id == answering) }.json.text(style: .pretty))
                } else {
                    for version in versions {
                        let mark = version.id == answering ? "*" : " "
                        let file = version.file.map { "\($0.size) bytes" } ?? "no file"
                        print("\(mark) \(version.id)  \(version.format)  \(file)  \(version.name)")
                    }
                }
            }
        })

    private static let importModel = Command(
        name: "import", summary: "Add a model file; running servers on the same data see it at once.",
        discussion: descriptionHelp,
        arguments: [modelArgument],
        options: [
            appOption, dataOption, descriptionOption,
            Option(name: "name", value: "NAME", summary: "What to call it (the file's name)."),
            Option(name: "algo", value: "TEXT", summary: "Kind of network, in your words."),
            Option(name: "default", summary: "Let it answer from now on."),
        ],
        run: { arguments in
            let file = try ModelPath(arguments.positional[0])
            try await withModels(arguments) { shelf in
                let version = try file.version(
                    app: shelf.app, name: arguments["name"], algorithm: arguments["algo"] ?? "",
                    statement: file.statement(arguments["description"]))
                let live = try await shelf.live.import(
                    version, file: file.url, handover: .copying, as: arguments.has("default") ? .default : nil)
                if let trial = live.fit.trial, !trial.isPlausible {
                    let words = "prunelle: it told only \(trial.right) of \(trial.pictures) sample pictures right\n"
                    FileHandle.standardError.write(Data(words.utf8))
                }
                print(version.id)
            }
        })

    private static let exportModel = Command(
        name: "export", summary: "Write a model's file as it was given.",
        arguments: [
            Argument(name: "ID", summary: "As 'models list' shows it."), Argument(name: "OUT", summary: "A new file."),
        ],
        options: [appOption, dataOption],
        run: { arguments in
            try await withModels(arguments) { shelf in
                guard let file = try await shelf.version(arguments.positional[0]).file else {
                    throw Exit.data("the model has no file")
                }
                let output = URL(filePath: arguments.positional[1])
                guard !FileManager.default.fileExists(atPath: output.path) else {
                    throw Exit.usage("'\(arguments.positional[1])' is there already")
                }
                try await shelf.graphs.export(file.hash, to: output)
            }
        })

    private static let chooseModel = Command(
        name: "default", summary: "Show or choose the model that answers.",
        arguments: [Argument(name: "ID", summary: "The model that is to answer.", isOptional: true)],
        options: [
            appOption, dataOption, Option(name: "rollback", summary: "Go back to the one that answered before."),
        ],
        run: { arguments in
            try await withModels(arguments) { shelf in
                if arguments.has("rollback") {
                    print(try await shelf.live.rollBack(.default).id)
                } else if let text = arguments.positional.first {
                    print(try await shelf.live.point(.default, to: shelf.version(text).id).id)
                } else if let id = try await shelf.catalog.target(of: .default, in: shelf.app) {
                    print(id)
                } else {
                    throw Exit.data("no model answers for \(shelf.app)")
                }
            }
        })

    private static func withModels(
        _ arguments: Arguments, _ body: @Sendable (ModelShelf) async throws -> Void
    ) async throws {
        let shelf = try await ModelShelf(arguments)
        do {
            try await body(shelf)
            await shelf.close()
        } catch {
            await shelf.close()
            switch error {
            case let error as RegistryError: throw Exit.data("\(error)")
            case let error as InferenceError: throw Exit.data("\(error)")
            case let error as StorageError where error.isTemporary:
                // What the driver says of a server is for the operator who runs this: a wrong password, no such host.
                let detail = error.detail.isEmpty ? "" : " (\(error.detail))"
                throw Exit.unavailable("\(error.message)\(detail)")
            default: throw error
            }
        }
    }
}

/// The models of one app in a data folder, without a server.
private struct ModelShelf: Sendable {
    let app: String
    let live: LiveModels
    private let workspace: Workspace
    private let runtime: InferenceRuntime

    let catalog: any ModelCatalog
    let graphs: ModelGraphs

    init(_ arguments: Arguments) async throws {
        let app = try Apps.named(arguments["app"] ?? "digits")
        workspace = try await Workspace(ServerSettings.read(flags: arguments.settingFlags), logger: .disabled)
        runtime = try workspace.makeRuntime()
        self.app = app.card.name
        let context = workspace.context(for: app, runtime: runtime)
        catalog = context.catalog
        graphs = context.graphs
        live = context.models(of: app.card.name, requirement: app.modelRequirement)
    }

    func version(_ text: String) async throws -> ModelVersion {
        guard let id = ObjectID(text), let version = try await catalog.version(id, of: app) else {
            throw Exit.data("\(app) has no model '\(text)'")
        }
        return version
    }

    func close() async {
        runtime.stop()
        await workspace.close()
    }
}

/// A model file named on the command line.
struct ModelPath: Sendable {
    let url: URL
    private let text: String

    /// - Throws: `Exit.noInput` when there is no such file.
    init(_ text: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder) else {
            throw Exit.noInput("there is no file '\(text)'")
        }
        guard !isFolder.boolValue else {
            let isSavedModel = FileManager.default.fileExists(atPath: text + "/saved_model.pb")
            throw Exit.noInput(
                "'\(text)' is a folder\(isSavedModel ? " that TensorFlow saved" : ""), not a model file"
                    + (isSavedModel ? "; save the model as .keras or .h5, or convert it to ONNX by tf2onnx" : ""))
        }
        self.text = text
        url = URL(filePath: text)
    }

    /// What the owner of the file says about it: in the file named, else in the one beside it; nil where there is none.
    func statement(_ named: String?) throws -> JSONValue? {
        let path = named ?? text + ".json"
        guard let bytes = FileManager.default.contents(atPath: path) else {
            guard let named else { return nil }
            throw Exit.noInput("there is no file '\(named)'")
        }
        do {
            return try JSONValue(parsing: [UInt8](bytes))
        } catch {
            throw Exit.data("'\(path)' is not JSON: \(error)")
        }
    }

    func version(app: String, name: String?, algorithm: String, statement: JSONValue?) throws -> ModelVersion {
        let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
        return ModelVersion(
            id: .next(), app: app, name: name ?? url.deletingPathExtension().lastPathComponent, algorithm: algorithm,
            format: "", origin: .import,
            file: ModelFile(
                hash: try ContentHash(ofFile: url), size: size, name: url.lastPathComponent,
                contentType: "application/octet-stream"),
            statement: statement, createdAt: .now)
    }
}

extension ModelVersion {
    /// The version for `models list --json`.
    func listing(isDefault: Bool) -> JSONValue {
        [
            "id": id.json, "name": name.json, "algorithm": algorithm.json, "format": format.json,
            "origin": origin.rawValue.json, "default": .bool(isDefault), "size": (file?.size).json,
            "sha256": (file?.hash).json, "created_at": createdAt.iso8601().json, "metrics": metrics,
        ]
    }
}
