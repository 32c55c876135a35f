extension PixelImage {
    /// Bilinear interpolation between two source pixels each way, rounded to whole levels at the end.
    ///
    /// - Source: `tf.image.resize` with `bilinear` and without `antialias`: half-pixel centres, 32-bit floats; compared
    ///   in `TensorFlowLinearTests`.
    func tensorFlowLinear(_ newWidth: Int, _ newHeight: Int) -> PixelImage {
        let columns = Interpolation.all(from: width, to: newWidth)
        let rows = Interpolation.all(from: height, to: newHeight)
        let channels = format.channels
        var result = PixelImage(width: newWidth, height: newHeight, format: format)
        pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                var write = 0
                for row in rows {
                    let (top, bottom) = (row.lower * width, row.upper * width)
                    for column in columns {
                        for channel in 0..<channels {
                            func level(_ row: Int, _ column: Int) -> Float {
                                Float(source[(row + column) * channels + channel])
                            }
                            let (topLeft, bottomLeft) = (level(top, column.lower), level(bottom, column.lower))
                            let above = topLeft + (level(top, column.upper) - topLeft) * column.part
                            let below = bottomLeft + (level(bottom, column.upper) - bottomLeft) * column.part
                            // A mean of levels lies between them, so it fits a byte.
                            target[write] = UInt8((above + (below - above) * row.part).rounded())
                            write += 1
                        }
                    }
                }
            }
        }
        return result
    }
}

/// The two source pixels of a result position, and the part of the second.
private struct Interpolation {
    let lower: Int
    let upper: Int
    let part: Float

    static func all(from: Int, to: Int) -> [Interpolation] {
        let scale = Float(from) / Float(to)
        return (0..<to).map { position in
            let place = (Float(position) + 0.5) * scale - 0.5
            let floor = place.rounded(.down)
            return Interpolation(
                lower: max(0, Int(floor)), upper: min(from - 1, Int(place.rounded(.up))), part: place - floor)
        }
    }
}
