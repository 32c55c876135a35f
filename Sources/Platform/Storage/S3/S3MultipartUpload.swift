import Foundation
import Observability
import Synchronization

/// A large file on its way in parts, which become an object together or not at all.
struct S3MultipartUpload: Sendable {
    private static let maximumParts = 10_000
    private static let largestObject = 5 << 40
    /// Marks the object as made by this upload.
    static let mark = "x-amz-meta-prunelle-upload"

    let client: S3Client
    let source: FileSlice.OpenFile
    let size: Int
    let path: String
    let logger: Logger

    /// Uploads all; where that fails, the parts are removed again.
    func run() async throws {
        guard size <= Self.largestObject else {
            throw StorageError.tooLarge(detail: "the file has \(size) bytes, 5 TiB allowed")
        }
        let name = "\(ObjectID.next())"
        let upload = try await begin(name: name)
        do {
            try await complete(upload, parts: try await sendParts(upload), name: name)
        } catch {
            // Also when the task was cancelled: parts that nobody knows of would be paid for.
            let request = request("DELETE", query: [("uploadId", upload)])
            let removal = Task { try? await client.send(request) }
            if await removal.value == nil, !(error is CancellationError) {
                logger.warning("the parts of a failed upload may be left in the bucket")
            }
            throw error
        }
    }

    private func begin(name: String) async throws -> String {
        var request = request("POST", query: [("uploads", "")])
        request.headers = [("content-type", "application/octet-stream"), (Self.mark, name)]
        let response = try await client.call(request)
        guard let id = (try? XMLElement(parsing: response.body))?["UploadId"], !id.isEmpty else {
            throw StorageError.unavailable(detail: "S3 named no upload")
        }
        return id
    }

    /// Sends all parts, several at a time.
    ///
    /// - Returns: the stores' hashes of the parts, in order.
    private func sendParts(_ upload: String) async throws -> [String] {
        let partSize = partSize
        let count = (size + partSize - 1) / partSize
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var tags = [String](repeating: "", count: count)
            func send(_ index: Int) {
                group.addTask { (index, try await sendPart(index, of: upload, size: partSize)) }
            }
            let first = min(count, max(1, client.configuration.parallelParts))
            for index in 0..<first { send(index) }
            var next = first
            while let (index, tag) = try await group.next() {
                tags[index] = tag
                if next < count {
                    send(next)
                    next += 1
                }
            }
            return tags
        }
    }

    private func sendPart(_ index: Int, of upload: String, size partSize: Int) async throws -> String {
        let start = index * partSize
        let slice = FileSlice(of: source, from: start, count: min(partSize, size - start))
        var request = request("PUT", query: [("partNumber", "\(index + 1)"), ("uploadId", upload)])
        request.body = .file(slice)
        request.size = slice.count
        let response = try await client.call(request)
        guard let tag = response.headers["etag"] else {
            throw StorageError.unavailable(detail: "S3 gave a part no tag")
        }
        return tag
    }

    private func complete(_ upload: String, parts: [String], name: String) async throws {
        let list = parts.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(XMLElement.escaped(tag))</ETag></Part>"
        }
        let body = "<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>"
        var request = request("POST", query: [("uploadId", upload)])
        request.headers = [("content-type", "application/xml")]
        request.body = .bytes(Array(body.utf8))
        request.isChange = true
        // The store may put the parts together before it answers.
        request.size = size
        do {
            let response = try await client.send(request)
            guard (try? XMLElement(parsing: response.body))?.name == "CompleteMultipartUploadResult" else {
                throw S3Refusal(response)
            }
        } catch let refusal as S3Refusal {
            // An answer that was lost on the way makes the second try find no upload any more.
            guard refusal.code == "NoSuchUpload" else { throw refusal.storageError(isChange: true) }
            let head = try await client.call(self.request("HEAD", query: []))
            guard head.headers[Self.mark] == name else { throw StorageError.uncertain(detail: refusal.detail) }
        }
    }

    /// The size of all parts but the last, in whole mebibytes and so that there are not too many.
    private var partSize: Int {
        let least = (size + Self.maximumParts - 1) / Self.maximumParts
        let whole = ((least + (1 << 20) - 1) >> 20) << 20
        return max(client.configuration.partSize, 5 << 20, whole)
    }

    private func request(_ method: String, query: [(name: String, value: String)]) -> S3Request {
        S3Request(method: method, path: path, query: query)
    }
}
