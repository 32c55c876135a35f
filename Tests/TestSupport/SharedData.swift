public import Foundation

/// Real-world sample data that lies beside the repository on developers' machines; absent elsewhere.
public enum SharedData {
    /// The folder `../shared/data`, or nil where it is absent.
    public static let root: URL? = {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = repository.deletingLastPathComponent().appending(path: "shared/data")
        let override = ProcessInfo.processInfo.environment["PRUNELLE_SHARED_DATA"].map { URL(filePath: $0) }
        return [override, folder].compactMap(\.self).first { FileManager.default.fileExists(atPath: $0.path) }
    }()

    /// Whether the sample data is present; for `.enabled(if:)` with a reason.
    public static var isPresent: Bool { root != nil }

    /// The file or folder at a path relative to the sample data.
    ///
    /// - Precondition: `isPresent`; tests that call this are disabled otherwise.
    public static func file(_ path: String) -> URL {
        guard let root else { preconditionFailure("shared data is absent") }
        return root.appending(path: path)
    }
}
