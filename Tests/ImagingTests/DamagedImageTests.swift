import Imaging
import TestSupport
import Testing

/// Whatever happens to a file, the answer is a picture or an `ImageError`, and the process goes on.
struct DamagedImageTests {
    private static let small = GoldenFiles.names.filter { !$0.hasPrefix("turned") && !$0.contains("many-codes") }

    @Test("a file cut anywhere before the end of its pixels is refused", arguments: small)
    func cut(file: String) throws {
        let bytes = try GoldenFiles.bytes(file)
        let whole = try ImageDecoder().decode(bytes, as: .rgba)
        var decoded = 0
        for length in 0..<bytes.count {
            do throws(ImageError) {
                let image = try ImageDecoder().decode(Array(bytes.prefix(length)), as: .rgba)
                // Only what follows the pixels may be missing.
                #expect(image == whole, "\(length) of \(bytes.count) bytes")
                decoded += 1
            } catch {
                // An `ImageError`: no other can be thrown here.
            }
        }
        #expect(decoded <= Self.trailingBytes(file, bytes), "\(decoded) cut files decoded")
    }

    /// How many bytes a file has that no pixel depends on.
    private static func trailingBytes(_ file: String, _ bytes: [UInt8]) -> Int {
        switch file.split(separator: "-").first {
        case "png": 4 + 4 + 12  // the checksums and the end chunk
        case "gif": file.contains("animated") ? bytes.count / 2 + 40 : 6  // the end codes, or the next frame
        case "bmp": 6  // padding of the last row, the end mark of runs
        default: 0
        }
    }

    @Test("files with wrong bytes never break anything", arguments: small)
    func wrongBytes(file: String) throws {
        let bytes = try GoldenFiles.bytes(file)
        var random = RepeatableRandom(seed: bytes.count)
        var limits = ImageLimits()
        limits.maximumPixels = 1_000_000
        let decoder = ImageDecoder(limits: limits)
        for _ in 0..<60 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                changed[place] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(ImageError) {
                let header = try decoder.header(of: changed)
                let image = try decoder.decode(changed, as: .gray, orientation: .ignore)
                #expect(image.width == header.width && image.height == header.height)
            } catch {
                // An `ImageError`: no other can be thrown here.
            }
        }
    }

    @Test("random bytes behind every signature are refused or decoded, never worse", arguments: 1...20)
    func randomBytes(seed: Int) throws {
        var random = RepeatableRandom(seed: seed)
        let signatures: [[UInt8]] = [
            [], [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], Array("GIF89a".utf8),
            Array("RIFF\u{60}\0\0\0WEBPVP8 ".utf8), Array("RIFF\u{60}\0\0\0WEBPVP8X".utf8), Array("BM".utf8),
        ]
        for signature in signatures {
            let noise = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            do throws(ImageError) {
                _ = try ImageDecoder().decode(signature + noise, as: .rgb)
            } catch {
                // An `ImageError`: no other can be thrown here.
            }
        }
    }

    @Test("packed pixels with a wrong checksum are refused")
    func checksum() throws {
        var bytes = try GoldenFiles.bytes("png-type2-8bit.png")
        // The end chunk has 12 bytes, before it the checksums of the chunk and of the packed data have 4 each.
        bytes[bytes.count - 17] ^= 1
        #expect(throws: ImageError.corrupt(.png, reason: "the checksum of the pixel data is wrong")) {
            try ImageDecoder().decode(bytes, as: .rgb)
        }
    }

    @Test(
        "other kinds of files are refused by name",
        arguments: [
            ("<svg xmlns='x'>", "SVG"),
            ("<?xml version='1.0'?>\n<!-- a -->\n<SVG>", "SVG"), ("\0\0\0\u{18}ftypheic", "HEIF"),
            ("\0\0\0\u{18}ftypavif", "AVIF"), ("%PDF-1.7", "PDF"),
        ])
    func otherKinds(start: String, name: String) {
        #expect(throws: ImageError.unsupported(name)) { try ImageDecoder().header(of: Array(start.utf8)) }
    }

    @Test("what is no picture is told so", arguments: ["hello", "{}", "<html>", "GIF88a", "RIFF____WAVE", "\u{89}PNG"])
    func noPicture(text: String) {
        #expect(throws: ImageError.unknownFormat) { try ImageDecoder().header(of: Array(text.utf8)) }
        #expect(throws: ImageError.empty) { try ImageDecoder().header(of: []) }
    }
}
