internal import JSON

/// `openapi.json`, Swagger UI at `docs` and ReDoc at `redoc` of one group.
///
/// The pages load their programs from `StaticFiles.vendorPrefix`, where the composition root mounts them, and a small
/// script of their own from beside themselves, since no script may stand in a page.
struct APIPages {
    let document: APIDocument
    let group: RouteGroup

    var routes: [Route] {
        let json = group.openAPI()?.bytes() ?? []
        return [
            constant("openapi.json", .bytes(json, contentType: "application/json; charset=utf-8")),
            constant("docs", .html(swaggerPage, policy: .apiPages)),
            constant("docs-init.js", script(Self.swaggerScript)),
            constant("redoc", .html(redocPage, policy: .apiPages)),
            constant("redoc-init.js", script(Self.redocScript)),
        ]
    }

    private func constant(_ path: String, _ response: HTTPResponse) -> Route {
        Route(.get, path, isDocumented: false, handler: .immediate { _ in response })
    }

    private func script(_ text: String) -> HTTPResponse {
        .bytes(Array(text.utf8), contentType: "text/javascript; charset=utf-8")
    }

    /// The vendor folder as seen from a page directly below the prefix, so that a proxy may mount the server anywhere.
    private var vendor: String {
        let depth = group.prefix.utf8.count { $0 == UInt8(ascii: "/") }
        return String(repeating: "../", count: depth) + StaticFiles.vendorPrefix.dropFirst()
    }

    private var swaggerPage: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(document.title)) – Swagger UI</title>
        <link rel="icon" type="image/png" href="\(vendor)/swagger-ui/favicon-32x32.png">
        <link rel="stylesheet" href="\(vendor)/swagger-ui/swagger-ui.css">
        </head>
        <body>
        <div id="swagger-ui"></div>
        <script src="\(vendor)/swagger-ui/swagger-ui-bundle.js"></script>
        <script src="docs-init.js"></script>
        </body>
        </html>

        """
    }

    private var redocPage: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(document.title)) – ReDoc</title>
        <link rel="icon" type="image/png" href="\(vendor)/swagger-ui/favicon-32x32.png">
        </head>
        <body>
        <div id="redoc"></div>
        <script src="\(vendor)/redoc/redoc.standalone.js"></script>
        <script src="redoc-init.js"></script>
        </body>
        </html>

        """
    }

    private static let swaggerScript = """
        window.ui = SwaggerUIBundle({
          url: "openapi.json",
          dom_id: "#swagger-ui",
          deepLinking: true,
          validatorUrl: null,
          presets: [SwaggerUIBundle.presets.apis],
        });

        """

    private static let redocScript = """
        Redoc.init("openapi.json", { hideDownloadButton: false }, document.getElementById("redoc"));
        document.body.style.margin = "0";

        """

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
