import Foundation
import Storage
import TestSupport
import Testing

@Suite("A presigned PUT", .timeLimit(.minutes(10)))
struct PresignedPutTests {
    private let key = try? ObjectKey("incoming/20260101_000000_ab.jpg")

    private func url(_ site: Site, type: String? = nil, seconds: Int = 60) throws -> String {
        try site.uploads.presignedPut(#require(key), contentType: type, expires: .seconds(seconds))
    }

    @Test("stores what is sent, in memory or by way of the disk", arguments: [0, 1, 65_536, 65_537, 2 << 20])
    func storing(size: Int) async throws {
        try await Site.with { site in
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
            let answer = try await site.send("PUT", url(site), body: bytes)
            #expect(answer.status == 200 && answer.body.isEmpty, "\(answer.text)")
            #expect(answer["ETag"]?.hasPrefix("\"") == true)
            #expect(try await site.objects.get(#require(key)) == bytes)
            let get = try site.uploads.presignedGet(#require(key), expires: .seconds(60))
            let back = try await site.send("GET", get)
            #expect(back.status == 200 && back.body == bytes)
            // Nothing is left behind; the handler's task may still hold the file when its answer has come.
            let uploads = site.folder.file("uploads").path
            try await eventually { try FileManager.default.contentsOfDirectory(atPath: uploads).isEmpty }
        }
    }

    @Test("has exactly the parameters that clients know")
    func shape() async throws {
        try await Site.with { site in
            let parts = try #require(URLComponents(string: url(site, type: "image/jpeg", seconds: 3600)))
            #expect(parts.path == "/pictures/incoming/20260101_000000_ab.jpg")
            let items = Dictionary(uniqueKeysWithValues: (parts.queryItems ?? []).map { ($0.name, $0.value ?? "") })
            #expect(
                Set(items.keys) == [
                    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
                    "X-Amz-Signature",
                ])
            #expect(items["X-Amz-SignedHeaders"] == "content-type;host" && items["X-Amz-Expires"] == "3600")
            #expect(items["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256")
            #expect(try url(site).contains("X-Amz-SignedHeaders=host&"))
        }
    }

    @Test("is refused with another content type, key, method, secret or parameter than was signed")
    func forgeries() async throws {
        try await Site.with { site in
            let good = try url(site, type: "image/jpeg")
            let jpeg = [("Content-Type", "image/jpeg")]
            let forged: [(String, String, [(String, String)])] = [
                ("PUT", good, [("Content-Type", "image/png")]), ("PUT", good, []),
                ("PUT", good.replacing("_ab.jpg", with: "_ac.jpg"), jpeg), ("GET", good, jpeg),
                ("PUT", good.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=600"), jpeg),
                ("PUT", good + "0", jpeg), ("PUT", good + "&x=1", jpeg),
            ]
            for (method, url, headers) in forged {
                let answer = try await site.send(method, url, headers: headers, body: method == "PUT" ? [1] : nil)
                #expect(answer.status == 403, "\(method) \(url)")
                #expect(answer.text.contains("<Code>SignatureDoesNotMatch</Code>"), "\(answer.text)")
                #expect(!answer.text.contains("localsecret"))
            }
            #expect(try await site.objects.list(prefix: "") == [])
            #expect(try await site.send("PUT", good, headers: jpeg, body: [1]).status == 200)
        }
    }

    @Test("is refused with what S3 says for broken, unknown, unsigned and late ones")
    func refusals() async throws {
        try await Site.with { site in
            let good = try url(site)
            let cases: [(String, [(String, String)], Int, String)] = [
                (good.split(separator: "?").first.map(String.init) ?? "", [], 403, "AccessDenied"),
                (
                    good.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=604801"), [], 400,
                    "AuthorizationQueryParametersError"
                ),
                (
                    good.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=-1"), [], 400,
                    "AuthorizationQueryParametersError"
                ),
                (good.replacing("AWS4-HMAC-SHA256", with: "AWS4"), [], 400, "AuthorizationQueryParametersError"),
                (good.replacing("localkey", with: "nobody"), [], 403, "InvalidAccessKeyId"),
                (good.replacing("us-east-1", with: "mars"), [], 400, "AuthorizationQueryParametersError"),
                (good.replacing("X-Amz-Date=2", with: "X-Amz-Date=x"), [], 400, "AuthorizationQueryParametersError"),
                (good, [("x-amz-acl", "public-read")], 403, "AccessDenied"),
            ]
            for (url, headers, status, code) in cases {
                let answer = try await site.send("PUT", url, headers: headers, body: [1])
                #expect(
                    answer.status == status && answer.text.contains("<Code>\(code)</Code>"), "\(url): \(answer.text)")
                #expect(answer["Content-Type"] == "application/xml")
            }
            site.wait(seconds: 58)
            #expect(try await site.send("PUT", good, body: [1]).status == 200)
            site.wait(seconds: 62)
            let late = try await site.send("PUT", good, body: [1])
            #expect(late.status == 403 && late.text.contains("Request has expired"))
            site.wait(seconds: -901)
            #expect(try await site.send("PUT", good, body: [1]).text.contains("Request is not valid yet"))
        }
    }

    @Test("is held to the largest size and to a signed hash")
    func limits() async throws {
        try await Site.with(maximumBytes: 1_000) { site in
            #expect(try await site.send("PUT", url(site), body: [UInt8](repeating: 1, count: 1_000)).status == 200)
            let large = try await site.send("PUT", url(site), body: [UInt8](repeating: 1, count: 1_001))
            #expect(large.status == 400 && large.text.contains("<Code>EntityTooLarge</Code>"), "\(large.text)")
        }
    }

    @Test("tells of keys that cannot be, and of objects that are not there")
    func keys() async throws {
        try await Site.with { site in
            try await site.objects.put([1], key: ObjectKey("incoming"))
            let inside = try await site.send("PUT", url(site), body: [1])
            #expect(inside.status == 409, "\(inside.text)")
            let absent = try site.uploads.presignedGet(#require(key), expires: .seconds(60))
            let answer = try await site.send("GET", absent)
            #expect(answer.status == 404 && answer.text.contains("<Code>NoSuchKey</Code>"))
        }
    }

    @Test("cannot be signed for no time or too long", arguments: [0, -1, 604_801])
    func validity(seconds: Int) async throws {
        try await Site.with { site in
            #expect(throws: StorageError.self) { try url(site, seconds: seconds) }
        }
    }
}
