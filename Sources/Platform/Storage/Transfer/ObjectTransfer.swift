/// Copies all objects from one store to another, whatever holds them.
///
/// Nothing needs to be noted on the way: an object that is there already and has the same content is not copied again, so
/// a copy that was killed goes on by being started again.
public struct ObjectTransfer: Sendable {
    /// What is to be done, or has been.
    public struct Extent: Sendable, Equatable {
        /// Number of objects in the source.
        public internal(set) var objects = 0
        /// Their bytes.
        public internal(set) var bytes = 0
        /// How many of them are in the target with the same size; in the end, with the same content.
        public internal(set) var present = 0
    }

    let source: any ObjectStore
    let target: any ObjectStore

    /// Prepares a copy.
    public init(from source: any ObjectStore, to target: any ObjectStore) {
        self.source = source
        self.target = target
    }

    /// Compares the lists of both sides.
    ///
    /// - Throws: `TransferError.targetHasData` for an object that the source has not.
    public func plan() async throws -> Extent {
        var extent = Extent()
        // All keys of the target are held, since not every store lists in the same order.
        var theirs: [ObjectKey: Int] = [:]
        var pages = ObjectPages(target)
        while let object = try await pages.next() { theirs[object.key] = object.size }
        var ours = ObjectPages(source)
        while let object = try await ours.next() {
            extent.objects += 1
            extent.bytes += object.size
            if theirs.removeValue(forKey: object.key) == object.size { extent.present += 1 }
        }
        if let other = theirs.keys.min() { throw TransferError.targetHasData("the object \(other)") }
        return extent
    }

    /// Copies what is missing or different and compares every object's content.
    ///
    /// - Parameter tell: called with the objects done.
    public func run(_ tell: @Sendable (Int) -> Void) async throws -> Extent {
        _ = try await plan()
        var done = Extent()
        var objects = ObjectPages(source)
        while let object = try await objects.next() {
            try await move(object)
            done.objects += 1
            done.bytes += object.size
            done.present += 1
            tell(done.objects)
        }
        let now = try await plan()
        guard now == done else { throw TransferError.sourceChanged(["the list of objects"]) }
        return done
    }

    private func move(_ object: StoredObject) async throws {
        do {
            try await source.withFile(of: object.key) { file in
                let hash = try ContentHash(ofFile: file)
                if try await target.size(of: object.key) == object.size, try await targetHash(object.key) == hash {
                    return
                }
                try await target.put(file: file, handover: .copying, key: object.key)
                guard try await targetHash(object.key) == hash else {
                    throw TransferError.targetDiffers(["the object \(object.key)"])
                }
            }
        } catch StorageError.notFound {
            throw TransferError.sourceChanged(["the object \(object.key)"])
        }
    }

    private func targetHash(_ key: ObjectKey) async throws -> ContentHash {
        try await target.withFile(of: key) { try ContentHash(ofFile: $0) }
    }
}

/// The objects of a store in the order of their keys.
struct ObjectPages {
    private let store: any ObjectStore
    private let prefix: String
    private var page: ArraySlice<StoredObject> = []
    private var last: ObjectKey?
    private var hasEnded = false

    init(_ store: any ObjectStore, prefix: String = "") {
        self.store = store
        self.prefix = prefix
    }

    mutating func next() async throws -> StoredObject? {
        if page.isEmpty, !hasEnded {
            page = try await store.list(prefix: prefix, after: last, limit: 1_000)[...]
            last = page.last?.key
            hasEnded = page.isEmpty
        }
        return page.popFirst()
    }
}
