import Foundation
import Observability
import Storage
import TestSupport
import Testing

@Suite("presigned uploads without S3", .timeLimit(.minutes(10)))
struct UploadTests {
    @Test("the server takes and gives objects by URLs that are signed with its keys, and by no others")
    func uploads() async throws {
        let work = try Workplace()
        let server = try await work.serve("digits")
        let keys = try String(contentsOf: work.folder.file("data/upload-keys"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        let mode = try FileManager.default.attributesOfItem(atPath: work.folder.file("data/upload-keys").path)
        #expect((mode[.posixPermissions] as? Int) == 0o600)

        func store(secret: String) async throws -> S3ObjectStore {
            // The place as the test's client names it.
            let endpoint = S3Endpoint(isSecure: false, host: "127.0.0.1")
            let credentials = S3Credentials(accessKeyID: keys[0], secretAccessKey: Secret(secret))
            return S3ObjectStore(
                S3Configuration(
                    address: try S3Address(
                        bucket: "uploads", region: "us-east-1", endpoint: endpoint, credentials: credentials)))
        }
        let key = try ObjectKey("incoming/picture.jpg")
        let right = try await store(secret: keys[1])
        let wrong = try await store(secret: "not the secret of this server")
        let content = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })

        func path(_ url: String) throws -> String {
            try #require(url.firstRange(of: "/uploads/").map { String(url[$0.lowerBound...]) })
        }
        let forged = try path(
            wrong.presignedUploads.presignedPut(key, contentType: nil, expires: .seconds(60)))
        #expect(try await server.client.send(HTTPCall("PUT", forged, body: content)).status == 403)
        let put = try path(right.presignedUploads.presignedPut(key, contentType: nil, expires: .seconds(60)))
        #expect(try await server.client.send(HTTPCall("PUT", put, body: content)).status == 200)
        let get = try path(right.presignedUploads.presignedGet(key, expires: .seconds(60)))
        let answer = try await server.client.get(get)
        #expect(answer.status == 200)
        #expect(ContentHash(of: answer.body) == ContentHash(of: content))
        #expect(try await server.client.get("/uploads/incoming/picture.jpg").status == 403)
        let file = try Data(contentsOf: work.folder.file("data/objects/incoming/picture.jpg"))
        #expect(ContentHash(of: Array(file)) == ContentHash(of: content))
        #expect(try await server.stop() == 0)
        await right.close()
        await wrong.close()
    }
}
