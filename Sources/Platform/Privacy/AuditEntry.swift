public import JSON
public import Observability

/// One administrative act as the audit log keeps it.
public struct AuditEntry: Sendable, Equatable {
    /// Its place in the log; later entries have larger numbers.
    public let number: Int64
    /// When it was done.
    public let at: Timestamp
    /// Who did it.
    public let actor: AuditActor
    /// What was done.
    public let act: AuditAct
    /// The app concerned; nil for acts that concern the whole server.
    public let app: String?
    /// What it was done to, such as a token's name or a version's id.
    public let subject: String
    /// What else is worth knowing.
    public let detail: JSONValue
}

/// A kind of administrative act; names are never reused or renamed.
public struct AuditAct: Sendable, Hashable {
    /// The stable name, such as `token.create`.
    public let name: String

    /// Makes a kind.
    public init(_ name: String) {
        self.name = name
    }

    public static let createToken = AuditAct("token.create")
    public static let revokeToken = AuditAct("token.revoke")
    public static let addModel = AuditAct("model.add")
    public static let chooseModel = AuditAct("model.default")
    public static let rollBackModel = AuditAct("model.rollback")
    public static let purge = AuditAct("data.purge")
    public static let erase = AuditAct("data.erase")
    public static let backUp = AuditAct("data.backup")
    public static let restore = AuditAct("data.restore")
}

/// Who does an administrative act.
public struct AuditActor: Sendable, Hashable {
    /// The text that is kept, such as `user ann` or `token website`.
    public let text: String

    init(text: String) {
        self.text = text
    }

    /// The server itself, as by its schedules.
    public static let server = AuditActor(text: "server")
    /// A client of a route that asks nobody who they are.
    public static let anonymousClient = AuditActor(text: "client without a token")

    /// A user of the machine who ran a command.
    public static func user(_ name: String) -> AuditActor { AuditActor(text: "user \(name)") }

    /// A client with a bearer token of some name.
    public static func token(_ name: String) -> AuditActor { AuditActor(text: "token \(name)") }

    /// The one for whom the present task works; the server where nobody else is named.
    @TaskLocal public static var current = AuditActor.server
}
