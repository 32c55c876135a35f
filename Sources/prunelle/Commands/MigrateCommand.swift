import Foundation
import Observability
import Storage

extension Command {
    static let migrate = Command(
        name: "migrate", summary: "Copy a database or the objects to another kind of store.",
        discussion: """
            Databases: sqlite:///file (four slashes for an absolute path), postgresql://user:password@host/name.
            Objects: file:///folder, s3://KEY:SECRET@host:port/bucket/prefix (?region=, ?style=, ?tls=).
            'env:NAME' takes the URL from an environment variable, out of others' sight.
            Models and records of digits: a database, and mongodb://user:password@host/ with MONGO_DB (mnist_app) and the data
            folder for the model files (PRUNELLE_DATA).
            The source is only read, the target must be new. Interrupted, the same command goes on where it was. In the end
            both sides are read again and compared by counts and hashes. Stop the servers first: a source that was written
            to meanwhile ends with status 75, and running the command again copies it anew.
            """,
        examples: [
            "prunelle migrate --from sqlite:///data/prunelle.sqlite --to env:DATABASE_URL --dry-run",
            "prunelle migrate --from file:///data/objects --to 's3://KEY:SECRET@localhost:9000/bucket'",
        ],
        options: [
            .init(name: "from", value: "URL", summary: "What to copy."),
            .init(name: "to", value: "URL", summary: "Where to; something new, or what an interrupted run has left."),
            .init(name: "dry-run", summary: "Check both sides and tell what would be done."),
        ],
        run: { arguments in
            let settings = try ServerSettings.read()
            let source = try Location(arguments["from"], option: "--from")
            let target = try Location(arguments["to"], option: "--to")
            do {
                switch (source, target) {
                case (.database(let from), .database(let to)):
                    try await DatabaseMigration(from, to, settings).run(isDry: arguments.has("dry-run"))
                case (.objects(let from), .objects(let to)):
                    try await ObjectMigration(from, to, settings).run(isDry: arguments.has("dry-run"))
                case (.database, .documents), (.documents, .database):
                    try await DigitsMigration(source, target, settings).run(isDry: arguments.has("dry-run"))
                default:
                    throw Exit.usage("--from names \(source.kind) and --to \(target.kind); both must be of one kind")
                }
            } catch let error as TransferError {
                throw Exit(error)
            }
        })
}

/// What can be copied, by its URL.
enum Location {
    case database(DatabaseURL)
    case objects(ObjectLocation)
    case documents(MongoConfiguration)

    /// Reads a URL, or `env:NAME`.
    init(_ text: String?, option: String) throws {
        guard var text else {
            throw Exit.usage("'prunelle migrate' needs \(option) URL; see 'prunelle migrate --help'")
        }
        if text.hasPrefix("env:") {
            let name = String(text.dropFirst(4))
            guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
                throw Exit.usage("\(option): there is no environment variable '\(name)'")
            }
            text = value
        }
        do {
            if text.hasPrefix("mongodb") {
                let name = ProcessInfo.processInfo.environment["MONGO_DB"] ?? "mnist_app"
                self = .documents(MongoConfiguration(address: try MongoAddress(text, database: name)))
            } else if let objects = try ObjectLocation(text) {
                self = .objects(objects)
            } else {
                self = .database(try DatabaseURL(text))
            }
        } catch let problem as MongoAddress.Problem {
            throw Exit.usage("\(option) \(problem.description)")
        } catch let problem as DatabaseURL.Problem {
            throw Exit.usage("\(option) \(problem.description)")
        }
    }

    var kind: String {
        switch self {
        case .database: "a database"
        case .objects: "a store of objects"
        case .documents: "a database of documents"
        }
    }
}

/// Where objects are.
enum ObjectLocation {
    case files(URL)
    case bucket(S3Address)

    /// Reads a URL; nil if it is not one of a store of objects.
    init?(_ text: String) throws {
        guard let scheme = text.firstRange(of: "://").map({ text[..<$0.lowerBound].lowercased() }) else { return nil }
        switch scheme {
        case "file":
            guard let url = URL(string: text), url.host() ?? "" == "", url.path.count > 1 else {
                throw Exit.usage("a folder is named as file:///absolute/path")
            }
            self = .files(URL(filePath: url.path))
        case "s3":
            do throws(S3Address.Problem) {
                self = .bucket(try S3Address(url: text, credentials: Self.environmentKeys))
            } catch {
                throw Exit.usage("the bucket's URL \(error.description)")
            }
        default: return nil
        }
    }

    /// The keys as Amazon's own tools take them.
    private static var environmentKeys: S3Credentials? {
        let environment = ProcessInfo.processInfo.environment
        guard let id = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            return nil
        }
        return S3Credentials(
            accessKeyID: id, secretAccessKey: Secret(secret),
            sessionToken: environment["AWS_SESSION_TOKEN"].map { Secret($0) })
    }

    var name: String {
        switch self {
        case .files(let folder): "the folder '\(folder.path)'"
        case .bucket(let address): "\(address)"
        }
    }
}
