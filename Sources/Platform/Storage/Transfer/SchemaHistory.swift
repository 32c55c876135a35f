/// Which steps of which parts a database has.
struct SchemaHistory: Sendable {
    /// The ids of the steps of each namespace, in order.
    let applied: [String: [String]]
    /// The tables there are.
    let tables: Set<String>

    /// Reads it; a database that was never used has none.
    init(of source: any SQLSnapshot, dialect: SQLDialect) async throws {
        tables = Set(try await source.query(dialect.tables).map { try $0.text("name") })
        var applied: [String: [String]] = [:]
        if tables.contains("schema_migrations") {
            let rows = try await source.query(
                "SELECT namespace, id FROM schema_migrations ORDER BY namespace, position")
            for row in rows { applied[try row.text("namespace"), default: []].append(try row.text("id")) }
        }
        self.applied = applied.filter { $0.key != TransferRecord.schema.namespace }
    }

    /// Takes what an archive tells.
    init(applied: [String: [String]]) {
        self.applied = applied
        tables = []
    }

    /// The parts that are there, each as it is.
    ///
    /// - Throws: `TransferError.newerSchema` if there are steps or parts that are not known.
    func known(among schemas: [DatabaseSchema]) throws(TransferError) -> [DatabaseSchema] {
        for (namespace, ids) in applied.sorted(by: { $0.key < $1.key }) {
            let known = schemas.first { $0.namespace == namespace }?.migrations.map(\.id) ?? []
            for (position, id) in ids.enumerated() where position >= known.count || known[position] != id {
                throw .newerSchema(namespace: namespace, migration: id)
            }
        }
        return schemas.compactMap { schema in applied[schema.namespace].map { schema.after($0.count) } }
    }

    /// The parts that are there, all of which must be up to date.
    func current(among schemas: [DatabaseSchema]) throws(TransferError) -> [DatabaseSchema] {
        let present = try known(among: schemas)
        guard !present.isEmpty else { throw .emptySource }
        for part in present where part.migrations.count < migrationCount(of: part.namespace, in: schemas) {
            throw .olderSchema(namespace: part.namespace)
        }
        return present
    }

    private func migrationCount(of namespace: String, in schemas: [DatabaseSchema]) -> Int {
        schemas.first { $0.namespace == namespace }?.migrations.count ?? 0
    }
}

/// How the tables of a database stand to those the program has.
public enum SchemaState: Sendable, Equatable {
    /// There are none.
    case empty
    /// Every part that is there is up to date.
    case current
    /// Some part lacks steps.
    case older
    /// There is a step, or a part, that is not known.
    case newer(migration: String)
}

extension SQLDatabase {
    /// How the tables stand to those the program has.
    public func state(of schemas: [DatabaseSchema]) async throws -> SchemaState {
        try await snapshot(timeout: .seconds(30)) { snapshot in
            do {
                _ = try await SchemaHistory(of: snapshot, dialect: dialect).current(among: schemas)
                return .current
            } catch TransferError.emptySource {
                return .empty
            } catch TransferError.olderSchema {
                return .older
            } catch TransferError.newerSchema(let namespace, let migration) {
                return .newer(migration: "\(namespace) \(migration)")
            }
        }
    }
}
