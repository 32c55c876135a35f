/// Media types by file extension.
enum ContentTypes {
    /// The media type of a file name, with its character set where it is text.
    static func of(_ name: String) -> String {
        let suffix = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
        return table[suffix] ?? "application/octet-stream"
    }

    /// Whether compressing pays.
    static func isText(_ type: String) -> Bool {
        type.contains("charset=") || type.hasPrefix("image/svg") || type.hasPrefix("application/json")
            || type.hasPrefix("application/wasm")
    }

    private static let table = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
        "json": "application/json; charset=utf-8", "map": "application/json; charset=utf-8",
        "txt": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8",
        "csv": "text/csv; charset=utf-8", "xml": "text/xml; charset=utf-8",
        "webmanifest": "application/manifest+json; charset=utf-8", "svg": "image/svg+xml; charset=utf-8",
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
        "ico": "image/x-icon", "bmp": "image/bmp", "woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf",
        "wasm": "application/wasm", "pdf": "application/pdf", "zip": "application/zip",
    ]
}
