import JSON
import ModelFiles
import Registry
import Storage

/// A model with everything that is known of it, beyond what the original tells.
struct ModelDetails {
    let version: ModelVersion
    let isDefault: Bool
    /// When it was added, as the route writes it.
    let createdAt: String
    /// What its reader found in the file; nil for a file that has not been read yet.
    let inspection: JSONValue?

    var json: JSONValue {
        var object = version.json(isDefault: isDefault, createdAt: createdAt).objectValue ?? JSONObject()
        object["origin"] = version.origin.rawValue.json
        object["file"] =
            version.file.map { ["name": $0.name.json, "size": $0.size.json, "sha256": $0.hash.json] } ?? .null
        object["description"] = version.statement ?? .null
        object["preprocessing"] = (version.fit?.input).map(\.json) ?? .null
        object["trial"] = (version.fit?.trial).map(\.json) ?? .null
        object["inspection"] = inspection ?? .null
        return .object(object)
    }
}
