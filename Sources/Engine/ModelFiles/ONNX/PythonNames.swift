/// Reads the text of a Python list or dictionary of names, as exporters put it into the notes of a model.
///
///     ['cat', "dog"]    {0: 'cat', 1: "it's a dog"}
enum PythonNames {
    private static let maximumNames = 100_000

    /// The names in order, those of a dictionary by their numbers; nil for anything else.
    static func parse(_ text: String) -> [String]? {
        var rest = Substring(text)
        skipBlanks(&rest)
        guard let bracket = rest.popFirst(), bracket == "[" || bracket == "{" || bracket == "(" else { return nil }
        var names: [(number: Int, name: String)] = []
        while names.count < maximumNames {
            skipBlanks(&rest)
            guard let next = rest.first else { return nil }
            if next == "]" || next == "}" || next == ")" { break }
            var number = names.count
            if bracket == "{" {
                let digits = rest.prefix { $0.isNumber || $0 == "-" }
                guard let key = Int(digits) else { return nil }
                number = key
                rest = rest.dropFirst(digits.count)
                skipBlanks(&rest)
                guard rest.popFirst() == ":" else { return nil }
                skipBlanks(&rest)
            }
            guard let name = string(&rest) else { return nil }
            names.append((number, name))
            skipBlanks(&rest)
            if rest.first == "," { rest.removeFirst() }
        }
        return names.isEmpty ? nil : names.sorted { $0.number < $1.number }.map(\.name)
    }

    /// A text in quotes of either kind; a backslash takes the next character as it is.
    private static func string(_ rest: inout Substring) -> String? {
        guard let quote = rest.popFirst(), quote == "'" || quote == "\"" else { return nil }
        var name = ""
        while let character = rest.popFirst() {
            if character == quote { return name }
            if character == "\\" {
                guard let escaped = rest.popFirst() else { return nil }
                name.append(escaped == "n" ? "\n" : escaped)
            } else {
                name.append(character)
            }
        }
        return nil
    }

    private static func skipBlanks(_ rest: inout Substring) {
        while rest.first?.isWhitespace == true { rest.removeFirst() }
    }
}
