import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("IDX files")
struct IDXFileTests {
    /// Two pictures of 2 × 3 pixels.
    static let file: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (1...12)

    @Test("pictures are read")
    func plain() throws {
        let file = try IDXFile(Self.file, axes: 3, name: "pictures")
        #expect(file.shape == [2, 2, 3])
        #expect(file.elements == Array(1...12))
    }

    @Test("a file cut anywhere is refused", arguments: 0..<file.count)
    func cut(length: Int) {
        #expect(throws: DatasetError.self) { try IDXFile(Array(Self.file.prefix(length)), axes: 3, name: "pictures") }
    }

    @Test("a file with more behind its elements is refused")
    func excess() {
        #expect(throws: DatasetError.self) { try IDXFile(Self.file + [0], axes: 3, name: "pictures") }
    }

    static let faults: [(change: (Int, UInt8), reason: String)] = [
        ((0, 1), "is no IDX file"), ((2, 9), "is no IDX file"), ((3, 1), "has 1 axes, 3 are expected"),
        ((7, 3), "states 18 elements and holds 12"), ((4, 0x7F), "states"),
    ]

    @Test("a wrong header is refused with the reason", arguments: faults)
    func header(change: (Int, UInt8), reason: String) throws {
        var bytes = Self.file
        bytes[change.0] = change.1
        let error = try #require(throws: DatasetError.self) { try IDXFile(bytes, axes: 3, name: "pictures") }
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test("sizes whose product overflows are refused without being allocated")
    func hugeCounts() throws {
        let bytes = [0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12)
        let error = try #require(throws: DatasetError.self) { try IDXFile(bytes, axes: 3, name: "pictures") }
        #expect(error.reason.contains("impossible shape"))
    }

    /// `gzip -n` of `file`, made by Python 3.11: `gzip.compress(bytes(…), mtime=0)`.
    static let compressed: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xE0, 0x60, 0x66, 0x60,
        0x60, 0x60, 0x82, 0x62, 0x66, 0x46, 0x26, 0x66, 0x16, 0x56, 0x36, 0x76, 0x0E, 0x4E, 0x2E, 0x6E,
        0x1E, 0x00, 0x48, 0x11, 0x0C, 0x84, 0x1C, 0x00, 0x00, 0x00,
    ]

    @Test("a compressed file is read, and refused when damaged")
    func gzip() throws {
        #expect(try IDXFile(Self.compressed, axes: 3, name: "pictures").shape == [2, 2, 3])
        for length in 2..<Self.compressed.count {
            #expect(throws: DatasetError.self, "cut at \(length)") {
                try IDXFile(Array(Self.compressed.prefix(length)), axes: 3, name: "pictures")
            }
        }
        var lying = Self.compressed
        lying[lying.count - 1] = 0xFF
        let error = try #require(throws: DatasetError.self) { try IDXFile(lying, axes: 3, name: "pictures") }
        #expect(error.reason.contains("impossible size"))
    }

    @Test("the MNIST files as they are published are read", .enabled(if: SharedData.isPresent, "needs shared data"))
    func mnist() throws {
        let images = [UInt8](try Data(contentsOf: SharedData.file("mnist/t10k-first1000-images-idx3-ubyte.gz")))
        let labels = [UInt8](try Data(contentsOf: SharedData.file("mnist/t10k-first1000-labels-idx1-ubyte.gz")))
        #expect(try IDXFile(images, axes: 3, name: "images").shape == [1000, 28, 28])
        #expect(try IDXFile(labels, axes: 1, name: "labels").elements.prefix(5) == [7, 2, 1, 0, 4])
    }
}
