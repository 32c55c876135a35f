import Foundation
import JSON

extension Command {
    static let doctor = Command(
        name: "doctor", summary: "Check everything that the server needs and say what to do about what is wrong.",
        discussion: """
            Nothing is changed, apart from a small object and a cached value that are written and removed again. Status 0:
            it can serve, though there may be remarks. Status 69: something does not work. Status 78: the configuration
            cannot be used.
            """,
        options: [
            .init(name: "data", value: "DIR", summary: "Folder of the server's data (./data)."),
            .init(name: "host", value: "ADDRESS", summary: "Address to listen on (127.0.0.1)."),
            .init(name: "port", value: "PORT", summary: "Port to listen on (8000)."),
            .init(name: "json", summary: "As JSON."),
        ],
        run: { arguments in
            var findings: [Finding]
            var status: Int32 = 0
            do {
                let settings = try ServerSettings.read(flags: arguments.settingFlags)
                findings = await Doctor(settings).examine()
            } catch let exit as Exit {
                status = exit.status
                findings = [
                    Finding(
                        "configuration", .wrong, exit.message ?? "it cannot be used",
                        advice: "correct the settings named; 'prunelle configuration' explains each")
                ]
            }
            if findings.contains(where: { $0.state == .wrong }), status == 0 { status = Exit.unavailable("").status }
            if arguments.has("json") {
                let answer: JSONValue = [
                    "healthy": .bool(status == 0), "version": Prunelle.version.json,
                    "findings": .array(findings.map(\.json)),
                ]
                print(answer.text(style: .pretty))
            } else {
                for finding in findings { print(finding.text) }
            }
            if status != 0 { throw Exit(status: status) }
        })
}

/// What was found out about one thing.
struct Finding: Sendable {
    enum State: String, Sendable {
        case fine = "ok"
        case remark, wrong
    }

    let subject: String
    let state: State
    let message: String
    /// What to do about it; nil where there is nothing to do.
    let advice: String?

    init(_ subject: String, _ state: State, _ message: String, advice: String? = nil) {
        self.subject = subject
        self.state = state
        self.message = message
        self.advice = advice
    }

    /// For people: a line, and one below it that says what to do.
    var text: String {
        let mark =
            switch state {
            case .fine: "ok    "
            case .remark: "note  "
            case .wrong: "WRONG "
            }
        let gap = String(repeating: " ", count: max(1, 14 - subject.count))
        return mark + subject + gap + message + (advice.map { "\n      → \($0)" } ?? "")
    }
}

extension Finding: JSONRepresentable {
    var json: JSONValue {
        ["subject": subject.json, "state": state.rawValue.json, "message": message.json, "advice": advice.json]
    }
}
