import Application
import Foundation
import HTTP
import Observability
import Storage
import Uploads

/// Who takes presigned uploads: the store where it speaks S3, else this server, in the same words.
struct UploadDesk: Sendable {
    /// What signs uploads.
    let uploads: any PresignedUploads
    /// The routes that take them; nil where the store does.
    let group: RouteGroup?

    /// The bucket of this server's own.
    static let bucket = "uploads"

    /// - Throws: `Exit` where the pair of keys in the data folder can be neither read nor made.
    init(_ stores: Stores, _ settings: ServerSettings) throws {
        if let store = stores.objects as? S3ObjectStore {
            uploads = store.presignedUploads
            group = nil
            return
        }
        let credentials: S3Credentials
        do {
            credentials = try UploadKeys.load(settings.data.appending(path: "upload-keys"))
        } catch {
            throw Exit.configuration("the file 'upload-keys' in the data folder can be neither read nor made")
        }
        let endpoint = UploadEndpoint(
            bucket: Self.bucket, objects: stores.objects, credentials: credentials,
            maximumBytes: settings.limits.pictureBytes)
        group = endpoint.group
        // Apps ask for the place that a client has reached; this one is for those that know none.
        uploads = endpoint.uploads(
            at: S3Endpoint(isSecure: false, host: settings.server.host, port: settings.server.port))
    }
}
