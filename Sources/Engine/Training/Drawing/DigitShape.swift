/// One way people write a digit: strokes through knots in a box of side 1, x to the right, y down.
struct DigitShape {
    /// A place a stroke passes through.
    struct Knot {
        let place: Point
        /// Whether the stroke turns sharply here instead of passing smoothly.
        let isCorner: Bool
    }

    let strokes: [[Knot]]
    /// How often this way is drawn, compared with the other ways of the same digit.
    let weight: Float

    /// Makes a shape from its strokes.
    init(_ weight: Float, _ strokes: [Knot]...) {
        self.weight = weight
        self.strokes = strokes
    }

    /// The shape as a drawing, with knots moved at random and pressure that varies along each stroke.
    ///
    /// - Parameters:
    ///   - jitter: deviation of the knots, in parts of the box.
    ///   - pressure: largest change of the pen's width along a stroke, as a part of it.
    func drawing(jitter: Float, pressure: Float, random: inout SeededRandom) -> InkDrawing {
        var pieces: [InkDrawing.Piece] = []
        for stroke in strokes {
            let knots = stroke.map { knot in
                Knot(
                    place: knot.place + Point(random.normal(jitter), random.normal(jitter)), isCorner: knot.isCorner)
            }
            let (first, last) = (random.uniform(-pressure, pressure), random.uniform(-pressure, pressure))
            let places = Self.curve(through: knots)
            for (index, (start, end)) in zip(places, places.dropFirst()).enumerated() {
                let part = Float(index) / Float(places.count)
                pieces.append(.init(start: start, end: end, pressure: 1 + first * (1 - part) + last * part))
            }
        }
        return InkDrawing(pieces: pieces)
    }

    /// Places along a Catmull-Rom curve that breaks at corners.
    private static func curve(through knots: [Knot]) -> [Point] {
        guard knots.count > 1 else { return knots.flatMap { [$0.place, $0.place] } }
        var places = [knots[0].place]
        for index in 0..<knots.count - 1 {
            let (start, end) = (knots[index], knots[index + 1])
            let before = index == 0 || start.isCorner ? start.place : knots[index - 1].place
            let after = index + 2 == knots.count || end.isCorner ? end.place : knots[index + 2].place
            let steps = start.isCorner && end.isCorner ? 2 : 7
            for step in 1...steps {
                let t = Float(step) / Float(steps)
                let bend = (2 * before - 5 * start.place + 4 * end.place - after) * (t * t)
                let twist = (3 * start.place - before - 3 * end.place + after) * (t * t * t)
                places.append(0.5 * (2 * start.place + (end.place - before) * t + bend + twist))
            }
        }
        return places
    }
}
