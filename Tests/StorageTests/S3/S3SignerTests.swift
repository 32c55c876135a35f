import Foundation
import Observability
import Testing

@testable import Storage

/// The examples that Amazon publishes with the description of Signature Version 4 for S3.
@Suite("S3 signatures")
struct S3SignerTests {
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private let signer = S3Signer(
        S3Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")), region: "us-east-1")
    private let time = S3Time(seconds: 1_369_353_600)

    private func request(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], payload: String = emptyHash
    ) -> S3Signer.Request {
        let common = [
            ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", payload), ("x-amz-date", time.stamp),
        ]
        return S3Signer.Request(method, path: path, query: query, headers: headers + common, payload: payload)
    }

    @Test("of the example that gets a part of an object")
    func getObject() {
        let request = request("GET", "/test.txt", headers: [("Range", "bytes=0-9")])
        #expect(
            signer.authorization(of: request, at: time)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test("of the example that puts an object whose name must be encoded")
    func putObject() {
        let request = request(
            "PUT", "/test$file.text",
            headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payload: ContentHash(of: "Welcome to Amazon S3.".utf8).description)
        #expect(
            signer.signature(of: request, at: time)
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test("of the examples with queries, without a value and with two")
    func queries() {
        let lifecycle = request("GET", "/", query: [("lifecycle", "")])
        #expect(
            signer.signature(of: lifecycle, at: time)
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        let list = request("GET", "/", query: [("prefix", "J"), ("max-keys", "2")])
        #expect(
            signer.signature(of: list, at: time)
                == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("of the example of a presigned URL")
    func presigned() {
        let request = S3Signer.Request(
            "GET", path: "/test.txt",
            query: [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", signer.credential(time)),
                ("X-Amz-Date", time.stamp), ("X-Amz-Expires", "86400"), ("X-Amz-SignedHeaders", "host"),
            ], headers: [("host", "examplebucket.s3.amazonaws.com")], payload: S3Signer.unsignedPayload)
        #expect(
            signer.signature(of: request, at: time)
                == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test("of the example of an upload form's policy")
    func policy() {
        let lines = [
            #"{ "expiration": "2015-12-30T12:00:00.000Z","#, #"  "conditions": ["#,
            #"    {"bucket": "sigv4examplebucket"},"#, #"    ["starts-with", "$key", "user/user1/"],"#,
            #"    {"acl": "public-read"},"#,
            #"    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},"#,
            #"    ["starts-with", "$Content-Type", "image/"],"#, #"    {"x-amz-meta-uuid": "14365123651274"},"#,
            #"    {"x-amz-server-side-encryption": "AES256"},"#, #"    ["starts-with", "$x-amz-meta-tag", ""],"#, "",
            #"    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},"#,
            #"    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},"#, #"    {"x-amz-date": "20151229T000000Z" }"#, "  ]", "}",
        ]
        let policy = Data(lines.joined(separator: "\r\n").utf8).base64EncodedString()
        #expect(
            policy.hasPrefix("eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsN"))
        #expect(
            signer.signature(ofText: policy, at: S3Time("20151229T000000Z")!)
                == "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e")
    }

    @Test("compare equal only when they are")
    func comparing() {
        #expect(S3Signer.areEqual("abc", "abc"))
        #expect(!S3Signer.areEqual("abc", "abd") && !S3Signer.areEqual("abc", "ab") && !S3Signer.areEqual("", "a"))
    }

    @Test("change with the day, since each has a key of its own")
    func days() {
        let request = request("GET", "/a")
        let next = S3Time(seconds: time.seconds + 86_400)
        let first = signer.signature(of: request, at: time)
        #expect(signer.signature(of: request, at: next) != first)
        #expect(signer.signature(of: request, at: time) == first)
    }
}

@Suite("Times of signatures")
struct S3TimeTests {
    @Test("are written and read", arguments: [0, 1_369_353_600, 1_456_704_000, 4_102_444_799])
    func roundTrip(seconds: Int) throws {
        let time = S3Time(seconds: seconds)
        #expect(S3Time(time.stamp) == time)
        #expect(S3Time(iso8601: time.iso8601) == time)
        #expect(S3Time(iso8601: time.iso8601.replacing("Z", with: ".125Z")) == time)
    }

    @Test(
        "that are none are refused",
        arguments: [
            "", "20130524T000000", "20130524 000000Z", "20130231T000000Z", "20131301T000000Z", "2013052aT000000Z",
            "20130524T250000Z", "+0130524T000000Z",
        ])
    func refusals(text: String) { #expect(S3Time(text) == nil) }

    @Test(
        "of policies that are none are refused",
        arguments: [
            "", "2015-12-30", "2015-12-30T12:00:00", "2015-12-30T12:00:00+01:00", "2015-12-30T12:00:00.x00Z",
            "20151230T120000Z",
        ])
    func refusedPolicies(text: String) { #expect(S3Time(iso8601: text) == nil) }
}
