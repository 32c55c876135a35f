public import JSON
public import Observability
public import Storage

/// One model as it was added, unchangeable: its description, its file and where it came from.
///
/// What changes over time, such as which version answers, is an alias that points to a version.
public struct ModelVersion: Sendable, Equatable {
    /// Names the version for ever.
    public let id: ObjectID
    /// The app the model serves, such as `digits`.
    public let app: String
    /// What its owner calls it.
    public let name: String
    /// The kind of network or algorithm, in its owner's words.
    public let algorithm: String
    /// The file format as declared, such as `h5`; for an import without a declaration, as found in the file.
    public internal(set) var format: String
    /// Quality figures its owner attached: any JSON.
    public var metrics: JSONValue
    /// How it came here.
    public let origin: ModelOrigin
    /// The file as it was given; nil for a description without one.
    public let file: ModelFile?
    /// What its owner says about the file beyond what it tells itself, as `ModelDescription` reads it; nil for nothing.
    public let statement: JSONValue?
    /// How pictures are prepared for it; nil until the file has been read for the first time.
    public internal(set) var fit: ModelFit?
    /// When it was added.
    public let createdAt: Timestamp

    /// Makes a version.
    public init(
        id: ObjectID, app: String, name: String, algorithm: String, format: String, metrics: JSONValue = [:],
        origin: ModelOrigin, file: ModelFile?, statement: JSONValue? = nil, fit: ModelFit? = nil,
        createdAt: Timestamp
    ) {
        self.id = id
        self.app = app
        self.name = name
        self.algorithm = algorithm
        self.format = format
        self.metrics = metrics
        self.origin = origin
        self.file = file
        self.statement = statement
        self.fit = fit
        self.createdAt = createdAt
    }
}

/// How a model version came into the registry.
public enum ModelOrigin: String, Sendable {
    /// Shipped with Prunelle.
    case starter
    /// Sent by a client.
    case upload
    /// Added on the command line.
    case `import`
    /// Produced by a training job.
    case training
}

/// The file of a model version, kept in the object store under the hash of its content.
public struct ModelFile: Sendable, Equatable {
    /// SHA-256 of the content.
    public let hash: ContentHash
    /// Size in bytes.
    public let size: Int
    /// Name it was given with; shown, never used as a path.
    public let name: String
    /// Media type it was given with.
    public let contentType: String

    /// Makes a description of a file.
    public init(hash: ContentHash, size: Int, name: String, contentType: String) {
        self.hash = hash
        self.size = size
        self.name = name
        self.contentType = contentType
    }
}

/// A name that points to the version in use, such as `default`.
public struct ModelAlias: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    /// Makes an alias.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The version that answers when a client names none.
    public static let `default` = ModelAlias(rawValue: "default")
}

/// One move of an alias.
public struct AliasChange: Sendable, Equatable {
    /// Where the alias pointed from then on; nil when it was taken away.
    public let version: ObjectID?
    /// When it moved.
    public let changedAt: Timestamp

    /// Makes an entry as a catalog reads it.
    public init(version: ObjectID?, changedAt: Timestamp) {
        self.version = version
        self.changedAt = changedAt
    }
}
