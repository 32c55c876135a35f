import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// Large files, which travel in parts.
@Suite("S3 uploads in parts", .timeLimit(.minutes(10)))
struct S3MultipartTests {
    private let folder: TemporaryFolder
    private let file: URL

    init() throws {
        folder = try TemporaryFolder()
        file = folder.file("large")
        // Twelve and a half mebibytes: three parts of the least size, the last one smaller.
        let block = (0..<(1 << 16)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
        var data = Data()
        for number in 0..<200 { data += block.map { $0 ^ UInt8(number) } }
        try data.write(to: file)
    }

    private static func inParts(_ configuration: inout S3Configuration) {
        configuration.multipartThreshold = 1 << 20
        configuration.partSize = 5 << 20
    }

    @Test(
        "make the same object, copied or moved in",
        arguments: [ObjectDriver.s3, .ceph].filter(ObjectDriver.allCases.contains))
    func wholeFile(driver: ObjectDriver) async throws {
        let prefix = folder.url.lastPathComponent
        var configuration =
            driver == .s3
            ? try await S3Server.sharedConfiguration(prefix: prefix)
            : try await CephServer.sharedConfiguration(prefix: prefix)
        Self.inParts(&configuration)
        let store = S3ObjectStore(configuration)
        let content = try Data(contentsOf: file)
        for handover in [FileHandover.copying, .moving] {
            let key = try ObjectKey("large-\(handover)")
            try await store.put(file: file, handover: handover, key: key)
            #expect(try await store.size(of: key) == content.count)
            let copy = folder.file("copy-\(handover)")
            try await store.download(key, to: copy)
            #expect(try Data(contentsOf: copy) == content)
        }
        #expect(!FileManager.default.fileExists(atPath: file.path))
        await store.close()
    }

    /// How a scripted store goes wrong.
    enum Fault: CaseIterable, Sendable {
        case none, partRefused, partBroken, completionRefused, completionFailsLater, completionLost, overwritten
    }

    @Test("end with the whole object or none, and leave no parts behind", arguments: Fault.allCases)
    func faults(fault: Fault) async throws {
        let mark = Mark()
        let server = try ScriptedStore { request in
            let isComplete = request.method == "POST" && request.target.contains("uploadId=up")
            switch request.method {
            case "POST" where request.target.contains("uploads="):
                mark.set(request.headers["x-amz-meta-prunelle-upload"] ?? "")
                return .answer(
                    200, body: "<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>")
            case "PUT" where request.target.contains("partNumber=2"):
                if fault == .partRefused { return .error(403, "AccessDenied") }
                if fault == .partBroken { return .hangUp }
                return .answer(200, headers: ["ETag": "\"2\""])
            case "PUT": return .answer(200, headers: ["ETag": "\"x\""])
            case "POST" where isComplete:
                switch fault {
                case .completionRefused: return .error(400, "InvalidPart")
                case .completionFailsLater: return .error(200, "InternalError")
                case .completionLost, .overwritten: return mark.isFirst() ? .hangUp : .error(404, "NoSuchUpload")
                default: return .answer(200, body: "<CompleteMultipartUploadResult/>")
                }
            case "HEAD":
                return .answer(
                    200, headers: ["x-amz-meta-prunelle-upload": fault == .overwritten ? "other" : mark.text])
            default: return .answer(204)
            }
        }
        let store = try server.makeClient {
            Self.inParts(&$0)
            $0.attempts = 3
        }
        let key = try ObjectKey("large")
        let aborts = { server.requests.count { $0.method == "DELETE" && $0.target.contains("uploadId=up") } }
        if [.none, .completionLost].contains(fault) {
            try await store.put(file: file, handover: .moving, key: key)
            #expect(aborts() == 0 && !FileManager.default.fileExists(atPath: file.path))
            let parts = server.requests.filter { $0.target.contains("partNumber=") }
            let sizes = parts.map(\.body.count).sorted()
            let (most, rest) = (5 << 20, (200 << 16) - (10 << 20))
            #expect(sizes == [rest, most, most])
        } else {
            let error = await #expect(throws: StorageError.self) {
                try await store.put(file: file, handover: .moving, key: key)
            }
            if fault == .overwritten { #expect(kind(of: error) == "uncertain") }
            if fault == .partRefused { #expect(kind(of: error) == "denied") }
            #expect(aborts() == 1 && FileManager.default.fileExists(atPath: file.path))
        }
        await store.close()
        server.close()
    }

    @Test("that were begun long ago and never ended are removed, and no others")
    func abandoned() async throws {
        let now = S3Time.now
        let uploads = [
            ("pictures/old", "1", now.advanced(by: .seconds(-8 * 86_400)).iso8601),
            ("pictures/new", "2", now.advanced(by: .seconds(-6 * 86_400)).iso8601),
            ("pictures/not%20ours", "3", "2020-01-01T00:00:00.000Z"), ("other/old", "4", "2020-01-01T00:00:00.000Z"),
            ("pictures/gone", "5", "2020-01-01T00:00:00.000Z"), ("pictures/undated", "6", "long ago"),
        ].map { key, id, time in
            "<Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiated>\(time)</Initiated></Upload>"
        }
        let server = try ScriptedStore { request in
            guard request.method == "GET" else {
                return request.target.contains("uploadId=5") ? .error(404, "NoSuchUpload") : .answer(204)
            }
            return .answer(200, body: "<ListMultipartUploadsResult>\(uploads.joined())</ListMultipartUploadsResult>")
        }
        let store = try server.makeClient(prefix: "pictures")
        #expect(try await store.removeAbandonedUploads() == 1)
        let targets = server.requests.map { "\($0.method) \($0.target)" }
        #expect(
            targets == [
                "GET /bucket?encoding-type=url&max-uploads=1000&prefix=pictures%2F&uploads=",
                "DELETE /bucket/pictures/old?uploadId=1", "DELETE /bucket/pictures/gone?uploadId=5",
            ])
        await store.close()
        server.close()
    }

    @Test("that are cancelled leave no parts behind")
    func cancelling() async throws {
        let started = Mark()
        let server = try ScriptedStore { request in
            switch request.method {
            case "POST":
                return .answer(
                    200, body: "<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>")
            case "PUT":
                started.set("yes")
                usleep(100_000)
                return .answer(503)
            default: return .answer(204)
            }
        }
        let store = try server.makeClient {
            Self.inParts(&$0)
            $0.attempts = 1_000
        }
        let file = file
        let task = Task { try await store.put(file: file, handover: .moving, key: ObjectKey("large")) }
        try await eventually { started.text == "yes" }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        // A part that was on its way may be read after it.
        #expect(server.requests.contains { $0.method == "DELETE" && $0.target.contains("uploadId=up") })
        #expect(FileManager.default.fileExists(atPath: file.path))
        await store.close()
        server.close()
    }
}

/// A word that one request leaves for another.
private final class Mark: Sendable {
    private let state = Mutex<(text: String, wasAsked: Bool)>(("", false))

    var text: String { state.withLock { $0.text } }
    func set(_ text: String) { state.withLock { $0.text = text } }
    /// Whether nobody asked before.
    func isFirst() -> Bool {
        state.withLock { state in
            defer { state.wasAsked = true }
            return !state.wasAsked
        }
    }
}
