/// A command of the program: what it takes, what it says of itself, and what it does.
struct Command: Sendable {
    /// A value given by position.
    struct Argument: Sendable {
        let name: String
        let summary: String
        var isOptional = false
        var repeats = false
    }

    /// A value given by name: `--port 8000`, `--port=8000`, or a bare switch.
    struct Option: Sendable {
        let name: String
        /// Name of the value in the help; nil for a switch.
        var value: String?
        let summary: String
    }

    let name: String
    let summary: String
    /// Paragraphs below the usage line: what a reader wants to know before using the command.
    var discussion = ""
    var examples: [String] = []
    var arguments: [Argument] = []
    var options: [Option] = []
    var subcommands: [Command] = []
    var run: (@Sendable (Arguments) async throws -> Void)?
}

/// What was given to a command.
struct Arguments: Sendable {
    var positional: [String] = []
    var options: [String: String] = [:]

    /// Whether a switch was given.
    func has(_ name: String) -> Bool { options[name] != nil }

    subscript(name: String) -> String? { options[name] }
}

/// How a program ends, by the conventions of `sysexits.h`.
struct Exit: Error {
    let status: Int32
    /// One line for standard error; nil when everything has been said.
    var message: String?

    /// The command line was wrong.
    static func usage(_ message: String) -> Exit { Exit(status: 64, message: message) }
    /// The input was read and is refused.
    static func data(_ message: String) -> Exit { Exit(status: 65, message: message) }
    /// An input file is missing or cannot be opened.
    static func noInput(_ message: String) -> Exit { Exit(status: 66, message: message) }
    /// Something needed is not available.
    static func unavailable(_ message: String) -> Exit { Exit(status: 69, message: message) }
    /// The program itself failed.
    static func software(_ message: String) -> Exit { Exit(status: 70, message: message) }
    /// It did not work this time; doing it again may.
    static func again(_ message: String) -> Exit { Exit(status: 75, message: message) }
    /// The configuration is wrong.
    static func configuration(_ message: String) -> Exit { Exit(status: 78, message: message) }
}
