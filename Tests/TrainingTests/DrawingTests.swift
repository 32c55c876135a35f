import Testing

@testable import Training

@Suite("Drawn digits")
struct DrawingTests {
    /// A grey picture of 28 × 28 pixels with marks where `isMark` says so.
    private static func picture(_ isMark: (Int, Int) -> Bool) -> ArraySlice<UInt8> {
        (0..<28 * 28).map { isMark($0 % 28, $0 / 28) ? 255 as UInt8 : 0 }[...]
    }

    @Test("a thick bar is traced along its middle")
    func bar() throws {
        let pixels = Self.picture { x, y in (12...15).contains(x) && (4...23).contains(y) }
        let skeleton = Skeleton(tracing: pixels, width: 28, height: 28)
        #expect(skeleton.places.count > 20)
        // Pixels 12…15 span 12…16.
        #expect(skeleton.places.allSatisfy { abs($0.x - 14) < 0.6 })
        #expect(skeleton.edges.count == skeleton.places.count - 1)
    }

    @Test("a ring stays closed")
    func ring() {
        let pixels = Self.picture { x, y in
            let distance = (Point(Float(x), Float(y)) - 13.5).distance(to: .zero)
            return distance > 6 && distance < 10
        }
        let skeleton = Skeleton(tracing: pixels, width: 28, height: 28)
        #expect(skeleton.places.count > 40)
        #expect(skeleton.edges.count >= skeleton.places.count)
        #expect(skeleton.places.allSatisfy { abs($0.distance(to: Point(14, 14)) - 8) < 1.2 })
    }

    @Test("a dot is traced, an empty picture is not")
    func dot() {
        let dot = Skeleton(tracing: Self.picture { x, y in x == 5 && y == 6 }, width: 28, height: 28)
        #expect(dot.drawing != nil)
        #expect(Skeleton(tracing: Self.picture { _, _ in false }, width: 28, height: 28).drawing == nil)
    }

    @Test("a pen leaves as much ink as it is wide", arguments: [0.25, 0.5, 1, 2, 4, 9] as [Float])
    func pen(width: Float) {
        let line = InkDrawing(pieces: [.init(start: Point(0, 0), end: Point(1, 0.2))])
        let plane = line.drawn(longestSide: 80, pen: width)
        let length = 80 * (1.04 as Float).squareRoot()
        let expected = length * width + (width >= 1 ? .pi * width * width / 4 : 0)
        #expect(abs(Float(plane.ink) / 255 - expected) < 0.06 * expected + 1)
    }

    @Test("every way of writing a digit gives a picture with ink in the middle", arguments: 0..<10)
    func shapes(digit: Int) {
        let digits = DrawnDigits(recipe: DrawingRecipe(), augmentation: AugmentationRecipe())
        var target = [Float](repeating: -1, count: 784)
        for seed in 0..<40 {
            var random = SeededRandom(seed: seed)
            target.withUnsafeMutableBufferPointer { digits.shape(of: digit, random: &random, into: $0) }
            #expect(target.allSatisfy { $0 >= 0 && $0 <= 1 })
            let ink = target.reduce(0, +)
            #expect(ink > 0.8, "seed \(seed)")
            var centre = Point.zero
            for index in target.indices { centre += Point(Float(index % 28), Float(index / 28)) * target[index] }
            #expect((centre / ink).distance(to: Point(14, 14)) < 1, "seed \(seed)")
        }
    }

    @Test("a scan that is not varied is only framed")
    func unvaried() {
        let digits = DrawnDigits(recipe: DrawingRecipe(), augmentation: AugmentationRecipe())
        let pixels = Self.picture { x, y in (9...18).contains(x) && (4...23).contains(y) }
        var framed = [Float](repeating: 0, count: 784)
        framed.withUnsafeMutableBufferPointer { digits.framed(pixels, into: $0) }
        // Ten by twenty pixels already: framing leaves it in its place.
        #expect(framed == pixels.map { Float($0) / 255 })
    }
}
