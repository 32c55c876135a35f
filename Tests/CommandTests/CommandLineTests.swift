import Foundation
import TestSupport
import Testing

@Suite("The command line", .timeLimit(.minutes(10)))
struct CommandLineTests {
    private static let commands: [[String]] = [
        [], ["serve"], ["predict"], ["models"], ["models", "list"], ["models", "import"], ["models", "export"],
        ["models", "default"], ["models", "inspect"], ["models", "convert"], ["models", "supported"],
        ["train"], ["backup"], ["restore"], ["migrate"], ["doctor"], ["healthcheck"], ["configuration"], ["version"],
    ]

    @Test("every command has a help page that shows how it is used", arguments: commands)
    func help(command: [String]) async throws {
        let work = try Workplace()
        for flag in ["--help", "-h"] {
            let outcome = try await work.run(command + [flag])
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
            let title = (["prunelle"] + command).joined(separator: " ")
            #expect(outcome.output.contains("\nUsage: \(title)"), "\(outcome.output)")
            #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 130 }, "\(outcome.output)")
            #expect(!FileManager.default.fileExists(atPath: work.folder.file("data").path))
        }
    }

    @Test("a command's page names its parts, and each of them exists")
    func parts() async throws {
        let work = try Workplace()
        for command in Self.commands where !command.isEmpty {
            let parent = try await work.run(Array(command.dropLast()))
            #expect(parent.status == 0)
            #expect(parent.output.contains("\n  \(command[command.count - 1]) "), "\(command)")
        }
    }

    /// Command lines that are wrong, and what the message must contain.
    private static let mistakes: [(line: String, text: String)] = [
        ("frobnicate", "there is no command 'frobnicate'"), ("models frobnicate", "there is no command 'frobnicate'"),
        ("serve nothing", "there is no app 'nothing'"), ("serve digits more", "'more' is one argument too many"),
        ("serve --prot 80", "has no option '--prot'"), ("serve --port", "'--port' needs a value"),
        ("serve -p 80", "has no option '-p'"), ("predict", "needs FILE"), ("models import", "needs FILE"),
        ("models convert only-one", "needs OUT"), ("models list extra", "'extra' is one argument too many"),
        ("models list --json=yes", "'--json' takes no value"), ("models list --app plants", "there is no app 'plants'"),
        ("backup", "needs FILE|DIR"),
        ("restore", "needs FILE"), ("doctor now", "'now' is one argument too many"),
        ("train nothing", "there is no app 'nothing'"), ("version --loud", "has no option '--loud'"),
    ]

    @Test("a mistake ends with status 64 and one line that says what is wrong", arguments: mistakes)
    func usage(line: String, text: String) async throws {
        let work = try Workplace()
        try await work.run(line.split(separator: " ").map(String.init)).expectRefusal(64, text)
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("data").path))
    }

    @Test("the version is told")
    func version() async throws {
        let outcome = try await Workplace().run("version")
        #expect(outcome.status == 0)
        #expect(outcome.output.wholeMatch(of: /prunelle \d+\.\d+\.\d+\n/) != nil, "\(outcome.output)")
    }

    @Test("training without a recipe, or without pictures, says what is missing")
    func training() async throws {
        let work = try Workplace()
        try await work.run("train", "digits").expectRefusal(66, "recipe")
        let recipe = repository.appending(path: "Models/digits/recipe.json").path
        try await work.run("train", "digits", "--recipe", recipe).expectRefusal(66, ".deps/mnist")
        try await work.run("train", "digits", "--recipe", recipe, "--pictures", "none").expectRefusal(66, "'none'")
        let broken = try work.folder.write(Array("{".utf8), to: "broken.json").path
        try await work.run("train", "digits", "--recipe", broken).expectRefusal(65, "recipe")
    }
}

@Suite("prunelle configuration", .timeLimit(.minutes(10)))
struct ConfigurationCommandTests {
    @Test("docs/configuration.md is what the program prints")
    func page() async throws {
        let outcome = try await Workplace().run("configuration", "--markdown")
        #expect(outcome.status == 0)
        let page = try String(contentsOf: repository.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(outcome.output == page, "make it anew: prunelle configuration --markdown > docs/configuration.md")
    }

    @Test("every setting of the example file exists")
    func example() async throws {
        let work = try Workplace()
        let example = try String(contentsOf: repository.appending(path: ".env.example"), encoding: .utf8)
        let settings = example.split(separator: "\n").map { line in
            line.drop { $0 == "#" || $0 == " " }
        }.filter { $0.hasPrefix("PRUNELLE_") }
        #expect(!settings.isEmpty)
        try work.folder.write(Array(settings.joined(separator: "\n").utf8), to: ".env")
        let outcome = try await work.run("configuration")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private static let bad = [
        "PRUNELLE_PORT": "abc", "PRUNELLE_HTTP_THREADS": "0", "PRUNELLE_LOG_LEVEL": "loud",
        "PRUNELLE_IMAGE_MAX_BYTES": "25 parsecs", "PRUNELLE_PRECISION": "f64", "PRUNELLE_PROT": "80",
    ]

    @Test(
        "values that cannot be used are told all at once with status 78",
        arguments: [["configuration"], ["serve"], ["serve", "digits"], ["models", "list"]])
    func problems(command: [String]) async throws {
        let work = try Workplace()
        let outcome = try await work.run(command, settings: Self.bad)
        #expect(outcome.status == 78)
        #expect(outcome.errors.hasPrefix("prunelle: the configuration has 6 problem"), "\(outcome.errors)")
        for (key, value) in Self.bad where key != "PRUNELLE_PROT" {
            #expect(outcome.errors.contains("\(key): must be "), "\(key)")
            #expect(outcome.errors.contains("'\(value)'"), "\(value)")
        }
        #expect(outcome.errors.contains("did you mean PRUNELLE_PORT?"))
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("data").path))
    }

    @Test("a flag wins over the environment, and that over the file `.env`")
    func precedence() async throws {
        let work = try Workplace()
        try work.folder.write(Array("PRUNELLE_DATA=from-file\nPRUNELLE_LOG_LEVEL=error\n".utf8), to: ".env")
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: work.folder.file(name).path) }
        #expect(try await work.run("models", "list").status == 0)
        #expect(exists("from-file"))
        #expect(try await work.run("models", "list", settings: ["PRUNELLE_DATA": "from-environment"]).status == 0)
        #expect(exists("from-environment"))
        let both = try await work.run(
            "models", "list", "--data", "from-flag", settings: ["PRUNELLE_DATA": "from-nowhere"])
        #expect(both.status == 0)
        #expect(exists("from-flag"))
        #expect(!exists("from-nowhere"))
    }

    @Test("a folder without pages is not taken for the program's home")
    func home() async throws {
        let work = try Workplace()
        try await work.run("serve", settings: ["PRUNELLE_HOME": "/nonexistent", "API_TOKEN": "of their own"])
            .expectRefusal(69, "PRUNELLE_HOME")
    }
}
