import Application
import Foundation
import JSON
import Observability
import Privacy
import Storage

extension Command {
    private static let dataOption = Option(
        name: "data", value: "DIR", summary: "Folder of the server's data (./data).")
    private static let appOption = Option(name: "app", value: "APP", summary: "Only this app (all).")
    private static let dryRunOption = Option(name: "dry-run", summary: "Only tell how many records it would be.")
    private static let jsonOption = Option(name: "json", summary: "As JSON.")

    static let purge = Command(
        name: "purge", summary: "Remove records that are older than the settings allow.",
        discussion: """
            Servers do so by themselves once a day. The periods are settings: see 'prunelle configuration' and
            docs/privacy.md. The exit status is 69 if something could not be removed.
            """,
        options: [dryRunOption, appOption, dataOption, jsonOption],
        run: { arguments in
            let isDryRun = arguments.has("dry-run")
            let outcomes = try await AppShelf.with(arguments) { shelf in
                let audit = shelf.workspace.records.audit
                let own = arguments["app"] == nil ? shelf.workspace.retention : []
                let outcomes = try await Purge.run(
                    shelf.apps.flatMap(\.retention) + own, now: .now, dryRun: isDryRun)
                if !isDryRun { try await audit.record(.purge, of: "retention", detail: outcomes.auditDetail) }
                return outcomes
            }
            if arguments.has("json") {
                print(JSONValue.array(outcomes.map { $0.listing(isDryRun) }).text(style: .pretty))
            } else {
                for outcome in outcomes { print(outcome.line(isDryRun)) }
            }
            let failures = outcomes.compactMap(\.failure)
            if !failures.isEmpty {
                throw Exit.unavailable("\(failures.count) of \(outcomes.count) kinds of records could not be purged")
            }
        })

    static let erase = Command(
        name: "erase", summary: "Remove everything that is kept about somebody.",
        discussion: """
            Every app is asked for records of the subject: the name of a file as it was sent, also where it was kept as a
            pseudonym, or the id of a record. Erase once for each name or id. The audit log keeps that something was erased,
            under a pseudonym. Backups and logs elsewhere are yours to clean; see docs/privacy.md.
            """,
        examples: ["prunelle erase --subject holidays.jpg --dry-run"],
        options: [
            Option(name: "subject", value: "TEXT", summary: "The name of a file, or the id of a record."),
            dryRunOption, appOption, dataOption, jsonOption,
        ],
        run: { arguments in
            guard let subject = arguments["subject"], !subject.isEmpty else {
                throw Exit.usage("'prunelle erase' needs --subject; see 'prunelle erase --help'")
            }
            let isDryRun = arguments.has("dry-run")
            let counts = try await erase(subject, isDryRun, arguments)
            if arguments.has("json") {
                print(JSONValue.object(counts.json).text(style: .pretty))
            } else {
                for (app, count) in counts {
                    print("\(app): \(count) record\(count == 1 ? "" : "s") \(isDryRun ? "would be " : "")removed")
                }
            }
        })

    private static func erase(
        _ subject: String, _ isDryRun: Bool, _ arguments: Arguments
    ) async throws -> [(app: String, count: Int)] {
        try await AppShelf.with(arguments) { shelf in
            var counts: [(app: String, count: Int)] = []
            do {
                for app in shelf.apps {
                    counts.append((app.name, try await app.erase(subject: subject, dryRun: isDryRun)))
                }
            } catch let error as StorageError {
                throw Exit.unavailable("not everything could be removed: \(error.message)")
            }
            if !isDryRun {
                let records = shelf.workspace.records
                try await records.audit.record(
                    .erase, of: records.names.pseudonym(of: subject),
                    detail: .object(counts.json))
                do {
                    try await shelf.workspace.scrub()
                } catch let error as StorageError {
                    throw Exit.unavailable(
                        "the records are removed, but a file of the database still holds their bytes for a while: "
                            + error.message)
                }
            }
            return counts
        }
    }

    static let names = Command(
        name: "names", summary: "Show every form in which a name may be stored.",
        discussion: "As it is, in both Unicode spellings, and as a pseudonym; for looking into the tables by hand.",
        arguments: [Argument(name: "NAME", summary: "The name of a file as it was sent.")], options: [dataOption],
        run: { arguments in
            let workspace = try await Workspace(
                ServerSettings.read(flags: arguments.settingFlags), logger: .disabled)
            for form in workspace.records.names.forms(of: arguments.positional[0]) { print(form) }
            await workspace.close()
        })

    static let audit = Command(
        name: "audit", summary: "Show the administrative acts, the newest first.",
        options: [
            Option(name: "limit", value: "N", summary: "How many (50)."), appOption, dataOption, jsonOption,
        ],
        run: { arguments in
            guard let limit = Int(arguments["limit"] ?? "50"), (1...100_000).contains(limit) else {
                throw Exit.usage("'--limit' takes 1 to 100000, not '\(arguments["limit"] ?? "")'")
            }
            let app = try arguments["app"].map { try Apps.named($0).card.name }
            let workspace = try await Workspace(
                ServerSettings.read(flags: arguments.settingFlags), logger: .disabled)
            let entries: [AuditEntry]
            do {
                entries = try await workspace.records.audit.latest(limit, app: app)
            } catch let error as StorageError {
                await workspace.close()
                throw Exit.unavailable(error.message)
            }
            await workspace.close()
            if arguments.has("json") {
                print(JSONValue.array(entries.map(\.listing)).text(style: .pretty))
            } else {
                for entry in entries { print(entry.line) }
            }
        })
}

extension [(app: String, count: Int)] {
    fileprivate var json: JSONObject { JSONObject(map { ($0.app, $0.count.json) }) }
}

extension Purge.Outcome {
    private var title: String { [rule.app, rule.name].compactMap(\.self).joined(separator: " ") }

    fileprivate func line(_ isDryRun: Bool) -> String {
        guard let before else { return "\(title): kept for ever" }
        if let failure { return "\(title): \(failure)" }
        let day = before.iso8601(fraction: .none).prefix(10)
        return "\(title): \(count) from before \(day) \(isDryRun ? "would be " : "")removed"
    }

    fileprivate func listing(_ isDryRun: Bool) -> JSONValue {
        [
            "app": rule.app.json, "records": rule.name.json, "before": (before?.iso8601(fraction: .none)).json,
            "count": count.json, "dry_run": .bool(isDryRun), "failure": failure.map { "\($0)" }.json,
        ]
    }
}

extension AuditEntry {
    fileprivate var line: String {
        let place = app.map { " (\($0))" } ?? ""
        // What was typed or uploaded by somebody must not control the terminal.
        let subject = subject.unicodeScalars.map {
            $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "·" : String($0)
        }
        return "\(at.iso8601(fraction: .none))  \(act.name)\(place)  \(subject.joined())  by \(actor.text)"
            + (detail == [:] ? "" : "  \(detail.text())")
    }

    fileprivate var listing: JSONValue {
        [
            "number": .integer(Int(number)), "at": at.iso8601().json, "act": act.name.json, "app": app.json,
            "subject": subject.json, "actor": actor.text.json, "detail": detail,
        ]
    }
}
