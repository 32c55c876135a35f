import Foundation
import Monitoring
import Observability
import Synchronization

/// The original's file `monitoring_inference.csv`: one line for each call of the prediction route.
///
/// The latest line is also what feedback is stored with, as in the original; it is read back when a server starts.
final class InferenceLog: Sendable {
    /// What is known of one call.
    struct Entry: Sendable, Equatable {
        /// Time from the request's arrival at the handler to the answer, to the hundredth that the file holds.
        let milliseconds: Double
        /// Whether a prediction was answered.
        let isSuccess: Bool

        init(milliseconds: Double, isSuccess: Bool) {
            self.milliseconds = (milliseconds * 100).rounded() / 100
            self.isSuccess = isSuccess
        }
    }

    private static let header = CSVLine.bytes([.text("timestamp"), .text("inference_time_ms"), .text("success")])

    private let file: RotatingFile
    private let state: Mutex<Entry?>

    /// Continues a file, or begins one at the first call.
    init(_ file: URL, logger: Logger) {
        self.file = RotatingFile(file, header: Self.header, logger: logger)
        state = Mutex(LineFile.lastLine(of: file).flatMap(Entry.init(line:)))
    }

    deinit {
        file.close()
    }

    /// The latest call; nil before the first one.
    var last: Entry? { state.withLock(\.self) }

    /// Notes a call that ended now; returns at once.
    func append(_ entry: Entry) {
        state.withLock { $0 = entry }
        file.append(
            CSVLine.bytes([
                .text(Timestamp.now.pythonISOFormat()), .decimal(entry.milliseconds, digits: 2),
                .text(entry.isSuccess ? "True" : "False"),
            ]))
    }

    /// Removes files whose lines are all older than a moment, or only counts them.
    func purge(before moment: Timestamp, dryRun: Bool) -> Int {
        file.purge(before: moment, isDryRun: dryRun)
    }
}

extension InferenceLog.Entry {
    /// Reads a line of the file; nil for the header and for anything else.
    init?(line: String) {
        let columns = line.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard columns.count == 3, let milliseconds = Double(columns[1]), ["True", "False"].contains(columns[2]) else {
            return nil
        }
        self.init(milliseconds: milliseconds, isSuccess: columns[2] == "True")
    }
}
