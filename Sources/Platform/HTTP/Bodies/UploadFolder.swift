internal import Foundation

/// The folder where uploads lie while their requests last.
struct UploadFolder: Sendable {
    let url: URL

    /// Creates the folder and removes what dead processes left in it.
    func prepare() throws(ServerError) {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ServerError.temporaryFolder(reason: error.localizedDescription)
        }
        TemporaryFile.removeAbandoned(in: url)
    }

    /// A new file, open for writing.
    func createFile() throws(APIError) -> (TemporaryFile, Int32) {
        let (file, descriptor) = try TemporaryFile.create(in: url)
        return (file, descriptor)
    }
}
