import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("S3_BUCKET", .timeLimit(.minutes(10)))
struct ObjectsTests {
    private func settings(_ configuration: S3Configuration) -> [String: String] {
        [
            "S3_BUCKET": configuration.address.bucket, "AWS_REGION": configuration.address.region,
            "S3_ENDPOINT_URL": configuration.address.endpoint.map { "\($0)" } ?? "",
            "PRUNELLE_S3_PREFIX": configuration.address.prefix,
            "AWS_ACCESS_KEY_ID": S3Server.credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": S3Server.secret,
        ]
    }

    @Test(
        "models in a bucket answer on a server whose own folder has only the database",
        .enabled(if: S3Server.isPossible, "\(S3Server.reason)"))
    func models() async throws {
        let work = try Workplace()
        let configuration = try await S3Server.sharedConfiguration(prefix: work.folder.url.lastPathComponent)
        let settings = settings(configuration)
        let outcome = try await work.run("models", "import", Workplace.strokes, "--default", settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("data/objects").path))
        let store = S3ObjectStore(configuration)
        let names = try await store.list(prefix: "").map(\.key.text)
        #expect(Set(names.map { $0.prefix { $0 != "/" } }) == ["graphs", "inspections", "models"])
        try FileManager.default.removeItem(at: work.folder.file("data/cache"))
        for _ in 0..<2 {
            let server = try await work.serve(settings: settings)
            #expect(try await server.client.send(.predictUpright).json["digit"] == 1)
            #expect(try await server.stop() == 0)
        }
        // Without the graph it is made anew from the given file, which is fetched for that.
        for name in names where name.hasPrefix("inspections") { try await store.delete(ObjectKey(name)) }
        let server = try await work.serve(settings: settings)
        #expect(try await server.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await server.stop() == 0)
        await store.close()
    }

    @Test(
        "an import that is killed leaves whole objects only, and the next one succeeds",
        .enabled(if: S3Server.isPossible, "\(S3Server.reason)"))
    func killedImport() async throws {
        for round in 0..<CrashRounds.number(otherwise: 3) {
            let work = try Workplace()
            let configuration = try await S3Server.sharedConfiguration(prefix: work.folder.url.lastPathComponent)
            let settings = settings(configuration)
            let status = try await work.run(
                "models", "import", Workplace.strokes, "--default", killedAfter: .random(in: 100...1_500),
                settings: settings)
            #expect([0, -9].contains(status), "round \(round)")
            let store = S3ObjectStore(configuration)
            for object in try await store.list(prefix: "models/") {
                let hash = try await ContentHash(of: store.get(object.key))
                #expect(object.key.text.contains(hash.description), "round \(round)")
            }
            await store.close()
            if status != 0 {
                let again = try await work.run(
                    "models", "import", Workplace.strokes, "--default", settings: settings)
                try #require(again.status == 0, "\(again.errors)")
            }
            let server = try await work.serve(settings: settings)
            #expect(try await server.client.send(.predictUpright).json["digit"] == 1, "round \(round)")
            #expect(try await server.stop() == 0)
        }
    }

    @Test(
        "a bucket or keys that are wrong are told before a port is opened, without the secret",
        .enabled(if: S3Server.isPossible, "\(S3Server.reason)"))
    func wrongKeys() async throws {
        let work = try Workplace()
        let right = settings(try await S3Server.sharedConfiguration(prefix: "x"))
        let cases = [("AWS_SECRET_ACCESS_KEY", "s3cret", "refuses access"), ("S3_BUCKET", "absent", "NoSuchBucket")]
        for (key, value, words) in cases {
            let outcome = try await work.run(
                "serve", "digits", "--port", "0", settings: right.merging([key: value]) { $1 })
            outcome.expectRefusal(69, words)
            #expect(!outcome.errors.contains("s3cret") && !outcome.errors.contains("testsecret"))
        }
    }

    @Test("settings that cannot be used are told all at once")
    func badSettings() async throws {
        let outcome = try await Workplace().run(
            "serve", "digits", settings: ["S3_BUCKET": "pictures", "S3_ENDPOINT_URL": "localhost:9000"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("S3_ENDPOINT_URL: must be a URL"), "\(outcome.errors)")
        #expect(outcome.errors.contains("S3_BUCKET: needs both an access key and its secret"), "\(outcome.errors)")
    }
}
