import Testing

@testable import Imaging

/// Resampling by wide vectors against resampling by plain loops, which the golden tests compare with Pillow.
struct VectorResizeTests {
    private static let isAvailable = ResampleWeights(from: 40, to: 10, support: 2) { 2 - abs($0) }.vectors != nil

    /// Pixels without any pattern that a wrong place could hide in, extreme values among them.
    private static func picture(_ width: Int, _ height: Int, _ format: PixelFormat) -> PixelImage {
        var state = UInt32(truncatingIfNeeded: width &* 31 &+ height)
        let pixels = (0..<width * height * format.channels).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            let byte = UInt8(truncatingIfNeeded: state >> 24)
            return byte < 40 ? 0 : byte > 215 ? 255 : byte
        }
        return PixelImage(width: width, height: height, format: format, pixels: pixels)
    }

    @Test(
        "wide vectors give every pixel of the plain loops", .enabled(if: isAvailable, "this processor has no AVX2"),
        arguments: [
            (500, 375, 128, 128), (333, 1, 20, 1), (17, 5, 40, 31), (12, 9, 11, 8), (64, 7, 63, 6), (1999, 3, 7, 2),
            (20, 20, 128, 128), (11, 64, 10, 3),
        ], PixelFormat.allCases)
    func same(sizes: (Int, Int, Int, Int), format: PixelFormat) throws {
        let (width, height, newWidth, newHeight) = sizes
        let picture = Self.picture(width, height, format)
        for filter in [ResampleFilter.bilinear, .bicubic, .lanczos] {
            let across = try #require(ResampleWeights.of(filter, from: width, to: newWidth))
            let wide = Convolution.horizontal(picture, across)
            #expect(wide == Convolution.horizontalByPixels(picture, across), "\(filter), columns")
            let down = try #require(ResampleWeights.of(filter, from: height, to: newHeight))
            #expect(Convolution.vertical(wide, down) == Convolution.verticalByRows(wide, down), "\(filter), rows")
        }
    }

    @Test(
        "photos are done by the wide vectors, thin pictures are not",
        .enabled(if: isAvailable, "this processor has no AVX2"))
    func choice() throws {
        let weights = try #require(ResampleWeights.of(.bicubic, from: 500, to: 128))
        let vectors = try #require(weights.vectors)
        #expect(vectors.horizontal(Self.picture(500, 4, .rgb)) != nil)
        #expect(vectors.horizontal(Self.picture(500, 4, .gray)) == nil)
        #expect(vectors.vertical(Self.picture(10, 500, .rgb), weights) == nil)
        #expect(vectors.vertical(Self.picture(11, 500, .rgb), weights) != nil)
    }
}
