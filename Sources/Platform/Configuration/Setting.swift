/// One thing an operator can set: its key, default, allowed values and the reason to change it.
///
/// The settings of a program are declared once; reading them, `--help` and the reference page all use that
/// declaration.
public struct Setting<Value: Sendable>: Sendable {
    /// What the reference page says of the setting.
    public let description: SettingDescription
    let fallback: Value
    let parse: @Sendable (String) -> Value?

    init(_ description: SettingDescription, fallback: Value, parse: @escaping @Sendable (String) -> Value?) {
        self.description = description
        self.fallback = fallback
        self.parse = parse
    }

    /// The same setting, also read from keys of another program that Prunelle replaces.
    public func alsoReads(_ keys: String...) -> Setting {
        var description = description
        description.otherKeys = keys
        return Setting(description, fallback: fallback, parse: parse)
    }
}

/// The documentation of a setting.
public struct SettingDescription: Sendable, Equatable {
    /// Name of the environment variable.
    public let key: String
    /// Further variables that are read when `key` is not set.
    public var otherKeys: [String] = []
    /// Which values are accepted, with their unit.
    public let allowed: String
    /// The default, as it would be written.
    public let defaultText: String
    /// What it means and when to change it.
    public let summary: String
}

extension Setting {
    /// A whole number within a range.
    public static func integer(
        _ key: String, default fallback: Int, in range: ClosedRange<Int>, unit: String = "", _ summary: String
    ) -> Setting where Value == Int {
        let allowed = "\(range.lowerBound) to \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
        return Setting(describe(key, allowed, String(fallback), summary), fallback: fallback) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number of threads, 1 to 256, whose default is the number of processors.
    public static func threads(_ key: String, default processors: Int, _ summary: String) -> Setting
    where Value == Int {
        Setting(describe(key, "1 to 256", "number of processors", summary), fallback: processors) { text in
            Int(text).flatMap { (1...256).contains($0) ? $0 : nil }
        }
    }

    /// A number of bytes, written plainly or with a unit: `25MiB`, `4KiB`, `1GiB`.
    public static func bytes(
        _ key: String, default fallback: Int, in range: ClosedRange<Int>, _ summary: String
    ) -> Setting where Value == Int {
        let allowed = "\(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound))"
        return Setting(describe(key, allowed, ByteCount.text(fallback), summary), fallback: fallback) { text in
            ByteCount.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A span of time in seconds; fractions are allowed.
    public static func seconds(
        _ key: String, default fallback: Double, in range: ClosedRange<Double>, _ summary: String
    ) -> Setting where Value == Duration {
        let allowed = "\(number(range.lowerBound)) to \(number(range.upperBound)) seconds"
        return Setting(describe(key, allowed, number(fallback), summary), fallback: .seconds(fallback)) { text in
            Double(text).flatMap { range.contains($0) ? .seconds($0) : nil }
        }
    }

    /// One of the cases of an enumeration, by its raw value.
    public static func choice(_ key: String, default fallback: Value, _ summary: String) -> Setting
    where Value: RawRepresentable<String> & CaseIterable {
        let allowed = Value.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return Setting(describe(key, allowed, fallback.rawValue, summary), fallback: fallback) {
            Value(rawValue: $0.lowercased())
        }
    }

    /// Any text.
    public static func text(
        _ key: String, default fallback: String, allowed: String = "text", _ summary: String
    ) -> Setting where Value == String {
        Setting(describe(key, allowed, fallback, summary), fallback: fallback) { $0 }
    }

    /// Texts separated by commas.
    public static func list(
        _ key: String, default fallback: [String], allowed: String, _ summary: String
    ) -> Setting where Value == [String] {
        Setting(describe(key, allowed, fallback.joined(separator: ","), summary), fallback: fallback) { text in
            text.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }
                .map { String($0.reversed().drop(while: \.isWhitespace).reversed()) }.filter { !$0.isEmpty }
        }
    }

    private static func describe(_ key: String, _ allowed: String, _ value: String, _ summary: String)
        -> SettingDescription
    {
        SettingDescription(key: key, allowed: allowed, defaultText: value, summary: summary)
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}

/// Numbers of bytes as people write them, in powers of 1024.
public enum ByteCount {
    private static let units: [(name: String, size: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// The shortest exact writing.
    public static func text(_ bytes: Int) -> String {
        let unit = units.first { bytes >= $0.size && bytes % $0.size == 0 } ?? ("B", 1)
        return "\(bytes / unit.size)\(unit.name)"
    }

    /// Reads `25MiB`, `25 MiB`, `25mb` (also 1024-based) or a plain number; nil for anything else.
    public static func parse(_ text: String) -> Int? {
        let digits = text.prefix(while: \.isNumber)
        let suffix = text.dropFirst(digits.count).filter { !$0.isWhitespace }.lowercased()
        guard let count = Int(digits) else { return nil }
        if suffix.isEmpty { return count }
        guard
            let unit = units.first(where: { unit in
                let name = unit.name.lowercased()
                return suffix == name || suffix == name.replacing("i", with: "")
            })
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.size)
        return overflow ? nil : product
    }
}
