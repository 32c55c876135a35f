import Foundation
import Synchronization

/// The folder of a `FileObjectStore`, with calls that block on the disk.
///
/// An object is written to a file in `.incoming` at the root, brought to the disk, and renamed to its place; so what a
/// crash leaves behind is found in one folder, without a walk through all objects. Nothing is opened through links.
final class FileObjectTree: Sendable {
    /// What is done to the disk on the way of a `put`, so that tests can let each fail.
    enum Step: Sendable {
        case create, write, synchronizeFile, makeFolders, rename, synchronizeFolder
    }

    private static let incomingName = ".incoming"
    private static let attempts = 16

    private let root: FileDescriptor
    private let incoming: FileDescriptor
    private let beforeStep: @Sendable (Step) throws(StorageError) -> Void
    /// Folders whose own entries are known to be on the disk, so that later objects need not see to that again.
    private let durableFolders = Mutex<Set<String>>([])
    private static let maximumDurableFolders = 10_000

    /// Opens a folder, making it if it is missing, and removes what crashes have left.
    init(root folder: URL, beforeStep: @escaping @Sendable (Step) throws(StorageError) -> Void) throws(StorageError) {
        try FileDescriptor.makeFolders(folder.absoluteURL)
        self.beforeStep = beforeStep
        let root = try FileDescriptor.openFolder(folder)
        try root.makeFolder(Self.incomingName)
        incoming = try root.folder(Self.incomingName)
        self.root = root
        try removeLeftovers()
    }

    /// Removes unfinished files that no process is writing.
    private func removeLeftovers() throws(StorageError) {
        for entry in try incoming.entries() where !entry.isFolder {
            // A file that is gone by now was finished, or removed by another process that is starting.
            guard let file = try? incoming.file(entry.name), file.lock() else { continue }
            try incoming.removeFile(entry.name)
        }
    }
}

// MARK: Writing

extension FileObjectTree {
    /// Stores what a body writes to a new file.
    func put(
        _ key: ObjectKey, _ write: (borrowing FileDescriptor) throws(StorageError) -> Void
    ) throws(StorageError) {
        try beforeStep(.create)
        let made = try makeLockedFile()
        let name = made.name
        do throws(StorageError) {
            try beforeStep(.write)
            try write(made.file)
            try beforeStep(.synchronizeFile)
            try made.file.synchronize()
            try place(key) { folder, target in
                renameat(incoming.number, name, folder, target) == 0 ? 0 : errno
            }
        } catch {
            // What went wrong is the error to tell; a file that cannot be removed is removed at the next start.
            try? incoming.removeFile(name)
            throw error
        }
    }

    /// Stores a file by moving it.
    ///
    /// - Returns: false if it lies on another file system.
    func adopt(_ file: URL, key: ObjectKey) throws(StorageError) -> Bool {
        let source = try FileDescriptor.open(file, following: false)
        try source.synchronize()
        var isElsewhere = false
        do throws(StorageError) {
            try place(key) { folder, target in
                let code = renameat(AT_FDCWD, file.path, folder, target) == 0 ? 0 : errno
                isElsewhere = code == EXDEV
                return code
            }
        } catch {
            guard isElsewhere else { throw error }
        }
        return !isElsewhere
    }

    /// Removes an object, if there is one. Its folders stay for others to come.
    func delete(_ key: ObjectKey) throws(StorageError) {
        let segments = key.segments
        do throws(StorageError) {
            let folder = try self.folder(segments.dropLast())
            guard folder.size(ofFile: segments.last ?? "") != nil else { return }
            try folder.removeFile(segments.last ?? "")
            try folder.synchronize()
        } catch .notFound, .conflict {
            // A missing folder, or an object in its place: there is no such object either way.
        }
    }

    /// A file in `.incoming`.
    private struct UnfinishedFile: ~Copyable {
        let file: FileDescriptor
        let name: String
    }

    /// Makes a file that a process starting now will not take for a leftover.
    private func makeLockedFile() throws(StorageError) -> UnfinishedFile {
        for _ in 0..<Self.attempts {
            let name = "\(ObjectID.next())"
            let file = try incoming.makeFile(name)
            // Between making and locking another process may have taken it away.
            if file.lock(), try file.status().links == 1 {
                return UnfinishedFile(file: file, name: name)
            }
        }
        throw .busy(detail: "other processes start all the time")
    }

