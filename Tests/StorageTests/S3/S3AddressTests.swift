import Foundation
import Observability
import Testing

@testable import Storage

@Suite("S3 addresses")
struct S3AddressTests {
    @Test("are read from URLs")
    func reading() throws {
        let local = try S3Address(url: "s3://key:a%2Fb+c@localhost:9000/bucket/some/folder/?region=eu-west-3")
        #expect(local.bucket == "bucket" && local.prefix == "some/folder/" && local.region == "eu-west-3")
        #expect(local.endpoint?.description == "http://localhost:9000" && local.style == .path)
        #expect(local.credentials.accessKeyID == "key" && local.credentials.secretAccessKey.reveal() == "a/b+c")
        let remote = try S3Address(url: "s3://k:s/e/c@store.example.org/bucket?style=virtual")
        #expect(remote.endpoint?.description == "https://store.example.org" && remote.style == .virtual)
        #expect(remote.service.description == "https://bucket.store.example.org" && remote.path("a/b") == "/a/b")
        #expect(remote.credentials.secretAccessKey.reveal() == "s/e/c")
        let plain = try S3Address(url: "s3://k:s@10.0.0.1:80/bucket?tls=false")
        #expect(plain.endpoint?.description == "http://10.0.0.1" && plain.path("a") == "/bucket/a")
        let amazon = try S3Address(
            url: "s3:///pictures", region: "eu-west-3",
            credentials: S3Credentials(accessKeyID: "k", secretAccessKey: Secret("s")))
        #expect(amazon.service.description == "https://pictures.s3.eu-west-3.amazonaws.com" && amazon.path("") == "/")
        let dotted = try S3Address(url: "s3://k:s@/pictures.of.me")
        #expect(dotted.service.description == "https://s3.us-east-1.amazonaws.com" && dotted.style == .path)
        #expect(try S3Address(url: "s3://k:s@[::1]:9000/bucket").endpoint?.authority == "[::1]:9000")
    }

    @Test(
        "that cannot be used are refused with the part that is wrong, never the secret",
        arguments: [
            ("localhost/bucket", "must be a URL"), ("http://k:secret@h/bucket", "must be a URL"),
            ("s3://h/bucket", "no keys"), ("s3://k:secret@h", "no bucket"), ("s3://k:secret@h/", "no bucket"),
            ("s3://k:secret@h:x/bucket", "port 'x'"), ("s3://k:secret@h:70000/bucket", "port '70000'"),
            ("s3://k:secret@h/bu", "'bu'"), ("s3://k:secret@h/b%20cket", "'b cket'"), ("s3://k@h/bucket", "KEY:SECRET"),
            ("s3://k:secret%zz@h/bucket", "percent"), ("s3://k:secret@h/bucket?style=odd", "style=odd"),
            ("s3://k:secret@h/bucket?tls=maybe", "tls=maybe"), ("s3://k:secret@h/bucket?zone=1", "'zone'"),
            ("s3://k:secret@h/bucket?tls", "'tls'"), ("s3://k:secret@h/bucket?region=", "region"),
            ("s3://k:secret@h/bucket/../x", "prefix"), ("s3://:secret@h/bucket", "access key"),
            ("s3://k:@h/bucket", "secret"), ("s3://k:a?secret=b@h/bucket", "%3F"),
        ])
    func refusals(url: String, reason: String) {
        let problem = #expect(throws: S3Address.Problem.self) { try S3Address(url: url) }
        #expect(problem?.description.contains(reason) == true, "\(problem?.description ?? "")")
        #expect(problem?.description.contains("secret%zz") == false)
        #expect(
            reason == "secret" || problem?.description.replacing("its secret", with: "").contains("secret") == false)
    }

    @Test("do not show their keys")
    func hiding() throws {
        let address = try S3Address(url: "s3://key:hidden@localhost:9000/bucket")
        #expect("\(address)" == "the bucket 'bucket' at http://localhost:9000")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("hidden"))
    }

    @Test(
        "of endpoints are read",
        arguments: [
            ("http://localhost:9000", "http://localhost:9000"), ("https://Example.org/", "https://example.org"),
            ("https://example.org:443/s3/", "https://example.org/s3"), ("http://[::1]:80", "http://[::1]"),
        ])
    func endpoints(url: String, text: String) throws { #expect(try S3Endpoint(url).description == text) }

    @Test(
        "of endpoints that cannot be used are refused",
        arguments: [
            "localhost:9000", "ftp://h", "http://", "http://h:0", "http://k:s@h", "http://h/?a=b", "http://h/%zz",
            "http://a b",
        ])
    func refusedEndpoints(url: String) { #expect(throws: S3Address.Problem.self) { try S3Endpoint(url) } }
}

@Suite("XML answers")
struct XMLElementTests {
    @Test("are read")
    func reading() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- remark --><s:List xmlns:s="urn:x" empty=''>
              <Name>a &amp; b &lt;c&gt; &quot;d&apos; &#233;&#x1F34C;</Name><Empty/><Item >1</Item><Item>2<!-- x --></Item>
            </s:List>

            """
        let element = try XMLElement(parsing: Array(text.utf8))
        #expect(element.name == "List" && element["Name"] == "a & b <c> \"d' é🍌" && element["Empty"] == "")
        #expect(element.all("Item").map(\.text) == ["1", "2"] && element["Absent"] == nil)
    }

    @Test(
        "that are broken are refused",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a></a><b></b>", "<a></a>x", "<a b=c></a>", "<a b='<'></a>", "<a b='></a>",
            "<a>&</a>",
            "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#99999999999;</a>", "<!DOCTYPE a><a></a>",
            "<a><!-- </a>", "<",
            "<a", "</a>", "<a/", "<>", "<a><![CDATA[x]]></a>",
        ])
    func broken(text: String) {
        #expect(throws: XMLElement.Problem.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test("that are too deep, too long or no text are refused")
    func limits() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        _ = try XMLElement(parsing: nested(16))
        #expect(throws: XMLElement.Problem.self) { try XMLElement(parsing: nested(17)) }
        #expect(throws: XMLElement.Problem.self) { try XMLElement(parsing: nested(1_000_000)) }
        #expect(throws: XMLElement.Problem.self) {
            try XMLElement(parsing: [UInt8](repeating: 0x20, count: (8 << 20) + 1))
        }
        #expect(throws: XMLElement.Problem.self) {
            try XMLElement(parsing: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8))
        }
    }
}
