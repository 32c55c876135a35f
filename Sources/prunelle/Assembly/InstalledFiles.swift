import Foundation

/// Files that belong to the program and lie beside it: pages, starter models, page assets of packages.
struct InstalledFiles: Sendable {
    /// Folder of pages.
    let web: URL
    /// Folder of starter models; nil where none are installed.
    let models: URL?
    /// Folder of the weights that some starter models are made of; nil where they are not installed.
    let weights: URL?
    /// Folder of page assets that come from packages; nil where they are not installed.
    let vendor: URL?

    /// Looks in the folder an operator names, in `../share/prunelle` beside the program, and in the folders above it.
    static func find(home: String) throws -> InstalledFiles {
        let candidates = home.isEmpty ? homes() : [URL(filePath: home)]
        guard let home = candidates.first(where: { exists($0.appending(path: "Web/portal/index.html")) }) else {
            throw Exit.unavailable(
                "the folder 'Web' is not beside the program; set PRUNELLE_HOME to the folder that holds it")
        }
        let vendor = [home.appending(path: "vendor"), home.appending(path: ".deps/web")].first(where: exists)
        let models = home.appending(path: "Models")
        let weights = [home.appending(path: "weights"), home.appending(path: ".deps/weights")].first(where: exists)
        return InstalledFiles(
            web: home.appending(path: "Web"), models: exists(models) ? models : nil, weights: weights, vendor: vendor)
    }

    /// The running program.
    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    }

    private static func homes() -> [URL] {
        var homes: [URL] = []
        var folder = executable.deletingLastPathComponent()
        homes.append(folder.deletingLastPathComponent().appending(path: "share/prunelle"))
        for _ in 0..<5 {
            homes.append(folder)
            folder = folder.deletingLastPathComponent()
        }
        return homes
    }

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path)
    }
}
