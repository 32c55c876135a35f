import Imaging
import Tensors
import Testing

struct DigitPreprocessingTests {
    @Test("drawings become what the plain reference makes of them", arguments: GoldenFiles.cases("digit"))
    func reference(golden: GoldenCase) throws {
        let bytes = try GoldenFiles.bytes(golden.file)
        var preprocessing = DigitPreprocessing()
        #expect(try preprocessing.picture(from: bytes).pixels == golden.pixels("cleaned", count: 784))
        preprocessing.removesBackground = false
        #expect(try preprocessing.picture(from: bytes).pixels == golden.pixels("plain", count: 784))
    }

    @Test("files and decoded pictures give the same", arguments: GoldenFiles.cases("digit"))
    func decoded(golden: GoldenCase) throws {
        let bytes = try GoldenFiles.bytes(golden.file)
        let image = try ImageDecoder().decode(bytes, as: .rgba)
        let preprocessing = DigitPreprocessing()
        #expect(try preprocessing.tensor(from: bytes) == preprocessing.tensor(from: image))
    }

    @Test("the tensor has the shape and range of a network's input")
    func tensor() throws {
        let bytes = try GoldenFiles.bytes("digit-thick.png")
        let preprocessing = DigitPreprocessing()
        let tensor = try preprocessing.tensor(from: bytes)
        #expect(tensor.shape == [1, 28, 28, 1])
        #expect(tensor.values == (try preprocessing.picture(from: bytes).pixels.map { Float($0) / 255 }))
        #expect(tensor.values.max() == 1 && tensor.values.min() == 0)
    }

    @Test(
        "blank pictures are all zero",
        arguments: [
            "digit-blank-white.png", "digit-blank-black.png", "digit-blank-transparent.png", "digit-one-pixel.png",
            "digit-one-pixel-white.png",
        ])
    func blank(file: String) throws {
        let tensor = try DigitPreprocessing().tensor(from: try GoldenFiles.bytes(file))
        #expect(tensor == Tensor(zeros: [1, 28, 28, 1]))
    }

    @Test("white strokes on a transparent canvas look like black ones")
    func whiteInk() throws {
        let preprocessing = DigitPreprocessing()
        let white = try preprocessing.picture(from: try GoldenFiles.bytes("digit-transparent-white-ink.png"))
        let black = try preprocessing.picture(from: try GoldenFiles.bytes("digit-transparent.png"))
        #expect(white.pixels.reduce(0) { $0 + Int($1) } > 10_000)
        #expect(Difference(white.pixels, black.pixels).largest <= 1)
    }

    @Test("the centre of mass comes to the middle and nothing wraps around")
    func centring() throws {
        // A solid bar above a thin stem: the mass is far from the middle of the frame.
        var pixels = [UInt8](repeating: 255, count: 60 * 60)
        for y in 5..<45 { for x in 20..<24 { pixels[y * 60 + x] = 0 } }
        for y in 5..<10 { for x in 5..<45 { pixels[y * 60 + x] = 0 } }
        let image = PixelImage(width: 60, height: 60, format: .gray, pixels: pixels)
        let picture = DigitPreprocessing().picture(from: image)
        var (mass, momentX, momentY) = (0.0, 0.0, 0.0)
        for (index, value) in picture.pixels.enumerated() {
            mass += Double(value)
            momentX += Double(value) * Double(index % 28)
            momentY += Double(value) * Double(index / 28)
        }
        #expect(abs(momentX / mass - 14) <= 0.5 && abs(momentY / mass - 14) <= 0.5)
        // The frame was 20 × 20 and moved down: the first rows are empty.
        #expect(picture.pixels.prefix(28 * 5).allSatisfy { $0 == 0 })
    }

    @Test("what is no picture is refused")
    func refused() {
        #expect(throws: ImageError.empty) { try DigitPreprocessing().tensor(from: [] as [UInt8]) }
        #expect(throws: ImageError.unknownFormat) { try DigitPreprocessing().tensor(from: Array("hello".utf8)) }
    }
}
