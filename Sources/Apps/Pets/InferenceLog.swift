import Foundation
import Observability
import Synchronization

/// The original's file `monitoring_inference.csv`: one line for each call of the prediction route.
///
/// The latest line is also what feedback is stored with, as in the original; it is read back when a server starts.
final class InferenceLog: Sendable {
    /// What is known of one call.
    struct Entry: Sendable, Equatable {
        /// Time from the request's arrival at the handler to the answer.
        let milliseconds: Double
        /// Whether a prediction was answered.
        let isSuccess: Bool
    }

    /// The columns.
    static let header = "timestamp,inference_time_ms,success"

    private let lines: any LineFile
    private let state: Mutex<Entry?>

    /// Continues a file, or begins one at the first call.
    init(_ lines: any LineFile) {
        self.lines = lines
        state = Mutex(lines.lastLine().flatMap(Entry.init(line:)))
    }

    /// The latest call; nil before the first one.
    var last: Entry? { state.withLock(\.self) }

    /// Notes a call that ended now.
    func append(_ entry: Entry) {
        let line = "\(LocalTime.isoformat(.now)),\(entry.text)"
        state.withLock { $0 = entry }
        lines.append(line)
    }
}

/// A file that grows by lines.
protocol LineFile: Sendable {
    /// Appends a line; a failure is logged and otherwise without effect, since no prediction may fail by it.
    func append(_ line: String)

    /// The last whole line; nil where there is none.
    func lastLine() -> String?
}

extension InferenceLog.Entry {
    /// The entry's columns.
    fileprivate var text: String {
        "\(String(format: "%.2f", milliseconds)),\(isSuccess ? "True" : "False")"
    }

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

/// Moments in the time zone of the machine.
enum LocalTime {
    /// The moment as Python's `datetime.now().isoformat()` writes it: without a zone, and without a fraction of zero.
    static func isoformat(_ moment: Timestamp) -> String {
        var seconds = time_t(moment.microseconds / 1_000_000)
        var local = tm()
        localtime_r(&seconds, &local)
        let date = String(
            format: "%04d-%02d-%02dT%02d:%02d:%02d", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
            local.tm_hour, local.tm_min, local.tm_sec)
        let fraction = moment.microseconds % 1_000_000
        return fraction == 0 ? date : date + String(format: ".%06d", fraction)
    }
}
