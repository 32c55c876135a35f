import Imaging
import Testing

struct PNGEncoderTests {
    @Test("a grey picture is written so that it reads back the same", arguments: [(1, 1), (28, 28), (300, 7)])
    func roundTrip(width: Int, height: Int) throws {
        let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }
        let picture = PixelImage(width: width, height: height, format: .gray, pixels: pixels)
        let file = PNGEncoder.encode(picture)
        #expect(ImageFormat.sniff(file) == .png)
        #expect(try ImageDecoder().decode(file, as: .gray) == picture)
    }
}
