public import Foundation
import Glibc

/// A file system in memory of a given size, mounted on a folder; for tests that run as root.
public final class SmallDisk: Sendable {
    private let folder = try? TemporaryFolder()
    private let isMounted: Bool

    /// Whether this process may mount file systems.
    public static let isPossible: Bool = SmallDisk(mebibytes: 1).root != nil

    /// Mounts one, if that is possible.
    public init(mebibytes: Int) {
        isMounted = folder.map { mount("tmpfs", $0.url.path, "tmpfs", 0, "size=\(mebibytes)m") == 0 } ?? false
    }

    deinit {
        if isMounted, let folder { umount2(folder.url.path, Int32(MNT_DETACH)) }
    }

    /// The folder, if it was mounted.
    public var root: URL? { isMounted ? folder?.url : nil }

    /// Makes everything read-only.
    public func forbidWriting() -> Bool {
        guard let root else { return false }
        return mount(nil, root.path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
    }
}
