public import Storage

/// The list of model versions and the aliases that point to them, as every server on the same storage sees it.
public protocol ModelCatalog: Sendable {
    /// The versions of an app, the newest first.
    func versions(of app: String) async throws -> [ModelVersion]

    /// One version of an app; nil where there is none of that id.
    func version(_ id: ObjectID, of app: String) async throws -> ModelVersion?

    /// Adds a version and, in the same step, moves an alias to it.
    func add(_ version: ModelVersion, as alias: ModelAlias?) async throws

    /// Stores how pictures are prepared for a version, unless that is stored already.
    func record(_ fit: ModelFit, of id: ObjectID, in app: String) async throws

    /// Where an alias points; nil where it points nowhere.
    func target(of alias: ModelAlias, in app: String) async throws -> ObjectID?

    /// Moves an alias.
    ///
    /// - Throws: `RegistryError.unknownVersion` when the app has no such version.
    func point(_ alias: ModelAlias, in app: String, to id: ObjectID) async throws

    /// The moves of an alias, the newest first.
    func history(of alias: ModelAlias, in app: String, limit: Int) async throws -> [AliasChange]

    /// The version an alias pointed to before the present one.
    ///
    /// - Throws: `RegistryError.nothingToRollBack` when it never pointed elsewhere.
    func earlierTarget(of alias: ModelAlias, in app: String) async throws -> ObjectID
}

/// Why the registry refuses.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
    /// The app has no version of that id.
    case unknownVersion
    /// The alias never pointed to another version.
    case nothingToRollBack
    /// The version has no file, so nothing can run it.
    case noFile
    /// The file was read and cannot be used; the reason is fit for clients.
    case unusable(reason: String)
    /// Reading the file took too long or too much memory, or the reader died.
    case readerFailed(reason: String)

    public var description: String {
        switch self {
        case .unknownVersion: "there is no such model"
        case .nothingToRollBack: "there is no earlier model to go back to"
        case .noFile: "the model has no file"
        case .unusable(let reason), .readerFailed(let reason): reason
        }
    }
}
