import Foundation
import Imaging
import TestSupport
import Testing

/// Real and hostile files that lie beside the repository.
@Suite(.enabled(if: SharedData.isPresent, "needs the sample data beside the repository"))
struct SharedImageTests {
    @Test("odd files are read where Pillow reads them, and refused where it refuses them", arguments: OddFiles.rows)
    func odd(row: [String]) throws {
        let bytes = [UInt8](try Data(contentsOf: SharedData.file("images_odd/\(row[0])")))
        let decoder = ImageDecoder()
        if row.last == "decodes" {
            let header = try decoder.header(of: bytes)
            #expect(header.format.rawValue == row[2].lowercased())
            #expect("\(header.width)" == row[3] && "\(header.height)" == row[4])
            #expect(header.orientation.rawValue == Int(row[7]) ?? 1)
            let image = try decoder.decode(bytes, as: .rgb, orientation: .ignore)
            #expect(image.width == header.width && image.height == header.height)
        } else {
            #expect(throws: ImageError.self) { try decoder.decode(bytes, as: .rgb) }
        }
    }

    @Test("all odd files were listed")
    func complete() {
        #expect(OddFiles.rows.count == 39)
    }

    @Test("drawn and scanned digits fill the frame of a network's input")
    func digits() throws {
        let folder = SharedData.file("mnist/canvas")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count == 10)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file)))
            let picture = try DigitPreprocessing().picture(from: bytes)
            let mass = picture.pixels.reduce(0) { $0 + Int($1) }
            #expect((10_000...70_000).contains(mass), "\(file): \(mass)")
        }
    }
}

private enum OddFiles {
    /// Name, width, height and Pillow's verdict, from the list that comes with the files.
    static let rows: [[String]] = {
        guard SharedData.isPresent,
            let list = try? String(contentsOf: SharedData.file("images_odd/expected.csv"), encoding: .utf8)
        else { return [] }
        return list.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }()
}
