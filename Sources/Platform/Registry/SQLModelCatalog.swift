import JSON
import Observability
public import Storage

/// The catalog in a SQL database.
public struct SQLModelCatalog: ModelCatalog {
    private let database: any SQLDatabase

    /// Opens the catalog, creating or updating its tables.
    public init(_ database: any SQLDatabase) async throws {
        self.database = database
        try await database.migrate(Self.schema)
    }

    /// The tables of versions and aliases.
    public static let schema = DatabaseSchema(
        namespace: "registry", migrations: migrations,
        references: [.init(table: "model_versions", column: "file_hash", folder: "models")])

    static let migrations = [
        Migration(
            id: "001-versions-and-aliases",
            statements: [
                """
                CREATE TABLE model_versions (
                    id TEXT PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, algorithm TEXT NOT NULL,
                    format TEXT NOT NULL, metrics TEXT NOT NULL, origin TEXT NOT NULL,
                    file_hash TEXT, file_size BIGINT, file_name TEXT, file_type TEXT, created_at BIGINT NOT NULL)
                """,
                "CREATE INDEX model_versions_by_app ON model_versions (app, created_at)",
                """
                CREATE TABLE model_aliases (
                    app TEXT NOT NULL, alias TEXT NOT NULL, version TEXT NOT NULL REFERENCES model_versions (id),
                    PRIMARY KEY (app, alias))
                """,
                """
                CREATE TABLE model_alias_changes (
                    app TEXT NOT NULL, alias TEXT NOT NULL, number BIGINT NOT NULL, version TEXT,
                    changed_at BIGINT NOT NULL, PRIMARY KEY (app, alias, number))
                """,
            ]),
        Migration(
            id: "002-what-models-expect",
            statements: [
                "ALTER TABLE model_versions ADD COLUMN statement TEXT",
                "ALTER TABLE model_versions ADD COLUMN fit TEXT",
            ]),
    ]

    public func versions(of app: String) async throws -> [ModelVersion] {
        try await database.query(
            "SELECT * FROM model_versions WHERE app = \(bind: app) ORDER BY created_at DESC, id DESC"
        ).map(Self.version)
    }

    public func version(_ id: ObjectID, of app: String) async throws -> ModelVersion? {
        try await database.query("SELECT * FROM model_versions WHERE id = \(bind: id) AND app = \(bind: app)")
            .first.map(Self.version)
    }

    public func add(_ version: ModelVersion, as alias: ModelAlias?) async throws {
        let file = version.file
        let insert: SQLStatement = """
            INSERT INTO model_versions (
                id, app, name, algorithm, format, metrics, origin, file_hash, file_size, file_name, file_type,
                statement, fit, created_at)
            VALUES (
                \(bind: version.id), \(bind: version.app), \(bind: version.name), \(bind: version.algorithm),
                \(bind: version.format), \(bind: version.metrics), \(bind: version.origin.rawValue),
                \(bind: file?.hash), \(bind: file?.size), \(bind: file?.name), \(bind: file?.contentType),
                \(bind: version.statement), \(bind: version.fit.map(\.json)),
                \(bind: version.createdAt.microseconds))
            """
        try await database.transaction { transaction in
            try await transaction.execute(insert)
            if let alias { try await Self.move(alias, in: version.app, to: version.id, transaction) }
        }
    }

    public func record(_ fit: ModelFit, of id: ObjectID, in app: String) async throws {
        let update: SQLStatement = """
            UPDATE model_versions SET fit = \(bind: fit.json)
            WHERE id = \(bind: id) AND app = \(bind: app) AND fit IS NULL
            """
        try await database.write(update)
    }

    public func target(of alias: ModelAlias, in app: String) async throws -> ObjectID? {
        try await database.lookup(
            "SELECT version FROM model_aliases WHERE app = \(bind: app) AND alias = \(bind: alias.rawValue)"
        )?.get("version")
    }

    public func point(_ alias: ModelAlias, in app: String, to id: ObjectID) async throws {
        try await database.transaction { transaction in
            let known = try await transaction.query(
                "SELECT 1 FROM model_versions WHERE id = \(bind: id) AND app = \(bind: app)")
            guard !known.isEmpty else { throw RegistryError.unknownVersion }
            try await Self.move(alias, in: app, to: id, transaction)
        }
    }

    public func history(of alias: ModelAlias, in app: String, limit: Int) async throws -> [AliasChange] {
        let rows = try await database.query(
            """
            SELECT version, changed_at FROM model_alias_changes
            WHERE app = \(bind: app) AND alias = \(bind: alias.rawValue) ORDER BY number DESC LIMIT \(bind: limit)
            """)
        return try rows.map { row in
            AliasChange(
                version: try row.get("version"), changedAt: Timestamp(microseconds: try row.integer("changed_at")))
        }
    }

    public func earlierTarget(of alias: ModelAlias, in app: String) async throws -> ObjectID {
        let earlier: SQLStatement = """
            SELECT version FROM model_alias_changes
            WHERE app = \(bind: app) AND alias = \(bind: alias.rawValue) AND version IS NOT NULL AND version <> (
                SELECT version FROM model_aliases WHERE app = \(bind: app) AND alias = \(bind: alias.rawValue))
            ORDER BY number DESC LIMIT 1
            """
        guard let row = try await database.query(earlier).first else { throw RegistryError.nothingToRollBack }
        return try row.get("version")
    }

    private static func move(
        _ alias: ModelAlias, in app: String, to id: ObjectID, _ transaction: any SQLTransaction
    ) async throws {
        let last = try await transaction.query(
            """
            SELECT COALESCE(MAX(number), 0) AS number FROM model_alias_changes
            WHERE app = \(bind: app) AND alias = \(bind: alias.rawValue)
            """)
        let number = try last.first?.integer("number") ?? 0
        try await transaction.execute(
            "DELETE FROM model_aliases WHERE app = \(bind: app) AND alias = \(bind: alias.rawValue)")
        try await transaction.execute(
            """
            INSERT INTO model_aliases (app, alias, version)
            VALUES (\(bind: app), \(bind: alias.rawValue), \(bind: id))
            """)
        try await transaction.execute(
            """
            INSERT INTO model_alias_changes (app, alias, number, version, changed_at)
            VALUES (\(bind: app), \(bind: alias.rawValue), \(bind: number + 1), \(bind: id),
                \(bind: Timestamp.now.microseconds))
            """)
    }

    private static func version(_ row: SQLRow) throws -> ModelVersion {
        var file: ModelFile?
        if let hash: ContentHash = try row.get("file_hash") {
            file = ModelFile(
                hash: hash, size: try row.get("file_size"), name: try row.text("file_name"),
                contentType: try row.text("file_type"))
        }
        return ModelVersion(
            id: try row.get("id"), app: try row.text("app"), name: try row.text("name"),
            algorithm: try row.text("algorithm"), format: try row.text("format"), metrics: try row.get("metrics"),
            origin: ModelOrigin(rawValue: try row.text("origin")) ?? .upload, file: file,
            statement: try row.get("statement"),
            fit: try row.get("fit", as: JSONValue?.self).flatMap(ModelFit.init(json:)),
            createdAt: Timestamp(microseconds: try row.integer("created_at")))
    }
}
