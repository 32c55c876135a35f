import Foundation
public import HTTP
import Observability
public import Storage

/// Takes presigned uploads as S3 does, for servers whose objects are files.
///
/// `PUT /bucket/key` with a signed query, `POST /bucket` with a signed form, and `GET /bucket/key` with a signed query;
/// the same checks, statuses and errors in XML as a store that speaks S3, for the one bucket and the one pair of keys. A
/// proxy in front must leave the `Host` field as it is, since that is signed.
public struct UploadEndpoint: Sendable {
    /// The bucket.
    public let bucket: String
    private let objects: any ObjectStore
    private let maximumBytes: Int
    private let signer: S3Signer
    private let now: @Sendable () -> S3Time

    /// Takes uploads for a store.
    ///
    /// - Parameters:
    ///   - bucket: the first segment of all paths; nothing else of the server may begin with it.
    ///   - credentials: the pair of keys that signs; see `UploadKeys`.
    ///   - maximumBytes: largest object.
    ///   - now: the present.
    public init(
        bucket: String, objects: any ObjectStore, credentials: S3Credentials, region: String = "us-east-1",
        maximumBytes: Int, now: @escaping @Sendable () -> S3Time = { .now }
    ) {
        self.bucket = bucket
        self.objects = objects
        self.maximumBytes = maximumBytes
        self.now = now
        signer = S3Signer(credentials, region: region)
    }

    /// What signs uploads that come here.
    ///
    /// - Parameter place: how clients reach this server; `reached(at:)` gives the same for another place.
    public func uploads(at place: S3Endpoint) -> any PresignedUploads {
        S3Presigner(bucket: bucket, endpoint: place, signer: signer, now: now)
    }

    /// The routes.
    public var group: RouteGroup {
        let query = SignedQuery(signer: signer, now: now)
        // A refused upload need not be sent.
        let admission: @Sendable (HTTPRequest) throws(APIError) -> Void = { request throws(APIError) in
            try query.check(request)
        }
        return RouteGroup(
            name: "uploads", prefix: "/" + bucket,
            routes: [
                Route(
                    .put, "{key...}", summary: "Takes an object", body: .upload, bodyLimit: maximumBytes,
                    isDocumented: false, admission: admission, handler: .async { try await put($0) }),
                Route(
                    .get, "{key...}", summary: "Gives an object", isDocumented: false, admission: admission,
                    handler: .async { try await get($0) }),
                Route(
                    .post, "", summary: "Takes an object in a form", body: .multipart(.object([:])),
                    // The form's own fields and delimiters come on top.
                    bodyLimit: maximumBytes + (256 << 10), isDocumented: false,
                    handler: .async { try await post($0, query) }),
            ], errors: S3ErrorShape())
    }

    private func put(_ request: HTTPRequest) async throws -> HTTPResponse {
        let expected = ContentHash(try SignedQuery.payload(of: request))
        let part = request.upload ?? FormPart(name: "", text: "")
        let hash = try await hash(of: part)
        guard expected == nil || expected == hash else { throw UploadError.hashDiffers }
        try await store(part, key: request.pathParameters["key"] ?? "")
        return HTTPResponse(status: 200, headers: ["ETag": Self.tag(hash)])
    }

    private func get(_ request: HTTPRequest) async throws -> HTTPResponse {
        let type = "application/octet-stream"
        return try await inWordsOfS3 {
            let key = try ObjectKey(request.pathParameters["key"] ?? "")
            if let file = try await objects.localFile(of: key) { return .file(file, contentType: type) }
            return .bytes(try await objects.get(key, limit: maximumBytes), contentType: type)
        }
    }

    private func post(_ request: HTTPRequest, _ query: SignedQuery) async throws -> HTTPResponse {
        let form = try UploadForm(try request.form())
        let policy = try form.signedPolicy(query)
        try policy.check(fields: form.fields.merging(["bucket": bucket]) { $1 }, size: form.file.count, at: now())
        guard form.file.count <= maximumBytes else { throw UploadError.tooLarge }
        let tag = Self.tag(try await hash(of: form.file))
        try await store(form.file, key: form.key)
        let host = request.header("Host") ?? ""
        return form.answer(bucket: bucket, tag: tag, location: "http://\(host)/\(bucket)/\(form.key)")
    }

    private func store(_ part: FormPart, key text: String) async throws {
        try await inWordsOfS3 {
            let key = try ObjectKey(text)
            guard let file = part.temporaryFile else { return try await objects.put(try part.bytes(), key: key) }
            // The temporary file belongs to the request, which removes its own name of it.
            let own = file.appendingPathExtension("taken")
            try part.save(to: own)
            defer { try? FileManager.default.removeItem(at: own) }
            try await objects.put(file: own, handover: .moving, key: key)
        }
    }

    private func inWordsOfS3<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StorageError {
            throw UploadError.storage(error)
        }
    }

    /// Hashes what came, on a thread that may wait for the disk.
    private func hash(of part: FormPart) async throws -> ContentHash {
        guard let file = part.temporaryFile else { return ContentHash(of: try part.bytes()) }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try ContentHash(ofFile: file) })
            }
        }
    }

    /// A tag of the content; that of Amazon has as many digits.
    private static func tag(_ hash: ContentHash) -> String { "\"\(hash.description.prefix(32))\"" }
}
