public import Foundation
public import Observability

/// Objects in a bucket of Amazon S3 or of a store that speaks its protocol.
///
/// For any number of processes on any number of machines. When a call that changes something fails because the
/// connection broke or stalled, it may have been done all the same, even a little later: then the error is `.uncertain`,
/// and whoever repeats it should use a key that nothing else is written to. S3 knows no folders, so a key may be a folder
/// of another: to see to that rule would cost requests before each `put` and could still not exclude a race. Listings are
/// in the order of the store, which is that of the keys' bytes but for a few that go by folders (SeaweedFS); through pages
/// each object comes once either way.
///
/// Every body is hashed and the hash signed, also of files and on encrypted connections: the file is read twice, which
/// costs little beside the network, and what a disk, a cache or a proxy has altered on the way is refused by the store.
public final class S3ObjectStore: ObjectStore {
    let client: S3Client
    let address: S3Address
    let configuration: S3Configuration
    private let logger: Logger

    /// Makes a store. Nothing is sent until it is used; `check` tells whether it can be.
    public init(_ configuration: S3Configuration, logger: Logger = .disabled) {
        self.configuration = configuration
        self.logger = logger
        address = configuration.address
        client = S3Client(configuration, logger: logger)
    }

    /// Whether the bucket is there and may be read.
    ///
    /// - Throws: `StorageError`, whose detail tells an operator what to do.
    public func check() async throws { _ = try await page(prefix: address.prefix, after: nil, limit: 1) }

    /// Makes the bucket, if the keys own none of that name yet; with the defaults of the store.
    public func makeBucket() async throws {
        var request = S3Request(method: "PUT", path: address.path(""))
        if address.region != "us-east-1", address.endpoint == nil {
            let place = "<LocationConstraint>\(address.region)</LocationConstraint>"
            request.body = .bytes(
                Array("<CreateBucketConfiguration>\(place)</CreateBucketConfiguration>".utf8))
        }
        do {
            _ = try await client.send(request)
        } catch let refusal as S3Refusal {
            guard ["BucketAlreadyOwnedByYou", "BucketAlreadyExists"].contains(refusal.code) else {
                throw refusal.storageError(isChange: true)
            }
            try await check()
        }
    }

    public func put(_ bytes: [UInt8], key: ObjectKey) async throws {
        _ = try await client.call(request("PUT", key, body: .bytes(bytes)))
    }

    public func put(file: URL, handover: FileHandover, key: ObjectKey) async throws {
        let opened = try FileDescriptor.open(file, following: false)
        let size = try opened.status().size
        let source = FileSlice.OpenFile(opened)
        if size > configuration.multipartThreshold {
            try await S3MultipartUpload(
                client: client, source: source, size: size, path: path(key), logger: logger
            ).run()
        } else {
            let slice = FileSlice(of: source, from: 0, count: size)
            _ = try await client.call(request("PUT", key, body: .file(slice)))
        }
        if handover == .moving, unlink(file.path) != 0 { throw StorageError.system("unlink") }
    }

    public func get(_ key: ObjectKey, limit: Int) async throws -> [UInt8] {
        var request = request("GET", key)
        request.size = min(limit, 1 << 30)
        return try await client.call(request, to: .memory(limit: limit)).body
    }

    public func download(_ key: ObjectKey, to file: URL) async throws {
        var request = request("GET", key)
        // How large it is shows in the answer; what stands still is given up anyway.
        request.size = 5 << 40
        _ = try await client.call(request, to: .file(file))
    }

    public func size(of key: ObjectKey) async throws -> Int? {
        do {
            let response = try await client.send(request("HEAD", key))
            guard let size = response.headers["content-length"].flatMap({ Int($0) }) else {
                throw StorageError.unavailable(detail: "S3 told no size")
            }
            return size
        } catch let error as S3Refusal {
            if error.status == 404 { return nil }
            throw error.storageError(isChange: false)
        }
    }

    public func localFile(of key: ObjectKey) async throws -> URL? {
        guard try await exists(key) else { throw StorageError.notFound(detail: "no object \(key)") }
        return nil
    }

    public func delete(_ key: ObjectKey) async throws {
        do {
            var request = request("DELETE", key)
            request.isChange = true
            _ = try await client.call(request)
        } catch StorageError.notFound {
            // Some stores tell that there was nothing.
        }
    }

    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws {
        // A copy onto itself is refused by the protocol.
        guard source != target else { return _ = try await localFile(of: source) }
        var request = request("PUT", target)
        request.isChange = true
        let name = "/\(address.bucket)/\(address.name(of: source))"
        request.headers = [("x-amz-copy-source", S3Encoding.path(name))]
        let response = try await client.call(request)
        // A copy that takes long is answered with success before it is made, and its failure in the body.
        guard let answer = try? XMLElement(parsing: response.body), answer.name == "CopyObjectResult" else {
            throw S3Refusal(response).storageError(isChange: true)
        }
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        var last = after.map(address.name)
        let begin = address.prefix + prefix
        while objects.count < limit {
            let page = try await page(prefix: begin, after: last, limit: limit - objects.count)
            // Others may keep objects in the bucket whose names are no keys; and some stores take `a//` for `a/`.
            objects += page.entries.compactMap { entry in
                guard entry.name.utf8.starts(with: begin.utf8) else { return nil }
                let name = entry.name.dropFirst(address.prefix.utf8.count)
                return (try? ObjectKey(String(name))).map { StoredObject(key: $0, size: entry.size) }
            }
            guard page.goesOn, let name = page.entries.last?.name else { break }
            last = name
        }
        return objects
    }

    public func close() async { await client.close() }

    // MARK: Requests

    func path(_ key: ObjectKey) -> String { address.path(address.name(of: key)) }

    private func request(_ method: String, _ key: ObjectKey, body: S3Body = .none) -> S3Request {
        let type: [(name: String, value: String)] = body.isNone ? [] : [("content-type", "application/octet-stream")]
        return S3Request(
            method: method, path: path(key), headers: type, body: body, isChange: !body.isNone, size: body.count)
    }

    /// One answer of a listing.
    private struct Page {
        let entries: [(name: String, size: Int)]
        let goesOn: Bool
    }

    private func page(prefix: String, after: String?, limit: Int) async throws -> Page {
        var request = S3Request(method: "GET", path: address.path(""))
        request.query = [
            ("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(min(max(limit, 1), 1_000))"),
        ]
        if !prefix.isEmpty { request.query.append(("prefix", prefix)) }
        if let after { request.query.append(("start-after", after)) }
        let body: [UInt8]
        do {
            body = try await client.call(request).body
        } catch StorageError.notFound(let detail) {
            throw StorageError.unavailable(detail: detail)
        }
        do throws(XMLElement.Problem) {
            let answer = try XMLElement(parsing: body)
            let entries = try answer.all("Contents").map { entry throws(XMLElement.Problem) in
                guard let name = entry["Key"]?.removingPercentEncoding, let size = entry["Size"].flatMap({ Int($0) })
                else { throw XMLElement.Problem(reason: "has an object without name or size") }
                return (name: name, size: size)
            }
            guard answer.name == "ListBucketResult" else { throw XMLElement.Problem(reason: "is no listing") }
            return Page(entries: entries, goesOn: answer["IsTruncated"] == "true")
        } catch {
            throw StorageError.unavailable(detail: "S3's listing \(error.reason)")
        }
    }
}

extension S3Body {
    fileprivate var isNone: Bool { if case .none = self { true } else { false } }
}
