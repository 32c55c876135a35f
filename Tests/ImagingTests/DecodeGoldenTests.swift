import Imaging
import JSON
import Testing

struct DecodeGoldenTests {
    let decoder = ImageDecoder()

    @Test("pictures of every kind decode to the values of Pillow", arguments: GoldenFiles.cases("decode"))
    func decode(golden: GoldenCase) throws {
        let bytes = try GoldenFiles.bytes(golden.file)
        let (width, height) = (try golden.integer("width"), try golden.integer("height"))
        for format in PixelFormat.allCases {
            let image = try decoder.decode(bytes, as: format)
            #expect(image.width == width && image.height == height)
            let expected = try golden.pixels(format.rawValue, count: width * height * format.channels)
            let difference = Difference(image.pixels, expected)
            // Lossy codecs may round differently from release to release.
            let tolerance = golden.fields["lossy"] == true ? 1 : 0
            #expect(difference.largest <= tolerance, "\(format): \(difference)")
        }
    }

    @Test("the header tells what decoding finds", arguments: GoldenFiles.cases("decode"))
    func header(golden: GoldenCase) throws {
        let header = try decoder.header(of: try GoldenFiles.bytes(golden.file))
        #expect(golden.file.hasPrefix(header.format.rawValue))
        #expect(header.width == (try golden.integer("width")))
        #expect(header.height == (try golden.integer("height")))
        #expect(header.orientation == .upright)
        #expect(header.isAnimated == golden.file.contains("animated"))
    }

    @Test(
        "the header tells of transparency",
        arguments: [
            ("png-type6-8bit.png", true), ("png-type4-16bit.png", true), ("png-rgb-key.png", true),
            ("png-palette-8bit-alpha.png", true), ("png-palette-8bit.png", false), ("png-type2-8bit.png", false),
            ("gif-transparent.gif", true), ("gif-interlace0.gif", false), ("webp-lossless-alpha.webp", true),
            ("webp-lossy.webp", false), ("bmp-32-alpha.bmp", true), ("bmp-32-top-down.bmp", false),
            ("jpeg-420.jpg", false),
        ])
    func transparency(file: String, hasAlpha: Bool) throws {
        #expect(try decoder.header(of: try GoldenFiles.bytes(file)).hasAlpha == hasAlpha)
    }

    @Test("stored orientations turn pictures as Pillow does", arguments: GoldenFiles.cases("turn"))
    func turn(golden: GoldenCase) throws {
        let bytes = try GoldenFiles.bytes(golden.file)
        #expect(try decoder.header(of: bytes).orientation.rawValue == golden.integer("orientation"))
        let upright = try decoder.decode(bytes, as: .rgb)
        #expect(upright.width == (try golden.integer("width")))
        #expect(upright.height == (try golden.integer("height")))
        let expected = try golden.pixels("rgb", count: upright.pixels.count)
        let difference = Difference(upright.pixels, expected)
        #expect(difference.largest <= (golden.file.hasSuffix("jpg") ? 1 : 0), "\(difference)")
        let stored = try decoder.decode(bytes, as: .rgb, orientation: .ignore)
        #expect(stored.width == 11 && stored.height == 6)
    }

    @Test("transparent pixels are laid on the background asked for")
    func composite() throws {
        let pixels: [UInt8] = [200, 100, 0, 0, 200, 100, 0, 128, 200, 100, 0, 255]
        let image = PixelImage(width: 3, height: 1, format: .rgba, pixels: pixels)
        #expect(image.converted(to: .rgb).pixels == [200, 100, 0, 200, 100, 0, 200, 100, 0])
        #expect(
            image.converted(to: .rgb, alpha: .compositeOnWhite).pixels == [255, 255, 255, 227, 177, 127, 200, 100, 0])
        #expect(image.converted(to: .rgb, alpha: .compositeOnBlack).pixels == [0, 0, 0, 100, 50, 0, 200, 100, 0])
        // 0.299 · 200 + 0.587 · 100 = 118.49 in fixed point, on white 0.299 · 227 + 0.587 · 177 + 0.114 · 127 = 186.25
        #expect(image.gray(alpha: .compositeOnWhite).pixels == [255, 186, 118])
        #expect(image.gray().pixels == [118, 118, 118])
    }

    @Test(
        "decoding to another background equals decoding and then compositing",
        arguments: [
            "png-type6-8bit.png", "png-type4-8bit-interlaced.png", "png-palette-4bit-alpha.png", "png-rgb-key.png",
            "gif-transparent.gif", "webp-lossy-alpha.webp", "webp-animated.webp", "bmp-32-alpha.bmp",
        ])
    func compositeWhileDecoding(file: String) throws {
        let bytes = try GoldenFiles.bytes(file)
        let image = try decoder.decode(bytes, as: .rgba)
        for alpha in [AlphaPolicy.compositeOnWhite, .compositeOnBlack] {
            for format in [PixelFormat.gray, .rgb] {
                let direct = try decoder.decode(bytes, as: format, alpha: alpha)
                #expect(direct == image.converted(to: format, alpha: alpha))
            }
        }
    }
}
