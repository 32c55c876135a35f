public import HTTP
public import Privacy
public import Registry
public import Storage

/// One of the backends that the server speaks for: what it declares to the program.
///
/// An app is a thin translator between an HTTP API and the platform. The program makes it from a context, mounts
/// its routes under its prefix, or at the root when it is served alone, and lists it on the portal.
public protocol App: Sendable {
    /// What the portal and the documentation say of the app.
    static var card: AppCard { get }

    /// What a model must be like to answer for the app.
    static var modelRequirement: ModelRequirement { get }

    /// The app's tables in the SQL database, so that commands can move and back up what it keeps.
    static var schema: DatabaseSchema { get }

    /// Where the app's models lie when a MongoDB is configured; nil for apps that keep nothing there.
    static func modelStorage(in documents: MongoDatabase) -> ModelStorage?

    /// Sets the app up: migrates its tables, brings in its starter model, loads what answers first.
    init(_ context: AppContext) async throws

    /// Everything the app answers, by paths below its prefix.
    var routes: [Route] { get }

    /// How failures are worded for the app's clients.
    var errors: any ErrorShape { get }

    /// What the answering model makes of a picture file; nothing is kept.
    ///
    /// - Throws: an error whose description tells what is wrong with the picture or the model.
    func classify(_ picture: [UInt8]) async throws -> Classification

    /// Whether a path nobody declares is sent on to the one with, or without, a slash at its end.
    var redirectsSlashes: Bool { get }

    /// Whether the app's API asks for the configured token.
    static var usesToken: Bool { get }

    /// Whether the app starts, and answers what it can, while its database is away.
    static var startsWithoutDatabase: Bool { get }

    /// Nil when the app can do its work, else what is missing, for `/readyz`.
    func obstacle() async -> String?

    /// Which records the app keeps, and for how long; none unless it says so.
    var retention: [RetentionRule] { get }

    /// Removes everything the app keeps about a subject, or only counts it; nothing unless the app says so.
    ///
    /// - Parameters:
    ///   - subject: what tells the person's records, such as a file's name as it was sent, or the id of a record. Names
    ///     may have been kept in other forms: `StoredNames.forms(of:)` tells them.
    ///   - dryRun: whether records are only counted.
    /// - Returns: how many records were removed, or would be.
    func erase(subject: String, dryRun: Bool) async throws -> Int
}

extension App {
    public var retention: [RetentionRule] { [] }

    public func erase(subject: String, dryRun: Bool) async throws -> Int { 0 }
}

extension App {
    public static func modelStorage(in documents: MongoDatabase) -> ModelStorage? { nil }
}

extension App {
    public var redirectsSlashes: Bool { false }

    public static var usesToken: Bool { false }

    public static var startsWithoutDatabase: Bool { false }
}

/// What people read about an app.
public struct AppCard: Sendable {
    /// Name in commands, paths and labels, such as `digits`.
    public let name: String
    /// Title for people.
    public let title: LocalizedText
    /// One sentence on what it does.
    public let summary: LocalizedText
    /// The app's page, as a file below the folder of pages.
    public let page: String
    /// Further pages: files below the folder of pages by their path below the app's prefix.
    public let pages: KeyValuePairs<String, String>
    /// Title page of the API's documentation.
    public let document: APIDocument

    /// Makes a card.
    public init(
        name: String, title: LocalizedText, summary: LocalizedText, page: String,
        pages: KeyValuePairs<String, String> = [:], document: APIDocument
    ) {
        self.name = name
        self.title = title
        self.summary = summary
        self.page = page
        self.pages = pages
        self.document = document
    }
}

/// The classes a picture may belong to, the most probable first.
public struct Classification: Sendable, Equatable {
    /// One class.
    public struct Candidate: Sendable, Equatable {
        /// Name of the class.
        public let label: String
        /// Probability, 0…1.
        public let probability: Double

        /// Makes a candidate.
        public init(label: String, probability: Double) {
            self.label = label
            self.probability = probability
        }
    }

    /// All classes, the most probable first.
    public let candidates: [Candidate]
    /// Name of the model that answered.
    public let model: String

    /// Makes a classification.
    public init(_ candidates: [Candidate], model: String) {
        self.candidates = candidates.sorted { $0.probability > $1.probability }
        self.model = model
    }
}

/// A text in the languages of the pages.
public struct LocalizedText: Sendable {
    /// English.
    public let english: String
    /// French.
    public let french: String

    /// Makes a text.
    public init(english: String, french: String) {
        self.english = english
        self.french = french
    }
}
