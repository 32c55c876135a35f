import Foundation
import Storage
import TestSupport
import Testing

/// The stores that keep the promises of `ObjectStore`.
enum ObjectDriver: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case files
    case memory
    case s3
    case ceph

    /// Those that can be tested here.
    static let allCases: [ObjectDriver] =
        [.files, .memory] + (S3Server.isPossible ? [.s3] : []) + (CephServer.isPossible ? [.ceph] : [])

    var testDescription: String { rawValue }

    /// Whether opening again finds what was stored.
    var isLasting: Bool { self != .memory }

    /// Whether a key may be a folder of another, as it must not where keys are paths.
    var knowsFolders: Bool { self == .files || self == .memory }

    /// Keys in the order that the store lists them.
    ///
    /// SeaweedFS goes by folders, so that `a/b` comes before `a-b`; all others go by bytes, as the protocol says.
    func sorted(_ keys: some Sequence<ObjectKey>) -> [ObjectKey] {
        guard self == .s3 else { return keys.sorted() }
        return keys.sorted { one, other in
            one.text.split(separator: "/").lexicographicallyPrecedes(other.text.split(separator: "/")) {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        }
    }

    /// Opens the store of a folder; on a shared server a folder stands for a prefix of its own.
    func open(_ folder: TemporaryFolder) async throws -> any ObjectStore {
        switch self {
        case .files: return try FileObjectStore(root: folder.file("objects"))
        case .memory: return InMemoryObjectStore()
        case .s3: return try S3ObjectStore(await S3Server.sharedConfiguration(prefix: folder.url.lastPathComponent))
        case .ceph: return try S3ObjectStore(await CephServer.sharedConfiguration(prefix: folder.url.lastPathComponent))
        }
    }
}
