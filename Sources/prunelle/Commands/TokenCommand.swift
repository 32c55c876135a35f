import Application
import Foundation
import Identity
import JSON
import Observability
import Privacy
import Storage

extension Command {
    static let token = Command(
        name: "token", summary: "Give out bearer tokens, list them and take them back.",
        discussion: """
            To replace a token without a pause, create another of the same name, hand it over, and revoke the old one by
            its id. Running servers follow within two seconds; none needs a restart.
            """,
        subcommands: [.createToken, .listTokens, .revokeToken])

    private static let dataOption = Option(
        name: "data", value: "DIR", summary: "Folder of the server's data (./data).")

    private static let createToken = Command(
        name: "create", summary: "Make a token and show it, this once: only a hash of it is kept.",
        examples: ["prunelle token create website --app pets --expires 90d"],
        arguments: [Argument(name: "NAME", summary: "Whose it is; several tokens may share a name.")],
        options: [
            Option(name: "app", value: "APP", summary: "The only app it is good for (all)."),
            Option(
                name: "expires", value: "TIME", summary: "When it ends: hours, days or weeks, as 12h, 90d, 4w (never)."),
            dataOption, Option(name: "json", summary: "As JSON, with what is known of it."),
        ],
        run: { arguments in
            let app = try arguments["app"].map { try Apps.named($0).card.name }
            let expiresAt = try arguments["expires"].map(Timestamp.init(tokenEnd:))
            try await withBook(arguments) { book in
                let (token, text) = try await book.create(
                    arguments.positional[0], app: app, expiresAt: expiresAt)
                if arguments.has("json") {
                    print(token.listing(with: text).text(style: .pretty))
                } else {
                    print(text.reveal())
                    Prunelle.report("token \(token.id) for '\(token.name)'; it is not shown again")
                }
            }
        })

    private static let listTokens = Command(
        name: "list", summary: "List the tokens, the newest first, by their first characters.",
        options: [dataOption, Option(name: "json", summary: "As JSON.")],
        run: { arguments in
            try await withBook(arguments) { book in
                let tokens = try await book.list()
                if arguments.has("json") {
                    print(JSONValue.array(tokens.map { $0.listing() }).text(style: .pretty))
                } else {
                    for token in tokens { print(token.line) }
                }
            }
        })

    private static let revokeToken = Command(
        name: "revoke", summary: "Take a token back for good.",
        arguments: [Argument(name: "TOKEN", summary: "Its id, or its name where one active token has it.")],
        options: [dataOption],
        run: { arguments in
            try await withBook(arguments) { book in
                let token = try await book.revoke(arguments.positional[0])
                print(token.id)
            }
        })

    private static func withBook(
        _ arguments: Arguments, _ body: @Sendable (TokenBook) async throws -> Void
    ) async throws {
        let workspace = try await Workspace(ServerSettings.read(flags: arguments.settingFlags), logger: .disabled)
        do {
            try await body(TokenBook(workspace.stores.database, audit: workspace.records.audit))
            await workspace.close()
        } catch {
            await workspace.close()
            switch error {
            case let error as TokenBook.Problem: throw Exit.data("\(error)")
            case let error as StorageError: throw Exit.unavailable(error.message)
            default: throw error
            }
        }
    }
}

extension BearerToken {
    /// The token for `token list`.
    fileprivate var line: String {
        let end = expiresAt.map { "until " + $0.day } ?? "for ever"
        let state = state(at: .now).rawValue
        let use = lastUsedOn.map { "used " + $0 } ?? "never used"
        let app = app ?? "all apps"
        return "\(id)  \(hint)…  \(state)  \(end)  \(use)  made \(createdAt.day)  \(app)  \(name)"
    }

    /// The token for `token list --json`.
    ///
    /// - Parameter text: the token itself, which is known only when it was just made.
    fileprivate func listing(with text: Secret<String>? = nil) -> JSONValue {
        let listing: JSONValue = [
            "id": id.json, "name": name.json, "hint": hint.json, "app": app.json,
            "state": state(at: .now).rawValue.json, "created_at": createdAt.iso8601().json,
            "expires_at": (expiresAt?.iso8601()).json, "revoked_at": (revokedAt?.iso8601()).json,
            "last_used_on": lastUsedOn.json,
        ]
        guard let text, var object = listing.objectValue else { return listing }
        object["token"] = .string(text.reveal())
        return .object(object)
    }
}

extension Timestamp {
    /// The day by UTC.
    fileprivate var day: String { String(iso8601(fraction: .none).prefix(10)) }

    /// The end of a token that lasts a while from now on: `12h`, `90d` or `4w`, at most a hundred years.
    ///
    /// - Throws: `Exit.usage`.
    fileprivate init(tokenEnd text: String) throws {
        let hours: [Character: Int] = ["h": 1, "d": 24, "w": 168]
        let most = 876_000
        guard let unit = text.last.flatMap({ hours[$0] }), let count = Int(text.dropLast()), count > 0,
            count <= most / unit
        else {
            throw Exit.usage(
                "'--expires' takes hours, days or weeks, as 12h, 90d or 4w, up to 100 years; not '\(text)'")
        }
        self.init(microseconds: Timestamp.now.microseconds + Int64(count * unit) * 3_600_000_000)
    }
}
