/// Why a training run in the child process came to no model.
public enum TrainerError: Error, Equatable, CustomStringConvertible {
    /// The program could not be started.
    case notStarted(String)
    /// The trainer says what went wrong.
    case failed(String)
    /// The trainer ended without a word.
    case ended(code: Int32, lastWords: String)
    /// The trainer was ended by a signal that nobody here sent: it crashed, or the system killed it.
    case crashed(signal: Int32, lastWords: String)
    /// The trainer did not stop when asked to and was killed.
    case killed

    public var description: String {
        switch self {
        case .notStarted(let reason): "the trainer could not be started: \(reason)"
        case .failed(let message): message
        case .ended(let code, let lastWords):
            "the trainer ended with code \(code) and told no reason" + Self.quoted(lastWords)
        case .crashed(let signal, let lastWords):
            // 9 is what Linux sends to the process that takes most memory when there is none left.
            "the trainer was ended by signal \(signal)"
                + (signal == 9 ? " (perhaps for want of memory)" : "") + Self.quoted(lastWords)
        case .killed: "the trainer did not stop in time and was killed"
        }
    }

    private static func quoted(_ text: String) -> String {
        text.isEmpty ? "" : "; its last words: \(text)"
    }
}
