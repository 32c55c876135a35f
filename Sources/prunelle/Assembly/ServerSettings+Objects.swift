import Configuration
import Foundation
import Observability
import Storage

extension ServerSettings {
    /// The object store as an operator would name it, without keys.
    var objectsName: String {
        objects.map { "\($0.address)" } ?? "the objects in the data folder '\(data.relativePath)'"
    }

    /// Reads where objects are kept.
    mutating func readObjects(_ reader: inout ConfigurationReader) {
        let bucket = reader.read(
            .text(
                "S3_BUCKET", default: "", allowed: "the name of a bucket",
                "Keeps pictures, models and data sets in this bucket of Amazon S3 or of a store that speaks its protocol, so "
                    + "that several servers share them. Without it they are files in the data folder."
            ).alsoReads("S3_BUCKET_NAME"))
        let prefix = reader.read(
            .text(
                "PRUNELLE_S3_PREFIX", default: "", allowed: "a folder within the bucket",
                "What the names of all objects begin with, where others use the bucket too."))
        let region = reader.read(
            .text("AWS_REGION", default: "eu-west-3", allowed: "a region", "Region of the bucket.")
                .alsoReads("AWS_DEFAULT_REGION"))
        let endpoint = readEndpoint(
            "S3_ENDPOINT_URL", "A store other than Amazon's, such as `http://localhost:9000`.", &reader)
        let publicEndpoint = readEndpoint(
            "PRUNELLE_S3_PUBLIC_URL",
            "The same store as browsers reach it, where that differs, as in a network of containers; presigned URLs name it.",
            &reader)
        let style = reader.read(
            .choice(
                "PRUNELLE_S3_STYLE", default: Style.automatic,
                "Where the bucket stands in URLs: `host/bucket/key` or `bucket.host/key`; by itself the first with "
                    + "`S3_ENDPOINT_URL` and the second without."))
        let credentials = readKeys(&reader)
        let timeout = reader.read(
            .seconds(
                "PRUNELLE_S3_TIMEOUT", default: 30, in: 0.1...3600,
                "Longest time for one call to the store with all its attempts, beside what 64 KiB/s grant for its bytes."
            ))
        let connections = reader.read(
            .integer("PRUNELLE_S3_CONNECTIONS", default: 16, in: 1...256, "Most connections to the store."))
        let certificates = reader.read(
            .text(
                "AWS_CA_BUNDLE", default: "", allowed: "a file",
                "Certificates to trust instead of the system's, for stores with certificates of their own."))
        guard !bucket.isEmpty else { return }
        do throws(S3Address.Problem) {
            let address = try S3Address(
                bucket: bucket, prefix: prefix, region: region, endpoint: endpoint,
                style: S3Address.Style(rawValue: style.rawValue), credentials: credentials)
            var configuration = S3Configuration(address: address)
            configuration.publicEndpoint = publicEndpoint
            configuration.timeout = timeout
            configuration.connections = connections
            configuration.certificates = certificates
            objects = configuration
        } catch {
            reader.note(ConfigurationProblem("S3_BUCKET", error.description))
        }
    }

    private enum Style: String, CaseIterable, Sendable { case automatic, path, virtual }

    private func readKeys(_ reader: inout ConfigurationReader) -> S3Credentials {
        let about = "Roles of cloud machines are not asked."
        let key = reader.read(
            .text("AWS_ACCESS_KEY_ID", default: "", "Names the pair of keys that may use the bucket. \(about)"))
        let secret = reader.read(.text("AWS_SECRET_ACCESS_KEY", default: "", "The secret of the pair of keys."))
        let token = reader.read(
            .text("AWS_SESSION_TOKEN", default: "", "What temporary keys need besides; they are not renewed."))
        return S3Credentials(
            accessKeyID: key, secretAccessKey: Secret(secret), sessionToken: token.isEmpty ? nil : Secret(token))
    }

    private func readEndpoint(
        _ key: String, _ summary: String, _ reader: inout ConfigurationReader
    ) -> S3Endpoint? {
        let text = reader.read(.text(key, default: "", allowed: "a URL", summary))
        guard !text.isEmpty else { return nil }
        do throws(S3Address.Problem) {
            return try S3Endpoint(text)
        } catch {
            reader.note(ConfigurationProblem(key, error.description))
            return nil
        }
    }
}
