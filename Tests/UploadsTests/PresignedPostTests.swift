import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("A presigned POST", .timeLimit(.minutes(10)))
struct PresignedPostTests {
    private func post(
        _ site: Site, type: String? = "image/jpeg", size: ClosedRange<Int>? = nil, seconds: Int = 60
    ) throws -> PresignedPost {
        try site.uploads.presignedPost(
            ObjectKey("incoming/a.jpg"), contentType: type, size: size, expires: .seconds(seconds))
    }

    private func fields(_ post: PresignedPost) -> [(String, String)] { post.fields.map { ($0.name, $0.value) } }

    @Test("stores the file, in memory or by way of the disk, and answers 204", arguments: [0, 1, 65_537, 2 << 20])
    func storing(size: Int) async throws {
        try await Site.with { site in
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
            let answer = try await site.send(form: fields(post(site)), file: bytes)
            #expect(answer.status == 204, "\(answer.text)")
            #expect(try await site.objects.get(ObjectKey("incoming/a.jpg")) == bytes)
            // Nothing is left behind; the handler's task may still hold the file when its answer has come.
            let uploads = site.folder.file("uploads").path
            try await eventually { try FileManager.default.contentsOfDirectory(atPath: uploads).isEmpty }
        }
    }

    @Test("has exactly the fields and conditions that clients know, in their order")
    func shape() async throws {
        try await Site.with { site in
            let post = try post(site)
            #expect(post.url == "http://127.0.0.1/pictures")
            #expect(
                post.fields.map(\.name) == [
                    "Content-Type", "key", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "policy",
                    "x-amz-signature",
                ])
            let policy = try JSONValue(parsing: Array(#require(Data(base64Encoded: post["policy"] ?? ""))))
            let conditions = try #require(policy["conditions"]?.arrayValue)
            #expect(conditions.first?.text() == #"["starts-with","$Content-Type","image"]"#)
            #expect(conditions[1].text() == #"{"bucket":"pictures"}"#)
            #expect(conditions[2].text() == #"{"key":"incoming/a.jpg"}"#)
            #expect(conditions.count == 6)
            #expect(try self.post(site, type: nil).fields.first?.name == "key")
        }
    }

    @Test("answers as the form asks")
    func answers() async throws {
        try await Site.with { site in
            // What a form asks for must be in its policy, which an owner of the keys writes.
            func ask(_ name: String, _ value: String) async throws -> HTTPAnswer {
                try await site.send(form: Self.sign([(name, value)], site: site), file: [1])
            }
            let created = try await ask("success_action_status", "201")
            #expect(created.status == 201)
            #expect(
                created.text.contains("<PostResponse><Location>http://127.0.0.1/pictures/incoming/a.jpg</Location>"))
            #expect(created.text.contains("<Bucket>pictures</Bucket><Key>incoming/a.jpg</Key>"))
            #expect(try await ask("success_action_status", "200").status == 200)
            #expect(try await ask("success_action_status", "999").status == 204)
            let redirect = try await ask("success_action_redirect", "https://example.org/done?a=1")
            #expect(redirect.status == 303)
            #expect(
                redirect["Location"]?.hasPrefix(
                    "https://example.org/done?a=1&bucket=pictures&key=incoming%2Fa.jpg&etag=")
                    == true)
        }
    }

    @Test("is refused when a field, the policy or the signature is another than was signed")
    func forgeries() async throws {
        try await Site.with { site in
            let good = try fields(post(site, size: 1...10))
            func changed(_ name: String, _ value: String?) -> [(String, String)] {
                good.compactMap { field in
                    guard field.0 == name else { return field }
                    return value.map { (name, $0) }
                }
            }
            let other = try post(site, size: 1...1_000)["policy"] ?? ""
            let cases: [([(String, String)], Int, String, String)] = [
                (changed("key", "incoming/b.jpg"), 403, "AccessDenied", "$key"),
                (changed("Content-Type", "text/html"), 403, "AccessDenied", "$content-type"),
                (changed("x-amz-signature", String(repeating: "0", count: 64)), 403, "SignatureDoesNotMatch", ""),
                (changed("policy", other), 403, "SignatureDoesNotMatch", ""),
                (changed("policy", nil), 403, "AccessDenied", ""), (changed("key", nil), 400, "InvalidArgument", "key"),
                (changed("x-amz-date", "20200101T000000Z"), 400, "AuthorizationQueryParametersError", ""),
                (changed("x-amz-algorithm", "AWS2"), 400, "InvalidArgument", ""),
                (changed("x-amz-credential", "nobody/x"), 403, "InvalidAccessKeyId", ""),
                (good + [("acl", "public-read")], 403, "AccessDenied", "Extra input fields: acl"),
            ]
            for (form, status, code, words) in cases {
                let answer = try await site.send(form: form, file: [1])
                #expect(
                    answer.status == status && answer.text.contains("<Code>\(code)</Code>"), "\(code): \(answer.text)")
                #expect(words.isEmpty || answer.text.contains(words), "\(answer.text)")
                #expect(!answer.text.contains("localsecret"))
            }
            #expect(try await site.send(form: good, file: nil).text.contains("exactly one file"))
            #expect(try await site.objects.list(prefix: "") == [])
            #expect(try await site.send(form: changed("Content-Type", "image/png"), file: [1]).status == 204)
            #expect(try await site.send(form: good + [("x-ignore-me", "1")], file: [1]).status == 204)
        }
    }

    @Test(
        "is held to its range of sizes, at both ends",
        arguments: [(4, "EntityTooSmall"), (5, ""), (10, ""), (11, "EntityTooLarge")])
    func sizes(size: Int, code: String) async throws {
        try await Site.with { site in
            let answer = try await site.send(
                form: fields(post(site, size: 5...10)), file: [UInt8](repeating: 1, count: size))
            #expect(answer.status == (code.isEmpty ? 204 : 400))
            #expect(code.isEmpty || answer.text.contains("<Code>\(code)</Code>"), "\(answer.text)")
        }
    }

    @Test("is held to the server's own limit, and ends with its policy")
    func limits() async throws {
        try await Site.with(maximumBytes: 100_000) { site in
            let good = try fields(post(site))
            let large = try await site.send(form: good, file: [UInt8](repeating: 1, count: 100_001))
            #expect(large.status == 400 && large.text.contains("<Code>EntityTooLarge</Code>"))
            let huge = try await site.send(form: good, file: [UInt8](repeating: 1, count: 400_000))
            #expect(huge.status == 400 && huge.text.contains("<Code>EntityTooLarge</Code>"))
            #expect(try await site.send(form: good, file: [UInt8](repeating: 1, count: 100_000)).status == 204)
            site.wait(seconds: 62)
            let late = try await site.send(form: good, file: [1])
            #expect(late.status == 403 && late.text.contains("Policy expired"))
        }
    }

    @Test(
        "with a policy that is none is refused, though it is signed",
        arguments: [
            "", "{", "[]", #"{"expiration":"2999-01-01T00:00:00Z"}"#, #"{"conditions":[]}"#,
            #"{"expiration":"soon","conditions":[]}"#, #"{"expiration":"2999-01-01T00:00:00Z","conditions":[1]}"#,
            #"{"expiration":"2999-01-01T00:00:00Z","conditions":[["eq","key","a"]]}"#,
            #"{"expiration":"2999-01-01T00:00:00Z","conditions":[["near","$key","a"]]}"#,
            #"{"expiration":"2999-01-01T00:00:00Z","conditions":[["content-length-range",5,1]]}"#,
            #"{"expiration":"2999-01-01T00:00:00Z","conditions":[{"key":1}]}"#,
        ])
    func brokenPolicies(text: String) async throws {
        try await Site.with { site in
            let answer = try await site.send(form: Self.sign([], site: site, policy: text), file: [1])
            #expect(
                answer.status == 400 && answer.text.contains("<Code>InvalidPolicyDocument</Code>"), "\(answer.text)")
        }
    }

    @Test("puts the name of the file into a key that asks for it")
    func fileName() async throws {
        try await Site.with { site in
            let free = ["key", "x-amz-credential", "x-amz-date", "x-amz-algorithm"].map {
                #"["starts-with","$\#($0)",""]"#
            }
            let policy =
                #"{"expiration":"2999-01-01T00:00:00Z","conditions":[\#(free.joined(separator: ","))]}"#
            let fields = Self.sign([("key", "in/${filename}")], site: site, policy: policy)
            let answer = try await site.send(form: fields, file: [5], name: "../x/cat.png")
            #expect(answer.status == 204, "\(answer.text)")
            #expect(try await site.objects.get(ObjectKey("in/cat.png")) == [5])
        }
    }

    /// A form signed by hand.
    private static func sign(
        _ extra: [(String, String)], site: Site, policy text: String? = nil
    ) -> [(String, String)] {
        let signer = S3Signer(Site.credentials, region: "us-east-1")
        let time = S3Time.now
        var fields = [
            ("x-amz-algorithm", S3Signer.algorithm), ("x-amz-credential", signer.credential(time)),
            ("x-amz-date", time.stamp),
        ]
        if !extra.contains(where: { $0.0 == "key" }) { fields.append(("key", "incoming/a.jpg")) }
        fields += extra
        let conditions = (fields + [("bucket", "pictures")]).map { #"{"\#($0.0)":"\#($0.1)"}"# }.joined(separator: ",")
        let policy = text ?? #"{"expiration":"2999-01-01T00:00:00.000Z","conditions":[\#(conditions)]}"#
        let coded = Data(policy.utf8).base64EncodedString()
        return fields + [("policy", coded), ("x-amz-signature", signer.signature(ofText: coded, at: time))]
    }
}
