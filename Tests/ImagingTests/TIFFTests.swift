import Imaging
import Testing

/// Pictures in TIFF files that the tests write themselves; the values are what the format's rules make of them.
struct TIFFTests {
    /// A file of one directory behind the data.
    private struct File {
        var isBigEndian = false
        var fields: [Int: [Int]] = [:]
        var strips: [[UInt8]] = []

        /// An uncompressed picture in one strip.
        init(_ width: Int, _ height: Int, photometric: Int, bits: [Int], _ data: [UInt8]) {
            fields = [256: [width], 257: [height], 258: bits, 262: [photometric], 277: [bits.count]]
            strips = [data]
        }

        private func number(_ value: Int, _ length: Int) -> [UInt8] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isBigEndian ? bytes.reversed() : bytes
        }

        var bytes: [UInt8] {
            var offsets: [Int] = []
            var data: [UInt8] = []
            for strip in strips {
                offsets.append(8 + data.count)
                data += strip
            }
            var all = fields
            all[273] = all[273] ?? offsets
            all[279] = all[279] ?? strips.map(\.count)
            var far: [UInt8] = []
            let start = 8 + data.count
            var directory = number(all.count, 2)
            for (tag, values) in all.sorted(by: { $0.key < $1.key }) {
                directory += number(tag, 2) + number(4, 2) + number(values.count, 4)
                if values.count == 1 {
                    directory += number(values[0], 4)
                } else {
                    directory += number(start + 2 + 12 * all.count + 4 + far.count, 4)
                    far += values.flatMap { number($0, 4) }
                }
            }
            let mark: [UInt8] = isBigEndian ? [0x4D, 0x4D, 0, 0x2A] : [0x49, 0x49, 0x2A, 0]
            return mark + number(start, 4) + data + directory + number(0, 4) + far
        }
    }

    private static let colors: [UInt8] = [1, 2, 3, 40, 50, 60, 77, 88, 99, 200, 210, 220]

    private static func pixels(_ file: File, as format: PixelFormat = .rgb) throws -> [UInt8] {
        try ImageDecoder().decode(file.bytes, as: format).pixels
    }

    @Test("colours are read in both byte orders, in one strip and in several", arguments: [true, false])
    func colors(isBigEndian: Bool) throws {
        var file = File(2, 2, photometric: 2, bits: [8, 8, 8], Self.colors)
        file.isBigEndian = isBigEndian
        #expect(try Self.pixels(file) == Self.colors)
        #expect(try ImageDecoder().header(of: file.bytes).format == .tiff)
        file.strips = [Array(Self.colors[..<6]), Array(Self.colors[6...])]
        file.fields[278] = [1]
        #expect(try Self.pixels(file) == Self.colors)
    }

    @Test("grey of every depth is scaled to eight bits, and white may be nothing")
    func gray() throws {
        #expect(try Self.pixels(File(3, 1, photometric: 1, bits: [8], [0, 7, 255]), as: .gray) == [0, 7, 255])
        #expect(try Self.pixels(File(3, 1, photometric: 0, bits: [8], [0, 7, 255]), as: .gray) == [255, 248, 0])
        #expect(
            try Self.pixels(File(3, 2, photometric: 1, bits: [1], [0b1010_0000, 0b0110_0000]), as: .gray)
                == [255, 0, 255, 0, 255, 255])
        #expect(try Self.pixels(File(3, 1, photometric: 1, bits: [2], [0b0001_1100]), as: .gray) == [0, 85, 255])
        #expect(try Self.pixels(File(3, 1, photometric: 1, bits: [4], [0x0F, 0x10]), as: .gray) == [0, 255, 17])
    }

    @Test("a palette's colours are the upper bytes of its map")
    func palette() throws {
        var file = File(2, 1, photometric: 3, bits: [1], [0b0100_0000])
        file.fields[320] = [0x1234, 0xFF00, 0x2200, 0x0001, 0x3300, 0x8080]
        #expect(try Self.pixels(file) == [0x12, 0x22, 0x33, 0xFF, 0x00, 0x80])
        file.fields[320] = [1, 2, 3]
        #expect(throws: ImageError.corrupt(.tiff, reason: "it has no whole colour map")) { try Self.pixels(file) }
    }

    @Test("alpha is told where it is declared, and passed over where it is not")
    func alpha() throws {
        var file = File(1, 1, photometric: 2, bits: [8, 8, 8, 8], [9, 8, 7, 6])
        #expect(try Self.pixels(file, as: .rgba) == [9, 8, 7, 255])
        file.fields[338] = [2]
        #expect(try Self.pixels(file, as: .rgba) == [9, 8, 7, 6])
        file.fields[338] = [1]
        #expect(throws: ImageError.self) { try Self.pixels(file) }
    }

    @Test("PackBits and Deflate are unpacked, differences are added up")
    func packed() throws {
        var file = File(8, 1, photometric: 1, bits: [8], [2, 5, 6, 7, 0xFE, 9, 0x80, 1, 3, 4])
        file.fields[259] = [32_773]
        #expect(try Self.pixels(file, as: .gray) == [5, 6, 7, 9, 9, 9, 3, 4])
        // Four bytes, stored: header of zlib, block, checksum of Adler.
        file = File(4, 1, photometric: 1, bits: [8], [0x78, 1, 1, 4, 0, 0xFB, 0xFF, 1, 2, 3, 4, 0, 0x18, 0, 0x0B])
        file.fields[259] = [8]
        #expect(try Self.pixels(file, as: .gray) == [1, 2, 3, 4])
        file.fields[317] = [2]
        #expect(try Self.pixels(file, as: .gray) == [1, 3, 6, 10])
    }

    @Test("a picture is turned upright whatever the caller wants, as by Pillow")
    func turned() throws {
        var file = File(2, 1, photometric: 1, bits: [8], [1, 2])
        file.fields[274] = [6]
        let image = try ImageDecoder().decode(file.bytes, as: .gray, orientation: .ignore)
        #expect((image.width, image.height) == (1, 2) && image.pixels == [1, 2])
        let header = try ImageDecoder().header(of: file.bytes)
        #expect((header.width, header.height) == (1, 2) && header.orientation == .upright)
    }

    @Test("kinds that are not read are refused by name")
    func refused() {
        let changes: [Int: [Int]] = [
            258: [16, 16, 16], 259: [7], 262: [6], 284: [2], 317: [2], 322: [16], 339: [3], 266: [2],
        ]
        for (tag, values) in changes {
            var file = File(2, 2, photometric: 2, bits: [8, 8, 8], Self.colors)
            file.fields[tag] = values
            let error = #expect(throws: ImageError.self, "\(tag)") { try Self.pixels(file) }
            #expect("\(error ?? .empty)".hasPrefix("TIFF with") || "\(error ?? .empty)".hasPrefix("TIFF in"))
        }
    }

    @Test("cut and lying files are refused before much is allocated")
    func lies() throws {
        let whole = File(2, 2, photometric: 2, bits: [8, 8, 8], Self.colors).bytes
        for length in 0..<whole.count {
            #expect(throws: ImageError.self, "\(length)") {
                try ImageDecoder().decode(Array(whole[..<length]), as: .rgb)
            }
        }
        for field in [[256: [0]], [257: [1 << 31]], [273: [1 << 31]], [256: [7_000], 257: [7_000]]] {
            var file = File(2, 2, photometric: 2, bits: [8, 8, 8], Self.colors)
            file.fields.merge(field) { $1 }
            #expect(throws: ImageError.self) { try Self.pixels(file) }
            file.fields[259] = [32_773]
            #expect(throws: ImageError.self) { try Self.pixels(file) }
        }
        // Strips that share what was packed once.
        var file = File(1, 3, photometric: 1, bits: [8], [0, 5])
        (file.fields[259], file.fields[278], file.fields[273]) = ([32_773], [1], [8, 8, 8])
        file.strips += [[0, 5], [0, 5]]
        #expect(try Self.pixels(file, as: .gray) == [5, 5, 5])
        file.strips = [[UInt8](repeating: 0x80, count: 1000) + [0, 5]]
        file.fields[279] = [1002, 1002, 1002]
        #expect(throws: ImageError.corrupt(.tiff, reason: "its strips overlap")) { try Self.pixels(file) }
    }

    @Test("damage anywhere gives a picture or an error, and the process goes on")
    func damage() throws {
        let whole = File(2, 2, photometric: 2, bits: [8, 8, 8], Self.colors).bytes
        for place in whole.indices {
            for value in [0, 1, 3, 0x7F, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[place] = value
                if let image = try? ImageDecoder().decode(bytes, as: .rgb) {
                    #expect(image.pixels.count == 3 * image.width * image.height)
                }
            }
        }
    }
}
