/// Writes structured log lines under a name; a value that is passed around freely.
///
/// A line costs its formatting and one short lock; writing happens elsewhere, see `LogWriter`. Values that must not be
/// seen are `Secret`s, which print as `•••`.
public struct Logger: Sendable {
    /// The least level that is written.
    public var minimumLevel: LogLevel

    private let writer: LogWriter?
    private let format: LogFormat
    private let label: String
    private var shared: [UInt8] = []

    /// Makes a logger.
    ///
    /// - Parameters:
    ///   - label: the part of the program that speaks, such as `http`.
    ///   - writer: where lines go.
    ///   - format: JSON or text.
    ///   - minimumLevel: the least level that is written.
    public init(label: String, writer: LogWriter, format: LogFormat = .text, minimumLevel: LogLevel = .info) {
        self.label = label
        self.writer = writer
        self.format = format
        self.minimumLevel = minimumLevel
    }

    /// A logger that writes nothing.
    public static let disabled = Logger()

    private init() {
        label = ""
        writer = nil
        format = .text
        minimumLevel = .error
    }

    /// The same logger under another name.
    public func labelled(_ label: String) -> Logger {
        guard let writer else { return self }
        var logger = Logger(label: label, writer: writer, format: format, minimumLevel: minimumLevel)
        logger.shared = shared
        return logger
    }

    /// The same logger with fields that every line gets.
    public func with(_ fields: LogFields) -> Logger {
        var logger = self
        logger.shared += LogLine.fragment(fields, format: format)
        return logger
    }

    /// Whether lines of a level are written.
    public func writes(_ level: LogLevel) -> Bool { writer != nil && level >= minimumLevel }

    /// Writes a line at `debug`.
    public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        if writes(.debug) { write(.debug, message(), fields()) }
    }

    /// Writes a line at `info`.
    public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        if writes(.info) { write(.info, message(), fields()) }
    }

    /// Writes a line at `warning`.
    public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        if writes(.warning) { write(.warning, message(), fields()) }
    }

    /// Writes a line at `error`.
    public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        if writes(.error) { write(.error, message(), fields()) }
    }

    /// Waits until what has been logged is written; for the end of the program.
    public func flush() {
        writer?.flush()
    }

    private func write(_ level: LogLevel, _ message: String, _ fields: LogFields) {
        guard let writer else { return }
        var line = LogLine(format: format, time: .now, level: level, label: label, message: message)
        line.add(fragment: shared)
        for (key, value) in fields { line.add(key, value) }
        line.finish()
        writer.append(line.bytes)
    }
}
