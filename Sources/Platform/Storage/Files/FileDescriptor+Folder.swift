import Foundation

/// An entry of a folder.
struct FolderEntry: Sendable {
    let name: String
    let isFolder: Bool
}

/// What this descriptor does when it is a folder. No call follows a symbolic link.
extension FileDescriptor {
    /// Opens a folder by its path, of which links may be part: it comes from the configuration.
    static func openFolder(_ folder: URL) throws(StorageError) -> FileDescriptor {
        let number = folder.withUnsafeFileSystemRepresentation { path in
            path.map { Foundation.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } ?? -1
        }
        guard number >= 0 else { throw .unusable("open folder") }
        return FileDescriptor(owning: number)
    }

    /// Makes a folder and those above it that are missing, so that they survive a crash of the machine.
    static func makeFolders(_ folder: URL) throws(StorageError) {
        guard access(folder.path, F_OK) != 0 else { return }
        let parent = folder.deletingLastPathComponent()
        guard parent.path != folder.path else { return }
        try makeFolders(parent)
        guard mkdir(folder.path, 0o750) == 0 || errno == EEXIST else { throw .unusable("mkdir") }
        try openFolder(parent).synchronize()
    }

    /// Opens a folder in this one.
    ///
    /// - Throws: `.notFound`; `.conflict` if a file has that name.
    func folder(_ name: String) throws(StorageError) -> FileDescriptor {
        let opened = openat(number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else {
            let code = errno
            throw code == ENOTDIR && isLink(name)
                ? .system("open folder", code: ELOOP) : .system("open folder", code: code)
        }
        return FileDescriptor(owning: opened)
    }

    /// Makes a folder in this one, if there is none yet.
    func makeFolder(_ name: String) throws(StorageError) {
        guard mkdirat(number, name, 0o750) == 0 || errno == EEXIST else { throw .system("mkdir") }
    }

    /// Opens a file in this folder for reading.
    ///
    /// - Throws: `.notFound` also if a folder has that name.
    func file(_ name: String) throws(StorageError) -> FileDescriptor {
        // Not blocking: a pipe put there by someone would otherwise hold the thread until somebody writes to it.
        let opened = openat(number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { throw .system("open") }
        let file = FileDescriptor(owning: opened)
        guard try file.status().isRegularFile else { throw .notFound(detail: "not a regular file") }
        return file
    }

    /// Makes a file in this folder that did not exist before, for writing.
    func makeFile(_ name: String) throws(StorageError) -> FileDescriptor {
        let opened = openat(number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard opened >= 0 else { throw .system("create") }
        return FileDescriptor(owning: opened)
    }

    /// Removes a file of this folder, if there is one.
    func removeFile(_ name: String) throws(StorageError) {
        guard unlinkat(number, name, 0) == 0 || errno == ENOENT else { throw .system("unlink") }
    }

    /// Removes a folder of this one with the folders in it, if there is no file anywhere below.
    ///
    /// - Throws: `.conflict` if there is.
    func removeEmptyFolder(_ name: String) throws(StorageError) {
        let inner = try folder(name)
        for entry in try inner.entries() where entry.isFolder { try inner.removeEmptyFolder(entry.name) }
        guard unlinkat(number, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw .system("rmdir") }
    }

    /// The size of a regular file of this folder; nil if there is none.
    func size(ofFile name: String) -> Int? {
        var status = stat()
        guard fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int(status.st_size)
    }

    /// Files and folders, in no order; links and other things are left out.
    func entries() throws(StorageError) -> [FolderEntry] {
        // A descriptor of its own, since closing the stream closes it and reading moves its position.
        let copy = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            if copy >= 0 { close(copy) }
            throw .system("read folder")
        }
        defer { closedir(stream) }
        var entries: [FolderEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .system("read folder") }
                return entries
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != "..", let isFolder = isFolder(name, type: entry.pointee.d_type) {
                entries.append(FolderEntry(name: name, isFolder: isFolder))
            }
        }
    }

    /// Takes the lock of a file that marks it as in use.
    ///
    /// - Returns: whether nobody else has it.
    func lock() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }

    private func isLink(_ name: String) -> Bool { kind(name) == S_IFLNK }

    /// Whether an entry is a folder; nil if it is neither file nor folder.
    private func isFolder(_ name: String, type: UInt8) -> Bool? {
        switch Int(type) {
        case Int(DT_DIR): return true
        case Int(DT_REG): return false
        // Some file systems do not tell.
        case Int(DT_UNKNOWN):
            let kind = kind(name)
            return kind == S_IFDIR ? true : kind == S_IFREG ? false : nil
        default: return nil
        }
    }

    private func kind(_ name: String) -> mode_t? {
        var status = stat()
        guard fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return status.st_mode & S_IFMT
    }
}
