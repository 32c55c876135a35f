public import JSON
public import Observability

/// What an archive says of itself, in its file `manifest.json`.
public struct BackupManifest: Sendable, Equatable {
    /// One table.
    public struct Table: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Its columns in the order of the values.
        public let columns: [String]
        /// Rows and their digest.
        public let digest: TableDigest
        /// The last number the table has given to a row by itself; nil where there is none.
        public let lastNumber: Int64?
    }

    /// The version of the archive's form; others are refused.
    public static let format = 1

    /// The program's version.
    public let program: String
    /// The moment of the database.
    public let createdAt: Timestamp
    /// What held the rows, such as `SQLite`.
    public let database: String
    /// The steps each part of the schema had.
    public let schemas: [String: [String]]
    /// The tables, parents first.
    public let tables: [Table]
    /// Number of objects.
    public let objects: Int
    /// Their bytes.
    public let objectBytes: Int
    /// Beginnings of the keys that were left out, since they are made again when they are needed.
    public let leftOut: [String]
    /// Keys that rows refer to and that were not in the store.
    public let missing: [String]
    /// The hash of `SHA256SUMS`, which has those of all other files.
    public let sums: ContentHash

    /// Rows of all tables.
    public var rows: Int { tables.reduce(0) { $0 + $1.digest.rows } }
}

extension BackupManifest: JSONRepresentable {
    public var json: JSONValue {
        let history = schemas.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.array($0.value.map(\.json))) }
        return [
            "format": Self.format.json, "program": program.json,
            "created_at": .string(createdAt.iso8601()),
            "created_at_microseconds": .integer(Int(createdAt.microseconds)),
            "database": database.json, "schemas": .object(JSONObject(history)),
            "tables": .array(tables.map(\.json)), "objects": objects.json, "object_bytes": objectBytes.json,
            "left_out": leftOut.json, "missing": missing.json, "sha256sums": sums.json,
        ]
    }

    /// Reads a manifest back.
    init(parsing bytes: [UInt8]) throws(TransferError) {
        guard let json = try? JSONValue(parsing: bytes), let format = json["format"]?.intValue else {
            throw .badArchive("its manifest cannot be read")
        }
        guard format == Self.format else {
            throw .badArchive("it has the form \(format), this program reads the form \(Self.format)")
        }
        let history = json["schemas"]?.objectValue ?? JSONObject()
        let tables = json["tables"]?.arrayValue?.map(Table.init(json:)) ?? []
        guard let program = json["program"]?.stringValue, let moment = json["created_at_microseconds"]?.intValue,
            let database = json["database"]?.stringValue, let objects = json["objects"]?.intValue,
            let objectBytes = json["object_bytes"]?.intValue,
            let sums = json["sha256sums"]?.stringValue.flatMap({ ContentHash($0) }), !tables.contains(nil)
        else { throw .badArchive("its manifest lacks something") }
        self.program = program
        createdAt = Timestamp(microseconds: Int64(moment))
        self.database = database
        schemas = Dictionary(
            history.map { ($0.key, Self.texts($0.value)) }, uniquingKeysWith: { $1 })
        self.tables = tables.compactMap(\.self)
        self.objects = objects
        self.objectBytes = objectBytes
        leftOut = Self.texts(json["left_out"])
        missing = Self.texts(json["missing"])
        self.sums = sums
    }

    fileprivate static func texts(_ value: JSONValue?) -> [String] {
        value?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}

extension BackupManifest.Table: JSONRepresentable {
    public var json: JSONValue {
        [
            "name": name.json, "columns": columns.json, "rows": digest.rows.json, "digest": digest.description.json,
            "last_number": lastNumber.map { .integer(Int($0)) } ?? .null,
        ]
    }

    fileprivate init?(json: JSONValue) {
        guard let name = json["name"]?.stringValue, let digest = json["digest"]?.stringValue.flatMap(TableDigest.init)
        else { return nil }
        self.name = name
        self.digest = digest
        columns = BackupManifest.texts(json["columns"])
        lastNumber = json["last_number"]?.intValue.map(Int64.init)
    }

    /// Where the rows are in the archive.
    var path: String { "database/\(name).rows" }
}
