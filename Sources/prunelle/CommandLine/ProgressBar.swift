import Foundation

/// A line on the terminal that tells how far long work is; on anything but a terminal only whole lines are written.
struct ProgressBar {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false
    private static let width = 30

    /// Replaces the line.
    mutating func show(_ title: String, fraction: Double, note: String) {
        guard isTerminal else { return }
        let filled = Int((min(max(fraction, 0), 1) * Double(Self.width)).rounded())
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        write("\r\u{1B}[K\(title) \(bar) \(Int(fraction * 100)) % \(note)")
        isShown = true
    }

    /// Writes a line that stays.
    mutating func say(_ line: String) {
        write((isShown ? "\r\u{1B}[K" : "") + line + "\n")
        isShown = false
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
