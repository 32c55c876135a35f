import Foundation
import Observability
import Registry
public import Storage

/// Copies the models and drawings of digits between Prunelle's own stores and a MongoDB, as the backend that the app
/// replaces keeps them.
///
/// Nothing needs to be noted on the way: what is there already and is the same is not copied again, so a copy that was
/// killed goes on by being started again. In the end every drawing of both sides is read again and compared, and the file
/// of every model is hashed. MongoDB keeps moments to the millisecond, and so they are compared.
public struct DigitsTransfer: Sendable {
    /// One side of a copy.
    public enum Place: Sendable {
        /// Rows in the SQL database, model files among the objects.
        case embedded(any SQLDatabase, any ObjectStore)
        /// The collections and GridFS of the replaced backend.
        case documents(MongoDatabase)
    }

    /// What is to be done, or has been.
    public struct Extent: Sendable, Equatable {
        /// Models of the source.
        public internal(set) var models = 0
        /// Drawings of the source.
        public internal(set) var drawings = 0
    }

    /// The stores behind a place.
    private struct Side: Sendable {
        let catalog: any ModelCatalog
        let files: any ModelFileStore
        let drawings: any DrawingStore

        init(_ place: Place) async throws {
            switch place {
            case .embedded(let database, let objects):
                catalog = try await SQLModelCatalog(database)
                files = ObjectModelFiles(objects)
                drawings = try await SQLDrawingStore(database)
            case .documents(let database):
                catalog = MongoModelCatalog(app: DigitsApp.card.name, database)
                files = GridFSModelFiles(GridFSBucket(database))
                drawings = MongoDrawingStore(database)
            }
        }
    }

    /// Drawings of a page: each may have a picture of some megabytes.
    private static let drawingsPerPage = 32

    private let source: Side
    private let target: Side
    private let app = DigitsApp.card.name

    /// Prepares a copy; the tables of an embedded side are made if they are absent.
    public init(from source: Place, to target: Place) async throws {
        self.source = try await Side(source)
        self.target = try await Side(target)
    }

    /// Counts, and refuses a target that has models which the source has not.
    ///
    /// - Throws: `TransferError.targetHasData`, what the stores throw.
    public func plan() async throws -> Extent {
        let models = try await source.catalog.versions(of: app)
        let known = Set(models.map(\.id))
        for other in try await target.catalog.versions(of: app) where !known.contains(other.id) {
            throw TransferError.targetHasData("the model \(other.id)")
        }
        return Extent(models: models.count, drawings: try await source.drawings.overview().total)
    }

    /// Copies what is missing or different and compares everything.
    ///
    /// - Parameter tell: called with the drawings done.
    /// - Throws: `TransferError`, what the stores throw.
    public func run(_ tell: @Sendable (Int) -> Void) async throws -> Extent {
        _ = try await plan()
        var done = Extent()
        for version in try await source.catalog.versions(of: app).reversed() {
            try await copy(version)
            done.models += 1
        }
        try await copyAlias()
        done.drawings = try await walk(repairing: true, tell)
        guard try await walk(repairing: false, { _ in }) == done.drawings, try await plan() == done else {
            throw TransferError.sourceChanged(["the drawings"])
        }
        return done
    }

    private func copy(_ version: ModelVersion) async throws {
        if let file = version.file {
            let isThere = try await target.catalog.version(version.id, of: app) != nil
            if !isThere {
                try await source.files.withFile(of: file.hash) {
                    try await target.files.keep($0, handover: .copying, as: file)
                }
            }
            let hash = try await target.files.withFile(of: file.hash) { try ContentHash(ofFile: $0) }
            guard hash == file.hash else { throw TransferError.targetDiffers(["the file of the model \(version.id)"]) }
        }
        guard let present = try await target.catalog.version(version.id, of: app) else {
            return try await target.catalog.add(version, as: nil)
        }
        guard present.name == version.name, present.file?.hash == version.file?.hash else {
            throw TransferError.targetHasData("another model of the identifier \(version.id)")
        }
    }

    /// Lets the same model answer, with the one before it to go back to.
    private func copyAlias() async throws {
        guard let present = try await source.catalog.target(of: .default, in: app) else { return }
        guard try await target.catalog.target(of: .default, in: app) != present else { return }
        do {
            let earlier = try await source.catalog.earlierTarget(of: .default, in: app)
            if try await target.catalog.version(earlier, of: app) != nil {
                try await target.catalog.point(.default, in: app, to: earlier)
            }
        } catch RegistryError.nothingToRollBack {
            // It never pointed elsewhere.
        }
        try await target.catalog.point(.default, in: app, to: present)
    }

    /// Goes through the drawings of both sides in the order of their identifiers.
    ///
    /// - Parameter repairing: whether missing and different ones are written; else each must be there and the same.
    /// - Returns: how many the source has.
    private func walk(repairing: Bool, _ tell: (Int) -> Void) async throws -> Int {
        var (count, last): (Int, ObjectID?) = (0, nil)
        while true {
            let page = try await source.drawings.page(after: last, limit: Self.drawingsPerPage)
            let final = page.last?.id
            let present = try await drawings(after: last, through: final)
            let ids = Set(page.map(\.id))
            if let other = present.keys.first(where: { !ids.contains($0) }) {
                throw TransferError.targetHasData("the drawing \(other)")
            }
            for drawing in page where present[drawing.id]?.stored != drawing.stored {
                guard repairing else { throw TransferError.targetDiffers(["the drawing \(drawing.id)"]) }
                if present[drawing.id] != nil { _ = try await target.drawings.remove(drawing.id, dryRun: false) }
                try await target.drawings.insert(drawing)
            }
            count += page.count
            tell(count)
            guard let final else { return count }
            last = final
        }
    }

    /// The target's drawings between two identifiers; without an end, up to one page that must then be empty.
    private func drawings(after first: ObjectID?, through last: ObjectID?) async throws -> [ObjectID: Drawing] {
        var found: [ObjectID: Drawing] = [:]
        var position = first
        while true {
            let page = try await target.drawings.page(after: position, limit: Self.drawingsPerPage)
            for drawing in page where last.map({ "\(drawing.id)" <= "\($0)" }) ?? true { found[drawing.id] = drawing }
            guard let end = page.last?.id, let last, "\(end)" < "\(last)" else { return found }
            position = end
        }
    }
}

extension Drawing {
    /// What both kinds of stores can keep: moments to the millisecond.
    fileprivate var stored: Drawing {
        var copy = self
        copy.createdAt = Timestamp(microseconds: createdAt.microseconds / 1_000 * 1_000)
        // The embedded store takes it from the version, which other programs do not note.
        copy.isStub = version == nil
        return copy
    }
}
