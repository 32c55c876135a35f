public import Foundation
public import JSON

/// The files of retraining: backups of models that answered, trained models, and the figures of each run.
///
///     backups/model_backup_20260131_020000.keras
///     cats_dogs_model_retrained_20260131_020000.onnx
///     retrain_metrics_20260131_020000.json
///     runs/20260131_020000/           while a run goes on
public struct RetrainingFolder: Sendable {
    private let folder: URL
    private let modelPrefix: String

    private static let backupPrefix = "model_backup_"
    private static let metricsPrefix = "retrain_metrics_"

    /// Opens the folder, making it where it is missing.
    ///
    /// - Parameter modelPrefix: how the names of trained models begin, such as `cats_dogs_model_retrained_`.
    /// - Throws: `RetrainingError` where it cannot be made.
    public init(_ folder: URL, modelPrefix: String) throws(RetrainingError) {
        (self.folder, self.modelPrefix) = (folder, modelPrefix)
        do {
            try FileManager.default.createDirectory(
                at: folder.appending(path: "backups"), withIntermediateDirectories: true)
        } catch {
            throw RetrainingError("the folder of models cannot be made or written")
        }
    }

    /// Takes the lock that admits one run at a time; nil if a run is under way.
    public func lock() throws(RetrainingError) -> RunLock? {
        try RunLock(file: folder.appending(path: ".retrain.lock"))
    }

    /// A stamp for the files of a run that no earlier run has, such as `20260131_020000`.
    public func stamp(_ moment: Date = Date()) -> String {
        let names = Set((try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? [])
        var moment = moment
        while true {
            let stamp = RunMoment.stamp(moment)
            if !names.contains(where: { $0.contains(stamp) }) { return stamp }
            moment += 1
        }
    }

    /// The file of a backup.
    ///
    /// - Parameter name: the name the model's file was given with; only its extension counts.
    public func backup(_ stamp: String, of name: String) -> URL {
        folder.appending(path: "backups/\(Self.backupPrefix)\(stamp).\(Self.fileExtension(of: name))")
    }

    /// The file of a trained model.
    public func model(_ stamp: String) -> URL { folder.appending(path: "\(modelPrefix)\(stamp).onnx") }

    /// The file of a run's figures.
    public func metrics(_ stamp: String) -> URL { folder.appending(path: "\(Self.metricsPrefix)\(stamp).json") }

    /// Where a run works.
    public func run(_ stamp: String) -> URL { runs.appending(path: stamp, directoryHint: .isDirectory) }

    /// Takes away what runs left behind that were killed. For the holder of the lock.
    public func removeUnfinishedRuns() {
        try? FileManager.default.removeItem(at: runs)
    }

    /// Figures of the runs, the newest first; files that are no figures are left out.
    public func history() -> [JSONValue] {
        stamped(Self.metricsPrefix, "json").compactMap { file in
            guard let bytes = FileManager.default.contents(atPath: file.path) else { return nil }
            return try? JSONValue(parsing: bytes)
        }
    }

    /// Removes all but the newest trained models and figures. Backups stay, as does what the registry holds.
    ///
    /// - Returns: names of the files removed.
    @discardableResult
    public func cleanUp(keeping count: Int = 5) -> [String] {
        let old = stamped(modelPrefix, "onnx").dropFirst(count) + stamped(Self.metricsPrefix, "json").dropFirst(count)
        return old.compactMap { file in
            (try? FileManager.default.removeItem(at: file)).map { file.lastPathComponent }
        }
    }

    private var runs: URL { folder.appending(path: "runs", directoryHint: .isDirectory) }

    /// Files of one kind, the newest first.
    private func stamped(_ prefix: String, _ type: String) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        // Nothing but what was named by `stamp` is ever removed.
        return names.filter { name in
            name.hasPrefix(prefix) && name.hasSuffix(".\(type)")
                && RunMoment.isStamp(name.dropFirst(prefix.count).dropLast(type.count + 1))
        }.sorted(by: >).map { folder.appending(path: $0) }
    }

    private static func fileExtension(of name: String) -> String {
        let end = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last.map(String.init) ?? ""
        let isPlain =
            !end.isEmpty && end.utf8.count <= 16
            && end.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
            }
        return isPlain ? end.lowercased() : "model"
    }
}

/// Moments in the words of the place, as scripts of other backends write them.
public enum RunMoment {
    /// Such as `20260131_020000`.
    public static func stamp(_ moment: Date) -> String { text(moment, "yyyyMMdd_HHmmss") }

    /// Such as `2026-01-31T02:00:00.000000`.
    public static func iso(_ moment: Date) -> String { text(moment, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS") }

    /// Such as `2026-01-31 02:00:00,000`.
    public static func log(_ moment: Date) -> String { text(moment, "yyyy-MM-dd HH:mm:ss,SSS") }

    /// Such as `2026-01-31`.
    public static func day(_ moment: Date) -> String { text(moment, "yyyy-MM-dd") }

    static func isStamp(_ text: Substring) -> Bool {
        text.utf8.count == 15
            && text.utf8.enumerated().allSatisfy { place, byte in
                place == 8 ? byte == UInt8(ascii: "_") : (0x30...0x39).contains(byte)
            }
    }

    private static func text(_ moment: Date, _ format: String) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.calendar = Calendar(identifier: .gregorian)
        formatter.dateFormat = format
        return formatter.string(from: moment)
    }
}
