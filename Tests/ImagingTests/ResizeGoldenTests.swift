import Imaging
import Testing

struct ResizeGoldenTests {
    @Test("resizing gives the values of Pillow and OpenCV", arguments: GoldenFiles.cases("resize"))
    func resize(golden: GoldenCase) throws {
        let format = try #require(PixelFormat(rawValue: golden.text("format")))
        let filter = try #require(ResampleFilter(rawValue: golden.text("filter")))
        let source = PixelImage(
            width: 24, height: 18, format: format,
            pixels: try golden.pixels("source", count: 24 * 18 * format.channels))
        let (width, height) = (try golden.integer("width"), try golden.integer("height"))
        let resized = source.resized(width: width, height: height, filter: filter)
        let expected = try golden.pixels("expected", count: width * height * format.channels)
        let difference = Difference(resized.pixels, expected)
        #expect(difference.largest <= (filter == .openCVLinear ? 1 : 0), "\(difference)")
    }

    @Test("a picture of one colour keeps it at every size", arguments: ResampleFilter.allCases)
    func flat(filter: ResampleFilter) {
        for format in PixelFormat.allCases {
            let color = Array([201, 7, 255, 255].prefix(format.channels) as ArraySlice<UInt8>)
            let source = PixelImage(
                width: 9, height: 6, format: format, pixels: (0..<54).flatMap { _ in color })
            for (width, height) in [(3, 2), (31, 40), (9, 1), (1, 6)] {
                let resized = source.resized(width: width, height: height, filter: filter)
                #expect(resized.pixels == (0..<width * height).flatMap { _ in color })
            }
        }
    }

    @Test("thin lines are resized without a large picture in between", arguments: [(1, 60_000), (60_000, 1)])
    func thin(width: Int, height: Int) {
        let source = PixelImage(
            width: width, height: height, format: .gray, pixels: [UInt8](repeating: 9, count: width * height))
        let resized = source.resized(width: 4000, height: 4000, filter: .lanczos)
        #expect(resized.pixels.allSatisfy { $0 == 9 })
    }

    @Test("cropping takes the rectangle")
    func crop() {
        let source = PixelImage(width: 4, height: 3, format: .gray, pixels: Array(0..<12))
        let part = source.cropped(x: 1, y: 1, width: 2, height: 2)
        #expect(part == PixelImage(width: 2, height: 2, format: .gray, pixels: [5, 6, 9, 10]))
        #expect(source.cropped(x: 0, y: 0, width: 4, height: 3) == source)
    }
}
