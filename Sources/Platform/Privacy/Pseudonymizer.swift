import Foundation
public import Observability
public import Storage

/// Replaces texts that may tell who someone is by names that do not.
///
/// The same text always has the same pseudonym, so that records of one person can be found and erased; without the key
/// nobody can tell from a pseudonym which text it stands for, or try likely texts.
public struct Pseudonymizer: Sendable {
    private let key: Secret<[UInt8]>

    /// Bytes of a pseudonym: 128 bits, so that no two texts share one.
    private static let length = 16
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Takes a secret of the operator, of any length.
    public init(secret: Secret<String>) {
        key = Secret(Blake2b.hash(secret.reveal().utf8))
    }

    /// Takes the key that is kept in a database, and makes it where there is none yet.
    public init(keptIn database: any SQLDatabase) async throws {
        try await PrivacyTables.prepare(database)
        let select: SQLStatement = "SELECT bytes FROM privacy_keys WHERE name = 'pseudonyms'"
        if let row = try await database.query(select).first {
            key = Secret(try row.blob("bytes"))
            return
        }
        // Of processes that start at the same moment one is first, and its key counts.
        try await database.write(
            """
            INSERT INTO privacy_keys (name, bytes) VALUES ('pseudonyms', \(bind: RandomBytes.make(32)))
            ON CONFLICT (name) DO NOTHING
            """)
        guard let row = try await database.query(select).first else {
            throw StorageError.corrupt(detail: "the key of pseudonyms vanished")
        }
        key = Secret(try row.blob("bytes"))
    }

    /// The pseudonym of a text, such as `p_0a1b…`; texts that look the same have the same one.
    public func pseudonym(of text: String) -> String {
        let bytes = text.precomposedStringWithCanonicalMapping.utf8
        return "p_" + Self.text(Blake2b.hash(bytes, key: key.reveal(), length: Self.length))
    }

    /// The pseudonym of a file's name, with the extension where it is a plain one.
    public func pseudonym(ofFileName name: String) -> String {
        pseudonym(of: name) + Self.fileExtension(of: name)
    }

    /// `.jpg` of `holidays.JPG`; empty where what follows the last dot is not one to five plain letters and digits.
    private static func fileExtension(of name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        let letters = name[name.index(after: dot)...].lowercased()
        let isPlain = letters.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isPlain && (1...5).contains(letters.utf8.count) ? "." + letters : ""
    }

    /// Bytes as digits of five bits each.
    private static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xFFF
            count += 8
            while count >= 5 {
                count -= 5
                text.append(digits[bits >> count & 31])
            }
        }
        if count > 0 { text.append(digits[bits << (5 - count) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}

/// How names that clients give, those of files as a rule, are kept and found again.
public struct StoredNames: Sendable {
    private let pseudonymizer: Pseudonymizer
    /// Whether names are replaced by pseudonyms before they are kept.
    public let arePseudonyms: Bool

    /// Makes the rule for one server.
    ///
    /// - Parameter arePseudonyms: whether names are replaced. Those kept before stay as they are, and are found.
    public init(_ pseudonymizer: Pseudonymizer, arePseudonyms: Bool) {
        self.pseudonymizer = pseudonymizer
        self.arePseudonyms = arePseudonyms
    }

    /// What is kept in place of a file's name.
    public func stored(_ fileName: String) -> String {
        arePseudonyms ? pseudonymizer.pseudonym(ofFileName: fileName) : fileName
    }

    /// Every form in which a name may have been kept: as it is, composed either way, and as a pseudonym.
    ///
    /// For finding all records of someone, whatever the setting was at the time.
    public func forms(of subject: String) -> [String] {
        let forms = [
            subject, subject.precomposedStringWithCanonicalMapping, subject.decomposedStringWithCanonicalMapping,
            pseudonymizer.pseudonym(of: subject), pseudonymizer.pseudonym(ofFileName: subject),
        ]
        // Swift takes differently composed texts for equal, databases do not: compared are the bytes.
        var seen: Set<[UInt8]> = []
        return forms.filter { seen.insert(Array($0.utf8)).inserted }
    }

    /// What stands for a subject in the audit log and in messages.
    public func pseudonym(of subject: String) -> String { pseudonymizer.pseudonym(of: subject) }
}
