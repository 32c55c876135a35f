import Application
import Foundation
import HTTP
import Identity
import Inference
import Observability
import Privacy
import Storage

extension Command {
    static let serve = Command(
        name: "serve", summary: "Serve the apps over HTTP.",
        discussion: """
            Without APP every app is served below its name, with the portal at '/'. With APP that one is served at the
            root, as the backend it replaces. Settings come from flags, the environment and '.env'; see
            'prunelle configuration'. SIGTERM lets requests in flight finish, then stops.
            """,
        examples: ["prunelle serve", "prunelle serve digits --port 8000 --data /var/lib/prunelle"],
        arguments: [.init(name: "APP", summary: "The app to serve at the root.", isOptional: true)],
        options: [
            .init(name: "host", value: "ADDRESS", summary: "Address to listen on (127.0.0.1)."),
            .init(name: "port", value: "PORT", summary: "Port to listen on (8000; 0 takes a free one)."),
            .init(name: "data", value: "DIR", summary: "Folder for everything that is kept (./data)."),
        ],
        run: { arguments in
            let apps = try arguments.positional.first.map { [try Apps.named($0)] } ?? Apps.all
            let settings = try ServerSettings.read(flags: arguments.settingFlags)
            try await AuditActor.$current.withValue(.server) {
                try await ServerProcess(settings, apps: apps, isShared: arguments.positional.isEmpty).run()
            }
        })
}

extension Arguments {
    /// The flags that are short for settings, by the setting's key.
    var settingFlags: [String: String] {
        var flags: [String: String] = [:]
        for (option, key) in [("host", "PRUNELLE_HOST"), ("port", "PRUNELLE_PORT"), ("data", "PRUNELLE_DATA")] {
            flags[key] = self[option]
        }
        return flags
    }
}

/// A serving process from start to graceful end.
struct ServerProcess {
    private let settings: ServerSettings
    private let apps: [any App.Type]
    private let isShared: Bool

    init(_ settings: ServerSettings, apps: [any App.Type], isShared: Bool) {
        self.settings = settings
        self.apps = apps
        self.isShared = isShared
    }

    func run() async throws {
        let signals = TerminationSignals()
        let writer = try LogWriter(.standardError)
        let logger = Logger(
            label: "prunelle", writer: writer, format: settings.logFormat, minimumLevel: settings.logLevel)
        do {
            try await serve(until: signals, logger)
        } catch {
            // The reason is told last, after what was logged on the way to it.
            logger.flush()
            throw error
        }
    }

    private func serve(until signals: TerminationSignals, _ logger: Logger) async throws {
        let settings = try settingsWithJudgedToken(logger)
        let workspace = try await Workspace(
            settings, logger: logger, needsDatabase: !apps.allSatisfy { $0.startsWithoutDatabase })
        let runtime = try workspace.makeRuntime()
        let desk = try UploadDesk(workspace.stores, settings)
        var entries: [Portal.Entry] = []
        for app in apps {
            let made = try await app.init(
                workspace.context(for: app, runtime: runtime, uploads: desk.uploads))
            entries.append(Portal.Entry(app: made, prefix: isShared ? "/" + app.card.name : ""))
        }
        let probes = OperatorRoutes(
            metrics: workspace.metrics, checks: entries.map(\.readinessCheck) + cacheCheck(workspace),
            logger: logger.labelled("readiness"))
        workspace.metrics.reading("prunelle_inference_queue", help: "Predictions that wait for a worker.") {
            Double(runtime.queueLength)
        }
        let portal = Portal(entries: entries, files: workspace.files)
        let router = try Router(groups(portal, probes: probes) + (desk.group.map { [$0] } ?? []))
        var configuration = settings.server
        configuration.temporaryFolder = settings.data.appending(path: "uploads")
        let server = HTTPServer(
            configuration, router: router, logger: logger.labelled("http"), metrics: workspace.metrics)
        do {
            try server.start()
        } catch {
            throw Exit.unavailable("\(error)")
        }
        let purges = PurgeSchedule(
            workspace.stores.database, name: entries.map(\.card.name).sorted().joined(separator: ","),
            rules: entries.flatMap(\.app.retention) + workspace.retention, audit: workspace.records.audit,
            logger: logger.labelled("purge"), metrics: workspace.metrics)
        purges.start()
        logger.info("serving", ["address": .string("http://\(address(port: server.port))")])

        await signals.first()
        logger.info("stopping")
        await server.stop(drain: settings.drain)
        await purges.stop()
        runtime.stop()
        await workspace.close()
    }

    /// The settings, whose published token counts on this machine only.
    ///
    /// An app that is served alone is of no use without its token, so the server does not start; beside others it lets
    /// nobody in by it.
    private func settingsWithJudgedToken(_ logger: Logger) throws -> ServerSettings {
        guard let token = settings.apiToken, apps.contains(where: { $0.usesToken }) else { return settings }
        let published = PublishedDefault(key: "API_TOKEN", value: ServerSettings.publishedToken)
        var judged = settings
        switch published.advice(on: token, host: settings.server.host) {
        case .fine: break
        case .warn(let text): logger.warning(text)
        case .refuse(let text):
            guard isShared else { throw Exit.configuration(text) }
            logger.warning(text + "; until then nobody is let in by it")
            judged.apiToken = nil
        }
        return judged
    }

    /// A cache on a server is asked too; one in memory always answers.
    private func cacheCheck(_ workspace: Workspace) -> [ReadinessCheck] {
        settings.redis == nil ? [] : [ReadinessCheck("cache") { try await workspace.stores.cache.check() }]
    }

    private func groups(_ portal: Portal, probes: OperatorRoutes) -> [RouteGroup] {
        var root = portal.group(isShared: isShared)
        root.routes += probes.routes
        if isShared {
            return [root]
                + portal.entries.map { entry in
                    RouteGroup(
                        name: entry.card.name, prefix: entry.prefix, routes: entry.app.routes,
                        errors: entry.app.errors, document: entry.card.document,
                        redirectsSlashes: entry.app.redirectsSlashes)
                }
        }
        // Served alone, the app words every failure, also of paths that nobody declares.
        for entry in portal.entries {
            root.name = entry.card.name
            root.routes = entry.app.routes + root.routes + [portal.page("", entry.card.page)]
            root.routes += entry.card.pages.map { portal.page($0.key, $0.value) }
            root.redirectsSlashes = entry.app.redirectsSlashes
            root.errors = entry.app.errors
            root.document = entry.card.document
        }
        return [root]
    }

    private func address(port: Int) -> String {
        let host =
            settings.server.host == "0.0.0.0" || settings.server.host == "::" ? "127.0.0.1" : settings.server.host
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension Portal.Entry {
    /// The app's part in `/readyz`.
    fileprivate var readinessCheck: ReadinessCheck {
        ReadinessCheck(card.name) { [app] in
            if let obstacle = await app.obstacle() { throw Obstacle(description: obstacle) }
        }
    }
}

/// Why an app cannot do its work.
private struct Obstacle: Error, CustomStringConvertible {
    let description: String
}
