import Imaging
import Testing

struct ReducedJPEGTests {
    let decoder = ImageDecoder()

    @Test(
        "a JPEG is decoded at the smallest half, quarter or eighth that is not too small",
        arguments: [
            ((37, 29), (37, 29)), ((19, 15), (19, 15)), ((18, 15), (19, 15)), ((10, 8), (10, 8)), ((10, 9), (19, 15)),
            ((1, 1), (5, 4)), ((500, 1), (37, 29)),
        ])
    func sizes(minimum: (Int, Int), expected: (Int, Int)) throws {
        for file in ["jpeg-420.jpg", "jpeg-gray.jpg", "jpeg-cmyk.jpg", "jpeg-progressive.jpg"] {
            let image = try decoder.decode(
                try GoldenFiles.bytes(file), as: .rgb, atLeast: (width: minimum.0, height: minimum.1))
            #expect((image.width, image.height) == expected, "\(file)")
        }
    }

    @Test("the minimum counts for the upright picture")
    func turned() throws {
        let bytes = try GoldenFiles.bytes("turned-6.jpg")
        let image = try decoder.decode(bytes, as: .rgb, atLeast: (width: 3, height: 6))
        #expect(image.width == 3 && image.height == 6)
    }

    @Test("a reduced picture has the values of Pillow's draft mode", arguments: GoldenFiles.cases("reduced"))
    func values(golden: GoldenCase) throws {
        let (width, height) = (try golden.integer("minimumWidth"), try golden.integer("minimumHeight"))
        let image = try decoder.decode(
            try GoldenFiles.bytes(golden.file), as: .rgb, atLeast: (width: width, height: height))
        #expect(image.width == (try golden.integer("width")))
        #expect(image.height == (try golden.integer("height")))
        let expected = try golden.pixels("rgb", count: image.pixels.count)
        let difference = Difference(image.pixels, expected)
        #expect(difference.largest <= 1, "\(difference)")
    }

    @Test("other formats are decoded whole")
    func others() throws {
        let image = try decoder.decode(
            try GoldenFiles.bytes("png-type2-8bit.png"), as: .rgb, atLeast: (width: 1, height: 1))
        #expect(image.width == 13)
    }
}
