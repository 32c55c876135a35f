extension Command {
    /// What the words of a command line ask for.
    enum Request {
        /// Run the command found with what was given to it.
        case run(@Sendable (Arguments) async throws -> Void, Arguments)
        /// Show the help of the command at the end of this path.
        case help([Command])
    }

    /// Reads the words after the program's name.
    ///
    /// - Throws: `Exit.usage` that says what is wrong and where to look.
    func parse(_ words: [String]) throws -> Request {
        var path = [self]
        var rest = words[...]
        while let command = path.last, !command.subcommands.isEmpty {
            guard let word = rest.first else { return .help(path) }
            if word == "--help" || word == "-h" { return .help(path) }
            guard let next = command.subcommands.first(where: { $0.name == word }) else {
                let names = command.subcommands.map(\.name).joined(separator: ", ")
                throw Exit.usage("there is no command '\(word)' here; there are \(names)")
            }
            path.append(next)
            rest = rest.dropFirst()
        }
        guard let command = path.last, let run = command.run else { return .help(path) }
        let title = path.map(\.name).joined(separator: " ")
        guard let arguments = try command.read(rest, title: title) else { return .help(path) }
        return .run(run, arguments)
    }

    /// The values given; nil when help is asked for.
    private func read(_ words: ArraySlice<String>, title: String) throws -> Arguments? {
        var given = Arguments()
        var rest = words
        var onlyPositional = false
        while let word = rest.popFirst() {
            if onlyPositional || !word.hasPrefix("-") || word == "-" {
                given.positional.append(word)
            } else if word == "--" {
                onlyPositional = true
            } else if word == "--help" || word == "-h" {
                return nil
            } else {
                let (name, value) = try option(word, following: &rest, title: title)
                given.options[name] = value
            }
        }
        let required = arguments.filter { !$0.isOptional }
        if given.positional.count < required.count {
            throw Exit.usage("'\(title)' needs \(required[given.positional.count].name); see '\(title) --help'")
        }
        if given.positional.count > arguments.count, arguments.last?.repeats != true {
            let extra = given.positional[arguments.count]
            throw Exit.usage("'\(extra)' is one argument too many for '\(title)'; see '\(title) --help'")
        }
        return given
    }

    private func option(
        _ word: String, following rest: inout ArraySlice<String>, title: String
    ) throws -> (name: String, value: String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { "--" + $0.name == parts[0] }) else {
            throw Exit.usage("'\(title)' has no option '\(parts[0])'; see '\(title) --help'")
        }
        guard let value = option.value else {
            if parts.count > 1 { throw Exit.usage("'\(parts[0])' takes no value") }
            return (option.name, "")
        }
        if parts.count > 1 { return (option.name, parts[1]) }
        guard let next = rest.popFirst() else { throw Exit.usage("'\(parts[0])' needs a value: \(value)") }
        return (option.name, next)
    }

    /// The help page of the last command of a path.
    static func help(_ path: [Command]) -> String {
        guard let command = path.last else { return "" }
        var text = path.map(\.name).joined(separator: " ")
        if !command.subcommands.isEmpty { text += " COMMAND" }
        for argument in command.arguments {
            let name = argument.name + (argument.repeats ? "…" : "")
            text += argument.isOptional ? " [\(name)]" : " \(name)"
        }
        let options = command.options
        if !options.isEmpty { text += " [options]" }
        text = "\(command.summary)\n\nUsage: \(text)\n"
        if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
        text += section("Commands", command.subcommands.map { ($0.name, $0.summary) })
        text += section("Arguments", command.arguments.map { ($0.name, $0.summary) })
        text += section(
            "Options",
            options.map { ("--" + $0.name + ($0.value.map { " \($0)" } ?? ""), $0.summary) }
                + (command.subcommands.isEmpty ? [("--help", "This page.")] : []))
        if !command.examples.isEmpty {
            text += "\nExamples:\n" + command.examples.map { "  \($0)\n" }.joined()
        }
        return text
    }

    private static func section(_ title: String, _ rows: [(String, String)]) -> String {
        guard !rows.isEmpty else { return "" }
        let width = min(rows.map(\.0.count).max() ?? 0, 28)
        let lines = rows.map { name, summary in
            let gap = String(repeating: " ", count: max(2, width + 2 - name.count))
            return "  \(name)\(gap)\(summary)\n"
        }
        return "\n\(title):\n" + lines.joined()
    }
}
