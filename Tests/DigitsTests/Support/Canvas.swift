import Foundation

/// A drawing surface of our own, so that what a test shows the server is known stroke by stroke.
struct Canvas {
    /// Red, green, blue and opacity, 0…255.
    typealias Colour = (red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8)
    static let black: Colour = (0, 0, 0, 255)
    static let white: Colour = (255, 255, 255, 255)
    static let clear: Colour = (0, 0, 0, 0)

    let width: Int
    let height: Int
    private var pixels: [UInt8]

    init(_ width: Int = 280, _ height: Int = 280, background: Colour = Canvas.white) {
        self.width = width
        self.height = height
        let pixel = [background.red, background.green, background.blue, background.alpha]
        pixels = Array(repeatElement(pixel, count: width * height).joined())
    }

    /// Draws a polyline with round ends, its edges softened over a pixel.
    mutating func stroke(_ points: [(x: Double, y: Double)], width lineWidth: Double, _ colour: Colour = Canvas.black) {
        for y in 0..<height {
            for x in 0..<width {
                let distance =
                    zip(points, points.dropFirst()).map { start, end in
                        Self.distance(from: (Double(x) + 0.5, Double(y) + 0.5), start, end)
                    }.min() ?? .infinity
                blend(x, y, colour, coverage: min(max(lineWidth / 2 + 0.5 - distance, 0), 1))
            }
        }
    }

    private mutating func blend(_ x: Int, _ y: Int, _ colour: Colour, coverage: Double) {
        guard coverage > 0 else { return }
        let index = (y * width + x) * 4
        let new = Double(colour.alpha) / 255 * coverage
        let old = Double(pixels[index + 3]) / 255
        let alpha = new + old * (1 - new)
        for (offset, channel) in [colour.red, colour.green, colour.blue].enumerated() {
            let under = Double(pixels[index + offset]) * old * (1 - new)
            pixels[index + offset] = UInt8(((Double(channel) * new + under) / alpha).rounded())
        }
        pixels[index + 3] = UInt8((alpha * 255).rounded())
    }

    private static func distance(
        from point: (x: Double, y: Double), _ start: (x: Double, y: Double), _ end: (x: Double, y: Double)
    ) -> Double {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let length = dx * dx + dy * dy
        let along = length == 0 ? 0 : ((point.x - start.x) * dx + (point.y - start.y) * dy) / length
        let place = min(max(along, 0), 1)
        return hypot(point.x - start.x - place * dx, point.y - start.y - place * dy)
    }

    /// The drawing as a PNG file with an alpha channel.
    var png: [UInt8] { PNGFile.rgba(width: width, height: height, pixels: pixels) }

    /// The drawing as a browser's `toDataURL()` gives it.
    var dataURL: String { Picture.dataURL(png) }
}

/// Pictures for requests.
enum Picture {
    static func dataURL(_ file: [UInt8], type: String = "image/png") -> String {
        "data:\(type);base64,\(Data(file).base64EncodedString())"
    }

    /// An upright bar, dark on light: `SampleModels.strokes` reads 1.
    static let upright = bar(from: (140, 50), to: (140, 230))
    /// A level bar: `SampleModels.strokes` reads 0.
    static let level = bar(from: (50, 140), to: (230, 140))
    /// Nothing but white: `SampleModels.strokes` reads 9.
    static let blank = Canvas().dataURL

    private static func bar(from start: (x: Double, y: Double), to end: (x: Double, y: Double)) -> String {
        var canvas = Canvas()
        canvas.stroke([start, end], width: 24)
        return canvas.dataURL
    }

    /// A file of `Golden`.
    static func golden(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Golden/\(name)")))
    }
}

/// Writes PNG files without compression; any header can be written, lies included.
enum PNGFile {
    static func rgba(width: Int, height: Int, pixels: [UInt8]) -> [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity(pixels.count + height)
        for row in 0..<height {
            rows.append(0)
            rows += pixels[row * width * 4..<(row + 1) * width * 4]
        }
        return file(width: width, height: height, data: stored(rows))
    }

    /// A PNG whose header states any size, whatever follows.
    static func file(width: Int, height: Int, data: [UInt8]) -> [UInt8] {
        let header = bigEndian(width) + bigEndian(height) + [8, 6, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", data)
            + chunk("IEND", [])
    }

    /// A zlib stream of stored blocks (RFC 1950 and 1951).
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let isLast = block.endIndex == bytes.count
            let (low, high) = (UInt8(block.count & 0xFF), UInt8(block.count >> 8))
            stream += [isLast ? 1 : 0, low, high, ~low, ~high] + block
        }
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + bigEndian(b << 16 | a)
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + content
        return bigEndian(content.count) + body + bigEndian(Int(crc(body)))
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
