/// A value that cannot be used, or a key that means nothing.
public struct ConfigurationProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The key as it was written.
    public let key: String
    /// What is wrong with it and what would be right.
    public let reason: String

    /// Makes a problem.
    public init(_ key: String, _ reason: String) {
        self.key = key
        self.reason = reason
    }

    public var description: String { "\(key): \(reason)" }
}

/// Reads settings by precedence (flag, environment, file, default) and collects every problem.
public struct ConfigurationReader {
    /// Everything found wrong so far, in the order of reading.
    public private(set) var problems: [ConfigurationProblem] = []
    /// What was read, for the reference page and for finding unknown keys.
    public private(set) var settings: [SettingDescription] = []
    private let sources: [[String: String]]

    /// Key prefix within which an unknown key is taken for a typing error.
    public static let prefix = "PRUNELLE_"

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - flags: values given on the command line, by key.
    ///   - environment: environment variables.
    ///   - file: values of a `.env` file.
    public init(flags: [String: String] = [:], environment: [String: String] = [:], file: [String: String] = [:]) {
        sources = [flags, environment, file]
    }

    /// The value of a setting; a value that cannot be used is noted as a problem and the default returned.
    public mutating func read<Value>(_ setting: Setting<Value>) -> Value {
        settings.append(setting.description)
        for source in sources {
            for key in [setting.description.key] + setting.description.otherKeys {
                guard let text = source[key], !text.isEmpty else { continue }
                if let value = setting.parse(text) { return value }
                problems.append(
                    ConfigurationProblem(key, "must be \(setting.description.allowed), is '\(text)'"))
                return setting.fallback
            }
        }
        return setting.fallback
    }

    /// Notes a problem that spans several settings.
    public mutating func note(_ problem: ConfigurationProblem) {
        problems.append(problem)
    }

    /// Notes every key of ours that no setting reads, with the nearest known one.
    public mutating func refuseUnknownKeys() {
        let known = Set(settings.flatMap { [$0.key] + $0.otherKeys })
        for key in Set(sources.flatMap(\.keys)).sorted() where key.hasPrefix(Self.prefix) && !known.contains(key) {
            let nearest = known.min { editDistance($0, key) < editDistance($1, key) }
            let hint = nearest.flatMap { editDistance($0, key) <= 4 ? "; did you mean \($0)?" : nil } ?? ""
            problems.append(ConfigurationProblem(key, "is not a setting\(hint)"))
        }
    }

    /// Reads the `KEY=value` lines of a `.env` file: comments, blank lines, `export` and quotes are understood.
    public static func parse(file text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = line.drop(while: \.isWhitespace)
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = line.dropFirst(7) }
            guard let separator = line.firstIndex(of: "=") else { continue }
            let key = line[..<separator].filter { !$0.isWhitespace }
            var value = line[line.index(after: separator)...].drop(while: \.isWhitespace)
            while value.last?.isWhitespace == true { value.removeLast() }
            if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
                value = value.dropFirst().dropLast()
            }
            values[String(key)] = String(value)
        }
        return values
    }
}

/// Levenshtein distance: insertions, deletions and replacements that turn one text into the other.
func editDistance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (position, character) in first.enumerated() {
        var diagonal = row[0]
        row[0] = position + 1
        for column in second.indices {
            let replaced = diagonal + (character == second[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
        }
    }
    return row[second.count]
}
