import Application
import Foundation
import Inference
import JSON
import Observability

extension Command {
    static let predict = Command(
        name: "predict", summary: "Say what pictures show, with the model that answers for an app.",
        discussion: "Uses the models of the data folder if it is there, else the starter model; keeps nothing.",
        examples: ["prunelle predict four.png", "prunelle predict --json *.png"],
        arguments: [.init(name: "FILE", summary: "Picture files: JPEG, PNG, GIF, WebP, BMP or TIFF.", repeats: true)],
        options: [
            .init(name: "app", value: "APP", summary: "The app that answers (digits)."),
            .init(name: "data", value: "DIR", summary: "Folder of the server's data (./data)."),
            .init(name: "json", summary: "One JSON object a line."),
        ],
        run: { arguments in
            let app = try Apps.named(arguments["app"] ?? "digits")
            var settings = try ServerSettings.read(flags: arguments.settingFlags)
            var scratch: URL?
            defer { if let scratch { try? FileManager.default.removeItem(at: scratch) } }
            if !FileManager.default.fileExists(atPath: settings.data.path) {
                let folder = FileManager.default.temporaryDirectory.appending(path: "prunelle-\(UUID().uuidString)")
                settings.data = folder
                scratch = folder
            }
            try await predict(arguments, with: app, settings)
        })

    private static func predict(
        _ arguments: Arguments, with type: any App.Type, _ settings: ServerSettings
    ) async throws {
        let workspace = try await Workspace(settings, logger: .disabled)
        let runtime = try workspace.makeRuntime()
        let app = try await type.init(workspace.context(for: type, runtime: runtime))
        var failures = 0
        for path in arguments.positional {
            do {
                guard let picture = FileManager.default.contents(atPath: path) else {
                    throw Exit.noInput("there is no such file")
                }
                let result = try await app.classify([UInt8](picture))
                print(arguments.has("json") ? result.json(file: path).text() : result.line(file: path))
            } catch {
                failures += 1
                Prunelle.report("\(path): \((error as? Exit)?.message ?? "\(error)")")
            }
        }
        runtime.stop()
        await workspace.close()
        if failures > 0 { throw Exit(status: 65) }
    }
}

extension Classification {
    /// The best candidate for people.
    fileprivate func line(file: String) -> String {
        guard let best = candidates.first else { return "\(file): nothing" }
        let percent = (best.probability * 1000).rounded() / 10
        return "\(file): \(best.label)  \(percent) %"
    }

    /// Everything for programs.
    fileprivate func json(file: String) -> JSONValue {
        [
            "file": file.json, "label": (candidates.first?.label).json,
            "probability": (candidates.first?.probability).json, "model": model.json,
            "candidates": .array(
                candidates.map { ["label": $0.label.json, "probability": $0.probability.json] }),
        ]
    }
}
