import Observability
import Registry
import Storage

/// The moves of aliases, and of the flag `is_default` that the alias `default` is in the collection `models`.
///
/// Several servers may move it at once, and MongoDB changes one document at a time. So a move is first written to a log,
/// whose numbers put all moves in one order; then the flags are made to agree with the end of the log, again and again
/// until they do. The new model gets the flag before the old one loses it, so that one answers at every moment.
struct MongoAliasMoves: Sendable {
    private static let log = "prunelle_alias_changes"
    private static let models = "models"
    /// How often a step is tried while other servers do the same; each has an effect of its own on the order.
    private static let attempts = 200

    private let database: MongoDatabase

    init(_ database: MongoDatabase) { self.database = database }

    /// One entry of the log.
    struct Move: Sendable, Equatable {
        let number: Int
        let version: ObjectID
        let changedAt: Timestamp
        /// Whether the flags agreed with it at some time; else it is under way, or its server ended.
        let isSettled: Bool

        var change: AliasChange { AliasChange(version: version, changedAt: changedAt) }
    }

    /// Where an alias points; nil where it points nowhere.
    func target(of alias: ModelAlias) async throws -> ObjectID? {
        guard alias == .default else { return try await latest(of: alias, limit: 1).first?.version }
        let flagged = try await flagged()
        if flagged.count == 1 { return flagged[0] }
        let last = try await latest(of: alias, limit: 1).first
        if let last, flagged.contains(last.version) || (flagged.isEmpty && !last.isSettled) { return last.version }
        return flagged.max()
    }

    /// Moves an alias; returns when it points there, or to where another server has moved it since.
    func move(_ alias: ModelAlias, to id: ObjectID) async throws {
        try await noteForeignChoice(of: alias)
        var isLogged = false
        for _ in 0..<Self.attempts where !isLogged {
            let last = try await latest(of: alias, limit: 1).first
            isLogged = try await append(alias, number: (last?.number ?? 0) + 1, id, isSettled: alias != .default)
        }
        guard isLogged else { throw StorageError.busy(detail: "too many servers move the alias at once") }
        if alias == .default { try await settle() }
    }

    /// The latest moves, the newest first.
    func latest(of alias: ModelAlias, limit: Int) async throws -> [Move] {
        let documents = try await database.find(
            ["alias": .string(alias.rawValue)], in: Self.log, .init(sort: ["number": -1], limit: limit))
        return documents.compactMap { document in
            guard let number = document["number"]?.intValue, let version = document["version"]?.objectID else {
                return nil
            }
            return Move(
                number: number, version: version,
                changedAt: document["changed_at"]?.dateValue ?? Timestamp(microseconds: 0),
                isSettled: document["settled"]?.boolValue ?? true)
        }
    }

    /// The version an alias pointed to before the present one; nil where it never pointed elsewhere.
    func earlierTarget(of alias: ModelAlias) async throws -> ObjectID? {
        let present = try await target(of: alias)
        var filter: BSONDocument = ["alias": .string(alias.rawValue)]
        if let present { filter["version"] = ["$ne": .objectID(present)] }
        return try await database.find(filter, in: Self.log, .init(sort: ["number": -1], limit: 1))
            .first?["version"]?.objectID
    }

    /// Adds to the log; false where another move has taken the number.
    private func append(_ alias: ModelAlias, number: Int, _ id: ObjectID, isSettled: Bool) async throws -> Bool {
        do {
            try await database.insert(
                [
                    [
                        "_id": .string("\(alias.rawValue)-\(number)"), "alias": .string(alias.rawValue),
                        "number": .int(number), "version": .objectID(id), "changed_at": .date(.now),
                        "settled": .bool(isSettled),
                    ]
                ], into: Self.log)
            return true
        } catch StorageError.conflict {
            return false
        }
    }

    /// Writes to the log what another program has chosen since the last move, so that one can go back to it.
    private func noteForeignChoice(of alias: ModelAlias) async throws {
        guard alias == .default else { return }
        let last = try await latest(of: alias, limit: 1).first
        let flagged = try await flagged()
        guard flagged.count == 1, last?.isSettled != false, flagged[0] != last?.version else { return }
        // Another server that notes the same at this moment has done the work.
        _ = try await append(alias, number: (last?.number ?? 0) + 1, flagged[0], isSettled: true)
    }

    /// Makes the flags agree with the end of the log.
    private func settle() async throws {
        for _ in 0..<Self.attempts {
            // In this order: a flag that is seen here was written to the log before, so the log's end is no older, and the
            // flag of a later move is never taken away.
            let flaggedBefore = try await flagged()
            guard let last = try await latest(of: .default, limit: 1).first else { return }
            try await database.update(
                ["_id": .objectID(last.version)], in: Self.models, ["$set": ["is_default": true]])
            let others = flaggedBefore.filter { $0 != last.version }.map { BSONValue.objectID($0) }
            try await database.update(
                ["_id": ["$in": .array(others)]], in: Self.models, ["$set": ["is_default": false]], isMany: true)
            let isFlagged = try await flagged() == [last.version]
            guard isFlagged, try await latest(of: .default, limit: 1).first?.number == last.number else { continue }
            try await database.update(
                [
                    "alias": .string(ModelAlias.default.rawValue), "number": ["$lte": .int(last.number)],
                    "settled": false,
                ], in: Self.log, ["$set": ["settled": true]], isMany: true)
            return
        }
        throw StorageError.busy(detail: "too many servers move the flag at once")
    }

    /// The models that bear the flag; one, unless a move is under way.
    private func flagged() async throws -> [ObjectID] {
        try await database.find(["is_default": true], in: Self.models, .init(limit: 8, projection: ["_id": 1]))
            .compactMap { $0["_id"]?.objectID }
    }
}
