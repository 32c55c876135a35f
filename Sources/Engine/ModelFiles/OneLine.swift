/// Text from files on one line of a terminal: names in a file may hold what clears the screen, forges further lines or
/// turns the direction of text.
public enum OneLine {
    /// The text without what would break the line, and cut where it is long.
    ///
    /// - Parameter maximumLength: scalars that are kept; a name may pile any number of marks onto one character.
    public static func text(_ text: String, maximumLength: Int) -> String {
        let scalars = text.unicodeScalars
        let isLong = scalars.dropFirst(maximumLength).first != nil
        guard isLong || scalars.contains(where: isControl) else { return text }
        var line = String.UnicodeScalarView()
        for scalar in scalars.prefix(maximumLength) { line.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
        return String(line) + (isLong ? "…" : "")
    }

    /// Controls, line and paragraph separators, and marks that turn the direction of text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
    }
}
