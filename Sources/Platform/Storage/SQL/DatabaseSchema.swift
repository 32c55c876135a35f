/// The tables of one part of the program, as its migrations make them.
public struct DatabaseSchema: Sendable {
    /// A column that names objects, so that rows and objects can be kept together.
    public struct ObjectReference: Sendable {
        /// The table.
        public let table: String
        /// The column: a hash where `folder` is given, else a whole key; null refers to nothing.
        public let column: String
        /// The folder below which objects lie under their hash, as `ObjectKey(folder:hash:)` puts them.
        public let folder: String?

        /// Makes a reference.
        public init(table: String, column: String, folder: String? = nil) {
            self.table = table
            self.column = column
            self.folder = folder
        }
    }

    /// The name under which its migrations are recorded.
    public let namespace: String
    /// All steps there ever were, oldest first.
    public let migrations: [Migration]
    /// Columns that name objects.
    public let references: [ObjectReference]

    /// Describes a part.
    public init(namespace: String, migrations: [Migration], references: [ObjectReference] = []) {
        self.namespace = namespace
        self.migrations = migrations
        self.references = references
    }

    /// The same part as it was after its first steps.
    func after(_ steps: Int) -> DatabaseSchema {
        DatabaseSchema(namespace: namespace, migrations: Array(migrations.prefix(steps)), references: references)
    }
}

extension SQLDatabase {
    /// Brings the tables of one part of the program up to date; see `migrate(_:namespace:timeout:)`.
    @discardableResult
    public func migrate(_ schema: DatabaseSchema) async throws -> [String] {
        try await migrate(schema.migrations, namespace: schema.namespace)
    }
}
