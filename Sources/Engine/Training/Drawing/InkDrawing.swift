/// A drawing as a pen makes it: short straight pieces, each with its share of the pen's width.
struct InkDrawing {
    /// A straight piece of a stroke.
    struct Piece {
        var start: Point
        var end: Point
        /// Width as a part of the pen's: pens pressed harder draw wider.
        var pressure: Float = 1
    }

    var pieces: [Piece]

    /// The same drawing with every place changed.
    func mapped(_ change: (Point) -> Point) -> InkDrawing {
        InkDrawing(
            pieces: pieces.map { Piece(start: change($0.start), end: change($0.end), pressure: $0.pressure) })
    }

    /// The least place that spans the drawing, and its size.
    var bounds: (origin: Point, size: Point) {
        var low = Point(repeating: .greatestFiniteMagnitude)
        var high = -low
        for piece in pieces {
            low = pointwiseMin(low, pointwiseMin(piece.start, piece.end))
            high = pointwiseMax(high, pointwiseMax(piece.start, piece.end))
        }
        return (low, high - low)
    }

    /// The drawing with its middle at 0 and its longest side 1.
    var centred: InkDrawing {
        let (origin, size) = bounds
        let scale = 1 / max(size.x, size.y, 1e-6)
        return mapped { ($0 - origin - size * 0.5) * scale }
    }

    /// Draws with a round pen.
    ///
    /// - Parameters:
    ///   - longestSide: length of the drawing's longest side, in pixels.
    ///   - pen: width of the pen, in pixels; lines thinner than a pixel get fainter.
    /// - Returns: a plane with a black margin around the marks.
    func drawn(longestSide: Float, pen: Float) -> GreyPlane {
        let (origin, size) = bounds
        let scale = longestSide / max(size.x, size.y, 1e-6)
        let margin = pen + 4 + longestSide / 8
        var plane = GreyPlane(
            width: Int(size.x * scale + 2 * margin) + 1, height: Int(size.y * scale + 2 * margin) + 1)
        let (width, height) = (plane.width, plane.height)
        plane.levels.withUnsafeMutableBufferPointer { levels in
            for piece in pieces {
                let stroke = Stroke(
                    start: (piece.start - origin) * scale + margin, end: (piece.end - origin) * scale + margin,
                    width: pen * piece.pressure)
                stroke.draw(on: levels, width: width, height: height)
            }
        }
        return plane
    }
}

/// A straight line with round ends, in pixels.
private struct Stroke {
    let start: Point
    let end: Point
    let width: Float

    /// Leaves the greater of what is there and what the stroke covers.
    func draw(on levels: UnsafeMutableBufferPointer<UInt8>, width columns: Int, height rows: Int) {
        let radius = max(width, 1) * 0.5
        let strength = min(width, 1) * 255
        let reach = radius + 1
        let along = end - start
        let lengthSquared = max((along * along).sum(), 1e-9)
        let left = max(0, Int(min(start.x, end.x) - reach)), right = min(columns - 1, Int(max(start.x, end.x) + reach))
        let top = max(0, Int(min(start.y, end.y) - reach)), bottom = min(rows - 1, Int(max(start.y, end.y) + reach))
        guard left <= right, top <= bottom else { return }
        for y in top...bottom {
            for x in left...right {
                let place = Point(Float(x) + 0.5, Float(y) + 0.5) - start
                let part = min(1, max(0, (place * along).sum() / lengthSquared))
                let gap = place - along * part
                // Coverage of the pixel by the line's edge, taken as straight.
                let coverage = min(1, max(0, radius + 0.5 - (gap * gap).sum().squareRoot()))
                let level = UInt8(coverage * strength)
                let index = y * columns + x
                if level > levels[index] { levels[index] = level }
            }
        }
    }
}
