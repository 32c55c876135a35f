import JSON
import Privacy
import Registry
import Storage

extension AuditLog {
    /// Keeps a change of an app's models.
    func record(_ change: ModelChange, in app: String) async throws {
        switch change {
        case .added(let version, let alias):
            let detail: JSONValue = [
                "name": version.name.json, "origin": version.origin.rawValue.json, "sha256": (version.file?.hash).json,
                "alias": (alias?.rawValue).json,
            ]
            // Nobody asked for the starter model: the server brings it.
            let actor = version.origin == .starter ? AuditActor.server : .current
            try await record(.addModel, of: version.id.description, app: app, by: actor, detail: detail)
        case .pointed(let alias, let version, let earlier):
            try await record(
                .chooseModel, of: version.id.description, app: app,
                detail: ["name": version.name.json, "alias": alias.rawValue.json, "earlier": earlier.json])
        case .rolledBack(let alias, let version, let earlier):
            try await record(
                .rollBackModel, of: version.id.description, app: app,
                detail: ["name": version.name.json, "alias": alias.rawValue.json, "earlier": earlier.json])
        }
    }
}
