import Foundation
import Privacy

/// The program: reads the command line, runs a command, and turns errors into one line and an exit status.
@main
struct Prunelle {
    static let version = "0.1.0"

    static let command = Command(
        name: "prunelle", summary: "Prunelle, a self-hosted image-recognition server that learns from corrections.",
        discussion: "Start with 'prunelle serve' and open http://127.0.0.1:8000.",
        subcommands: [
            .serve, .predict, .models, .train, .retrain, .token, .audit, .purge, .erase, .names, .backup, .restore,
            .migrate, .doctor, .healthCheck, .configuration, .version,
        ])

    static func main() async {
        // A client that closes its connection early must not end the server.
        signal(SIGPIPE, SIG_IGN)
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            switch try command.parse(words == ["--version"] ? ["version"] : words) {
            case .help(let path): print(Command.help(path), terminator: "")
            case .run(let run, let arguments):
                try await AuditActor.$current.withValue(.user(NSUserName())) { try await run(arguments) }
            }
        } catch let exit as Exit {
            if let message = exit.message { report(message) }
            Foundation.exit(exit.status)
        } catch {
            report("\(error)")
            Foundation.exit(70)
        }
    }

    /// Writes one line to standard error.
    static func report(_ message: String) {
        FileHandle.standardError.write(Data("prunelle: \(message)\n".utf8))
    }
}

extension Command {
    static let version = Command(
        name: "version", summary: "Show the version.",
        run: { _ in print("prunelle \(Prunelle.version)") })
}