    /// Brings a file to the place of a key by renaming it, and the change to the disk.
    ///
    /// - Parameter rename: renames to a name in an open folder; returns 0 or `errno`.
    private func place(
        _ key: ObjectKey, _ rename: (_ folder: Int32, _ name: String) -> Int32
    ) throws(StorageError) {
        let segments = key.segments
        let name = segments.last ?? ""
        for _ in 0..<Self.attempts {
            try beforeStep(.makeFolders)
            let folder = try makeFolders(segments.dropLast())
            try beforeStep(.rename)
            switch rename(folder.number, name) {
            case 0:
                try beforeStep(.synchronizeFolder)
                return try folder.synchronize()
            case EISDIR:
                // A folder has the name. Without an object in it nobody knows of it.
                try folder.removeEmptyFolder(name)
                durableFolders.withLock { $0 = [] }
            // The folder was removed in this way by someone else.
            case ENOENT: continue
            case let code: throw .system("rename", code: code)
            }
        }
        throw .busy(detail: "the folders of \(key) come and go")
    }

    private func makeFolders(_ segments: ArraySlice<String>) throws(StorageError) -> FileDescriptor {
        var folder = try root.duplicate()
        var path = ""
        for segment in segments {
            path += "/" + segment
            try folder.makeFolder(segment)
            let inner = try folder.folder(segment)
            if !durableFolders.withLock({ $0.contains(path) }) {
                // Also if another call made it: that call may not have got as far as this.
                try folder.synchronize()
                durableFolders.withLock { known in
                    if known.count >= Self.maximumDurableFolders { known = [] }
                    known.insert(path)
                }
            }
            folder = inner
        }
        return folder
    }
}

// MARK: Reading

extension FileObjectTree {
    /// Opens an object.
    ///
    /// - Throws: `.notFound`.
    func open(_ key: ObjectKey) throws(StorageError) -> FileDescriptor {
        let segments = key.segments
        do throws(StorageError) {
            return try folder(segments.dropLast()).file(segments.last ?? "")
        } catch .conflict(let detail) {
            throw .notFound(detail: detail)
        }
    }

    /// The number of bytes of an object, or nil if there is none.
    func size(of key: ObjectKey) throws(StorageError) -> Int? {
        let segments = key.segments
        do throws(StorageError) {
            return try folder(segments.dropLast()).size(ofFile: segments.last ?? "")
        } catch .notFound, .conflict {
            return nil
        }
    }

    /// Objects in the order of their keys; see `ObjectStore.list`.
    func list(prefix: String, after: ObjectKey?, limit: Int) throws(StorageError) -> [StoredObject] {
        var listing = Listing(prefix: prefix, after: after?.text ?? "", limit: limit)
        try listing.visit(root, path: "")
        return listing.objects
    }

    private func folder(_ segments: ArraySlice<String>) throws(StorageError) -> FileDescriptor {
        var folder = try root.duplicate()
        for segment in segments { folder = try folder.folder(segment) }
        return folder
    }
}

/// A walk through the folders in the order of the keys, that leaves out what cannot be asked for.
private struct Listing {
    let prefix: String
    let after: String
    let limit: Int
    var objects: [StoredObject] = []

    mutating func visit(_ folder: borrowing FileDescriptor, path: String) throws(StorageError) {
        // A folder sorts as its name with the slash that all keys in it have.
        let entries = try folder.entries().map { (path: path + $0.name + ($0.isFolder ? "/" : ""), entry: $0) }
        for (path, entry) in entries.sorted(by: { Self.precedes($0.path, $1.path) }) {
            guard objects.count < limit else { return }
            if entry.isFolder {
                let mayHold = path.hasPrefix(prefix) || prefix.hasPrefix(path)
                guard mayHold, !entry.name.hasPrefix("."), Self.precedes(after, path) || after.hasPrefix(path) else {
                    continue
                }
                do throws(StorageError) {
                    try visit(try folder.folder(entry.name), path: path)
                } catch .notFound {
                    // Removed meanwhile.
                }
            } else if path.hasPrefix(prefix), Self.precedes(after, path), let key = try? ObjectKey(path),
                let size = folder.size(ofFile: entry.name)
            {
                objects.append(StoredObject(key: key, size: size))
            }
        }
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
