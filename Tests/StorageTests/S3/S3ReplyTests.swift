import Foundation
import Observability
import Storage
import Testing

/// What becomes of answers that a store gives rarely, or should never give.
@Suite("S3's answers", .timeLimit(.minutes(10)))
struct S3ReplyTests {
    private static let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"

    /// Runs a body with a store that answers as told.
    private func with(
        _ reply: @escaping @Sendable (ScriptedStore.Request) -> ScriptedStore.Reply,
        adjust: (inout S3Configuration) -> Void = { _ in },
        _ body: (S3ObjectStore, ScriptedStore) async throws -> Void
    ) async throws {
        let server = try ScriptedStore(reply)
        let store = try server.makeClient(adjust)
        try await body(store, server)
        await store.close()
        server.close()
    }

    @Test("a request is repeated as it was after answers that may pass", arguments: [500, 502, 503, 504, 429])
    func repeating(status: Int) async throws {
        try await with {
            $0.number < 2 ? .answer(status) : .answer(200)
        } _: { store, server in
            try await store.put([1, 2, 3], key: ObjectKey("a"))
            #expect(server.requests.map(\.body) == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
            #expect(server.requests.allSatisfy { $0.target == "/bucket/a" && $0.headers["authorization"] != nil })
        }
    }

    @Test(
        "a refusal has its error, after as many attempts as are worth it",
        arguments: [
            (403, "AccessDenied", "denied", 1), (403, "SignatureDoesNotMatch", "denied", 1), (401, "", "denied", 1),
            (403, "QuotaExceeded", "full", 1), (507, "", "full", 1), (400, "EntityTooLarge", "tooLarge", 1),
            (404, "NoSuchBucket", "unavailable", 1), (503, "SlowDown", "busy", 6), (503, "", "unavailable", 6),
            (500, "InternalError", "uncertain", 6), (301, "PermanentRedirect", "unavailable", 1),
            (418, "", "unavailable", 1),
        ])
    func refusals(status: Int, code: String, expected: String, attempts: Int) async throws {
        try await with { _ in
            code.isEmpty ? .answer(status) : .error(status, code)
        } _: { store, server in
            let error = await #expect(throws: StorageError.self) { try await store.put([1], key: ObjectKey("a")) }
            #expect(kind(of: error) == expected)
            #expect(error?.detail.contains("\(status)") == true && error?.detail.contains("hidden") == false)
            #expect(server.requests.count == attempts)
        }
    }

    @Test("a bucket in another region is told with its region")
    func region() async throws {
        try await with { _ in
            .answer(301, headers: ["x-amz-bucket-region": "eu-north-1"])
        } _: { store, _ in
            let error = await #expect(throws: StorageError.self) { try await store.check() }
            #expect(error?.detail.contains("eu-north-1") == true)
        }
    }

    @Test("a change whose answer does not come may have been done, a question may not")
    func hangingUp() async throws {
        try await with { _ in
            .hangUp
        } _: { store, _ in
            let key = try ObjectKey("a")
            await #expect { try await store.put([1], key: key) } throws: { kind(of: $0) == "uncertain" }
            await #expect { try await store.delete(key) } throws: { kind(of: $0) == "uncertain" }
            await #expect { try await store.copy(key, to: ObjectKey("b")) } throws: { kind(of: $0) == "uncertain" }
            await #expect { try await store.get(key) } throws: { kind(of: $0) == "unavailable" }
            await #expect { try await store.list(prefix: "") } throws: { kind(of: $0) == "unavailable" }
        }
    }

    @Test("a store that nobody runs has changed nothing")
    func nobody() async throws {
        let server = try ScriptedStore { _ in .hangUp }
        let store = try server.makeClient()
        server.close()
        await #expect { try await store.put([1], key: ObjectKey("a")) } throws: { kind(of: $0) == "unavailable" }
        await store.close()
    }

    @Test(
        "an answer that is none fails and is not believed",
        arguments: [
            "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "HTTP/1.1\r\n\r\n", "\u{0}\u{1}",
            "HTTP/1.1 200",
        ])
    func garbage(bytes: String) async throws {
        try await with { _ in
            .bytes(bytes)
        } _: { store, _ in
            let key = try ObjectKey("a")
            await #expect(throws: StorageError.self) { try await store.get(key) }
            await #expect(throws: StorageError.self) { try await store.list(prefix: "") }
            let folder = try TemporaryFolder()
            await #expect(throws: StorageError.self) { try await store.download(key, to: folder.file("copy")) }
            #expect((try? Data(contentsOf: folder.file("copy"))) ?? Data() == Data())
        }
    }

    @Test("an object that breaks off is asked for again, and the file holds it once")
    func brokenOff() async throws {
        try await with {
            $0.number == 0 ? .bytes("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc") : .answer(200, body: "abcdef")
        } _: { store, server in
            let folder = try TemporaryFolder()
            try await store.download(ObjectKey("a"), to: folder.file("copy"))
            #expect(try String(contentsOf: folder.file("copy"), encoding: .utf8) == "abcdef")
            #expect(server.requests.count == 2)
        }
    }

    @Test(
        "a listing that is none fails",
        arguments: [
            "", "text", "<Other/>", "<ListBucketResult>", "<ListBucketResult><Contents/></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
        ])
    func listings(body: String) async throws {
        try await with { _ in
            .answer(200, body: body)
        } _: { store, _ in
            let error = await #expect(throws: StorageError.self) { try await store.list(prefix: "") }
            #expect(kind(of: error) == "unavailable" && error?.detail.contains("listing") == true)
        }
    }

    @Test("a body without an end is cut off at the limit")
    func endless() async throws {
        try await with { _ in
            .bytes("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + String(repeating: "x", count: 12 << 20))
        } _: { store, server in
            await #expect { try await store.list(prefix: "") } throws: { kind(of: $0) == "tooLarge" }
            await #expect { try await store.get(ObjectKey("a"), limit: 1_000) } throws: { kind(of: $0) == "tooLarge" }
            #expect(server.requests.count == 2)
        }
    }

    @Test("a copy that fails after it was promised has failed")
    func copying() async throws {
        try await with { _ in
            .error(200, "InternalError")
        } _: { store, _ in
            await #expect(throws: StorageError.self) { try await store.copy(ObjectKey("a"), to: ObjectKey("b")) }
        }
    }

    @Test("temporary keys send their token, signed")
    func token() async throws {
        let server = try ScriptedStore { _ in .answer(200, body: Self.empty) }
        let credentials = S3Credentials(
            accessKeyID: "key", secretAccessKey: Secret("hidden"), sessionToken: Secret("token/1"))
        let address = try S3Address(
            bucket: "bucket", region: "eu-west-3",
            endpoint: S3Endpoint(isSecure: false, host: "127.0.0.1", port: server.port), credentials: credentials)
        let store = S3ObjectStore(S3Configuration(address: address))
        try await store.check()
        let request = try #require(server.requests.first)
        #expect(request.headers["x-amz-security-token"] == "token/1")
        #expect(request.headers["authorization"]?.contains("x-amz-security-token") == true)
        #expect(request.headers["authorization"]?.contains("/eu-west-3/s3/aws4_request") == true)
        let url = try store.presignedUploads.presignedGet(ObjectKey("a"), expires: .seconds(5))
        #expect(url.contains("X-Amz-Security-Token=token%2F1"))
        await store.close()
        server.close()
    }
}
