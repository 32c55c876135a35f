import Foundation

extension S3ObjectStore {
    /// How old an unfinished upload is before nobody can be at it any more.
    public static let abandonedAfter = Duration.seconds(7 * 86_400)

    /// Removes the parts of uploads that were begun long ago and never ended, as a killed program leaves them: no listing
    /// of objects shows them, but they take room and are paid for.
    ///
    /// Only uploads below the prefix and to names that are keys are touched, at most 1,000 in a call.
    ///
    /// - Parameter age: how long ago they were begun at least.
    /// - Returns: how many were removed.
    /// - Throws: `StorageError`; `.denied` where the keys may not list or end uploads.
    @discardableResult
    public func removeAbandonedUploads(olderThan age: Duration = abandonedAfter) async throws -> Int {
        var count = 0
        let last = S3Time.now.advanced(by: Duration.zero - age)
        for upload in try await unfinishedUploads() where upload.begun <= last {
            let request = S3Request(
                method: "DELETE", path: path(upload.key), query: [("uploadId", upload.id)], isChange: true)
            do {
                _ = try await client.call(request)
                count += 1
            } catch StorageError.notFound {
                // Another server has just done the same.
            }
        }
        return count
    }

    private struct UnfinishedUpload {
        let key: ObjectKey
        let id: String
        let begun: S3Time
    }

    /// The first page of them is enough: the next call finds the rest.
    private func unfinishedUploads() async throws -> [UnfinishedUpload] {
        var request = S3Request(method: "GET", path: address.path(""))
        request.query = [("uploads", ""), ("encoding-type", "url"), ("max-uploads", "1000")]
        if !address.prefix.isEmpty { request.query.append(("prefix", address.prefix)) }
        let body = try await client.call(request).body
        guard let answer = try? XMLElement(parsing: body), answer.name == "ListMultipartUploadsResult" else {
            throw StorageError.unavailable(detail: "S3's list of uploads cannot be read")
        }
        return answer.all("Upload").compactMap { entry in
            guard let name = entry["Key"]?.removingPercentEncoding, name.utf8.starts(with: address.prefix.utf8),
                let key = try? ObjectKey(String(name.dropFirst(address.prefix.count))),
                let id = entry["UploadId"], !id.isEmpty,
                let begun = entry["Initiated"].flatMap({ S3Time(iso8601: $0) })
            else { return nil }
            return UnfinishedUpload(key: key, id: id, begun: begun)
        }
    }
}
