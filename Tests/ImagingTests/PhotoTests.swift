import Foundation
import Imaging
import TestSupport
import Testing

/// Real photos against Pillow and OpenCV themselves.
///
/// Runs where the sample data lies beside the repository and `PRUNELLE_PYTHON` names an interpreter that has the
/// packages which `Golden/make.py` asks for.
@Suite(
    .enabled(
        if: SharedData.isPresent && Interpreter.path != nil,
        "needs the sample data beside the repository and PRUNELLE_PYTHON"))
struct PhotoTests {
    @Test("photos decode and resize as in Pillow and OpenCV", arguments: ["cats_dogs", "banana", "pokemon", "rakuten"])
    func photos(folder: String) throws {
        let (width, height) = (64, 48)
        let files = try Self.photos(in: SharedData.file(folder), count: 5)
        try #require(!files.isEmpty)
        var golden = ArraySlice(try Self.golden(files, width: width, height: height))
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
            let image = try ImageDecoder().decode(bytes, as: .rgb)
            let size = golden.prefix(8).withUnsafeBytes { raw in
                [0, 4].map { Int(raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
            }
            golden = golden.dropFirst(8)
            #expect([image.width, image.height] == size)
            let decoded = Difference(image.pixels, Array(golden.prefix(image.pixels.count)))
            #expect(decoded.largest <= 1, "decoding: \(decoded)")
            golden = golden.dropFirst(image.pixels.count)
            for filter in [ResampleFilter.nearest, .bilinear, .bicubic, .lanczos, .openCVLinear] {
                let resized = image.resized(width: width, height: height, filter: filter)
                let difference = Difference(resized.pixels, Array(golden.prefix(resized.pixels.count)))
                #expect(difference.largest <= 1, "\(filter): \(difference)")
                golden = golden.dropFirst(resized.pixels.count)
            }
        }
        #expect(golden.isEmpty)
    }

    private static func photos(in folder: URL, count: Int) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { !$0.hasPrefix("broken/") }
            .filter { ["jpg", "jpeg", "png", "webp"].contains(URL(filePath: $0).pathExtension.lowercased()) }
            .sorted().prefix(count).map { folder.appending(path: $0).path }
    }

    private static func golden(_ files: [String], width: Int, height: Int) throws -> [UInt8] {
        let output = FileManager.default.temporaryDirectory.appending(path: "photos-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(filePath: try #require(Interpreter.path))
        process.arguments =
            [GoldenFiles.folder.appending(path: "make.py").path, "photos", output.path, "\(width)", "\(height)"] + files
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return [UInt8](try Data(contentsOf: output))
    }
}

private enum Interpreter {
    static let path = ProcessInfo.processInfo.environment["PRUNELLE_PYTHON"]
}
