import Foundation
import Storage
import Testing

/// The stores that keep the promises of `ObjectStore`.
enum ObjectDriver: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case files
    case memory

    var testDescription: String { rawValue }

    /// Whether opening again finds what was stored.
    var isLasting: Bool { self == .files }

    func open(_ folder: TemporaryFolder) throws -> any ObjectStore {
        switch self {
        case .files: try FileObjectStore(root: folder.file("objects"))
        case .memory: InMemoryObjectStore()
        }
    }
}
