import Application
import Inference
import Observability
import Privacy

/// Apps that were made without a server, for commands that ask them about their records.
struct AppShelf: Sendable {
    let workspace: Workspace
    let apps: [any App]
    private let runtime: InferenceRuntime

    /// Makes the apps.
    ///
    /// - Parameter name: the only app wanted; nil for all.
    static func with<Value: Sendable>(
        _ arguments: Arguments, _ body: @Sendable (AppShelf) async throws -> Value
    ) async throws -> Value {
        let types = try arguments["app"].map { [try Apps.named($0)] } ?? Apps.all
        let workspace = try await Workspace(ServerSettings.read(flags: arguments.settingFlags), logger: .disabled)
        let runtime = try workspace.makeRuntime()
        do {
            var apps: [any App] = []
            for type in types { apps.append(try await type.init(workspace.context(for: type, runtime: runtime))) }
            let value = try await body(AppShelf(workspace: workspace, apps: apps, runtime: runtime))
            runtime.stop()
            await workspace.close()
            return value
        } catch {
            runtime.stop()
            await workspace.close()
            throw error
        }
    }
}

extension App {
    /// The app's name, of a value whose type is not known.
    var name: String { Self.card.name }
}
