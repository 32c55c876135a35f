import Foundation
import Imaging
import JSON
import Testing

/// Against what `Golden/make_tensorflow.py` had TensorFlow itself compute.
@Suite("Resizing as TensorFlow")
struct TensorFlowLinearTests {
    private struct Case {
        let from: (width: Int, height: Int)
        let to: (width: Int, height: Int)
        let values: [Double]
    }

    private static func cases() throws -> [Case] {
        let json = try JSONValue(parsing: Data(contentsOf: GoldenFiles.folder.appending(path: "tensorflow.json")))
        return try #require(json["cases"]?.arrayValue).map { entry in
            func size(_ key: String) throws -> (Int, Int) {
                let sides = (entry[key]?.arrayValue ?? []).compactMap(\.intValue)
                try #require(sides.count == 2)
                return (sides[0], sides[1])
            }
            return Case(
                from: try size("from"), to: try size("to"),
                values: (entry["values"]?.arrayValue ?? []).compactMap(\.doubleValue))
        }
    }

    /// The picture of the script's formula.
    private static func picture(_ width: Int, _ height: Int) -> PixelImage {
        let pixels = (0..<width * height * 3).map { index -> UInt8 in
            let (x, y, channel) = (index / 3 % width, index / 3 / width, index % 3)
            return UInt8((x * 7 + y * 13 + channel * 31 + x * y) % 256)
        }
        return PixelImage(width: width, height: height, format: .rgb, pixels: pixels)
    }

    @Test("values are TensorFlow's, rounded to whole levels")
    func golden() throws {
        let cases = try Self.cases()
        #expect(cases.count == 6)
        for golden in cases {
            let resized = Self.picture(golden.from.width, golden.from.height).resized(
                width: golden.to.width, height: golden.to.height, filter: .tensorFlowLinear)
            #expect(resized.pixels.count == golden.values.count)
            for (level, value) in zip(resized.pixels, golden.values) {
                // A half may round either way after three decimals.
                #expect(abs(Double(level) - value) <= 0.501, "\(golden.from) to \(golden.to)")
            }
        }
    }
}
