import Foundation
import JSON
import TestSupport
import Testing

/// The original's own network on real photos, and files that nobody should have to read.
@Suite(.enabled(if: SharedData.isPresent, "needs the sample data beside the repository"))
struct OriginalPhotosTests {
    private static func server() async throws -> PetsServer {
        let model = try Data(contentsOf: SharedData.file("cats_dogs/models/remijul_cnn_keras3.keras"))
        return try await PetsServer(original: [UInt8](model))
    }

    @Test("the original's network is read from its old place with all its parameters")
    func parameters() async throws {
        let server = try await Self.server()
        #expect(try await server.get("/api/info")["parameters"] == 93_377)
    }

    @Test("a photo's EXIF orientation is ignored, as the original does")
    func orientation() async throws {
        let server = try await Self.server()
        func answer(_ file: String) async throws -> JSONValue? {
            let photo = [UInt8](try Data(contentsOf: SharedData.file("cats_dogs/\(file)")))
            return try await server.predict(photo, name: "x", type: "image/jpeg")["probabilities"]
        }
        let upright = try await answer("dog/dog.4001.jpg")
        for turn in [3, 6, 8] { #expect(try await answer("exif/dog.4001_orientation\(turn).jpg") == upright) }
        #expect(try await answer("broken/dog.4001_named.png") == upright)
    }

    @Test("odd files are answered where Pillow reads them, and refused where it refuses them")
    func odd() async throws {
        let server = try await Self.server()
        let list = try String(contentsOf: SharedData.file("images_odd/expected.csv"), encoding: .utf8)
        for line in list.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
            let file = [UInt8](try Data(contentsOf: SharedData.file("images_odd/\(columns[0])")))
            let isRead = columns.last == "decodes"
            let answer = try await server.client.send(.predict(file, type: "image/x"))
            #expect(answer.status == (isRead ? 200 : 500), "\(columns[0]): \(answer.text)")
        }
    }
}
