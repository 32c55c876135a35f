import Application
import Foundation
import HTTP
import JSON

/// The routes that belong to no app: the portal, the pages and the probes.
struct Portal: Sendable {
    /// An app and where it is served.
    struct Entry: Sendable {
        let app: any App
        let prefix: String
        var card: AppCard { type(of: app).card }
    }

    let entries: [Entry]
    let files: InstalledFiles

    /// The routes at the root.
    ///
    /// - Parameter isShared: whether the portal has the root page; else the one app that is served alone has it.
    func group(isShared: Bool) -> RouteGroup {
        var routes = [appList]
        if isShared {
            routes.append(page("", "portal/index.html"))
            for entry in entries { routes += pageRoutes(of: entry) }
        }
        return RouteGroup(name: "portal", routes: routes, files: assets)
    }

    /// Pages and their assets, and the assets of packages.
    var assets: [StaticFiles] {
        [StaticFiles(prefix: "/assets", folder: files.web)] + (files.vendor.map { [.vendor(folder: $0)] } ?? [])
    }

    /// The route of a page below the folder of pages.
    func page(_ path: String, _ file: String) -> Route {
        let url = files.web.appending(path: file)
        return Route(
            .get, path, isDocumented: false,
            handler: .async { _ in
                guard let page = try? String(contentsOf: url, encoding: .utf8) else { throw APIError(.notFound) }
                var response = HTTPResponse.html(page)
                response.headers["Cache-Control"] = "no-cache"
                return response
            })
    }

    private func pageRoutes(of entry: Entry) -> [Route] {
        let path = String(entry.prefix.dropFirst())
        return [
            page(path + "/", entry.card.page),
            Route(.get, path, isDocumented: false, handler: .immediate { _ in .redirect(to: entry.prefix + "/") }),
        ] + entry.card.pages.map { page("\(path)/\($0.key)", $0.value) }
    }

    private var appList: Route {
        Route(
            .get, "api/apps", isDocumented: false,
            handler: .async { [entries] _ in
                var apps: [JSONValue] = []
                for entry in entries {
                    let card = entry.card
                    apps.append([
                        "name": card.name.json, "prefix": entry.prefix.json, "title": card.title.json,
                        "description": card.summary.json, "ready": .bool(await entry.app.obstacle() == nil),
                        "docs": .string(entry.prefix + "/docs"),
                    ])
                }
                return .json(["version": Prunelle.version.json, "apps": .array(apps)] as JSONValue)
            })
    }
}

extension LocalizedText {
    fileprivate var json: JSONValue { ["en": english.json, "fr": french.json] }
}
