import Foundation
import HTTP
import Observability
import Storage
import Synchronization
import TestSupport
import Uploads

/// A server that takes uploads into a store of files.
final class Site: Sendable {
    static let credentials = S3Credentials(
        accessKeyID: "localkey", secretAccessKey: Secret("localsecret-0123456789"))

    let folder: TemporaryFolder
    let objects: FileObjectStore
    let server: HTTPServer
    let endpoint: UploadEndpoint
    /// What the server takes for the present: so many seconds after it was made.
    private let delay = Clock()

    private final class Clock: Sendable {
        private let seconds = Mutex(0)
        var value: Int { seconds.withLock { $0 } }
        func set(_ value: Int) { seconds.withLock { $0 = value } }
    }

    init(maximumBytes: Int = 4 << 20) throws {
        folder = try TemporaryFolder()
        objects = try FileObjectStore(root: folder.file("objects"))
        let (start, delay) = (S3Time.now.seconds, delay)
        endpoint = UploadEndpoint(
            bucket: "pictures", objects: objects, credentials: Self.credentials, maximumBytes: maximumBytes,
            now: { S3Time(seconds: start + delay.value) })
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.temporaryFolder = folder.file("uploads")
        server = HTTPServer(configuration, router: try Router([endpoint.group]))
        try server.start()
    }

    /// Runs a body with a server, which is stopped afterwards.
    static func with(maximumBytes: Int = 4 << 20, _ body: (Site) async throws -> Void) async throws {
        let site = try Site(maximumBytes: maximumBytes)
        do {
            try await body(site)
        } catch {
            await site.server.stop()
            throw error
        }
        await site.server.stop()
        await site.objects.close()
    }

    /// What signs for it.
    var uploads: any PresignedUploads {
        endpoint.uploads(at: S3Endpoint(isSecure: false, host: "127.0.0.1"))
    }

    /// Lets time pass for the server.
    func wait(seconds: Int) { delay.set(seconds) }

    /// Sends a request to a URL of this server.
    func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> HTTPAnswer {
        let call = HTTPCall(
            method, url.replacing("http://127.0.0.1", with: ""), headers: headers.map { (name: $0.0, value: $0.1) },
            body: body)
        let port = server.port
        return try await blocking { try HTTPConnection(port: port).send(call) }
    }

    /// Sends a form with fields and a file.
    func send(
        form fields: [(String, String)], file: [UInt8]?, name: String = "p.jpg", to path: String = "/pictures"
    ) async throws -> HTTPAnswer {
        var form = Multipart()
        for (name, value) in fields { form.add(name, value) }
        if let file { form.add("file", file: name, file) }
        let call = form.call(path)
        let port = server.port
        return try await blocking { try HTTPConnection(port: port).send(call) }
    }
}
