import CMongoC
import Foundation
import Observability

/// Which MongoDB to use and how to log in, as people write it: `mongodb://` and `mongodb+srv://`, with any options of the
/// connection string.
///
/// Printing it leaves the password out.
public struct MongoAddress: Sendable, Equatable {
    let uri: Secret<String>
    /// The database of the collections.
    public let database: String
    /// The hosts, as the URI names them.
    private let hosts: String

    /// What is wrong with a URI or a name; the text never repeats the password.
    public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        public let description: String
        /// Whether the name of the database is at fault, and not the URI.
        public var isAboutName = false
    }

    /// Longest name of a database in bytes.
    private static let maximumNameLength = 63

    /// Reads a URI.
    ///
    /// - Parameter database: the name of the database; what the URI names counts for logging in only.
    /// - Throws: `Problem` that says which part cannot be used.
    public init(_ text: String, database: String) throws(Problem) {
        guard text.hasPrefix("mongodb://") || text.hasPrefix("mongodb+srv://"), !text.utf8.contains(0) else {
            throw Problem(description: "must begin with mongodb:// or mongodb+srv://")
        }
        let afterScheme = text.components(separatedBy: "://").dropFirst().joined(separator: "://")
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" }
        // The library would take the beginning of such a password for a port.
        guard authority.contains("@") || !afterScheme.contains("@") else { throw Self.unreadable }
        MongoDriver.start()
        var error = bson_error_t()
        guard let handle = mongoc_uri_new_with_error(text, &error) else {
            // The library's words may repeat what was given, and with it the password.
            throw Self.unreadable
        }
        mongoc_uri_destroy(handle)
        self.database = try Self.checked(name: database)
        uri = Secret(text)
        hosts = String(authority.split(separator: "@").last ?? "")
    }

    private static let unreadable = Problem(
        description: "cannot be read as a connection string; a password's :/?#[]@% must be percent-encoded")

    private static func checked(name: String) throws(Problem) -> String {
        guard !name.isEmpty, name.utf8.count <= maximumNameLength,
            !name.unicodeScalars.contains(where: { "/\\. \"$*<>:|?\0".unicodeScalars.contains($0) })
        else {
            throw Problem(
                description: "must name a database in 1 to \(maximumNameLength) bytes without / \\ . \" $ * < > : | ? "
                    + "and spaces, is '\(name)'", isAboutName: true)
        }
        return name
    }
}

extension MongoAddress: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "mongodb://\(hosts)/\(database)" }
    public var debugDescription: String { description }
}
