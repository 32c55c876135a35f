extension PixelImage {
    /// Bilinear interpolation between two source pixels each way, with weights of 11 bits, as in OpenCV.
    func openCVLinear(_ newWidth: Int, _ newHeight: Int) -> PixelImage {
        let columns = LinearPosition.all(from: width, to: newWidth)
        let rows = LinearPosition.all(from: height, to: newHeight)
        let channels = format.channels
        let length = newWidth * channels
        var result = PixelImage(width: newWidth, height: newHeight, format: format)
        // Two source rows, interpolated along x, and which rows they are.
        var (upper, lower) = ([Int32](repeating: 0, count: length), [Int32](repeating: 0, count: length))
        var (upperRow, lowerRow) = (-1, -1)
        for (y, position) in rows.enumerated() {
            if position.first == lowerRow {
                swap(&upper, &lower)
                (upperRow, lowerRow) = (lowerRow, -1)
            }
            if position.first != upperRow {
                interpolate(row: position.first, columns, into: &upper)
                upperRow = position.first
            }
            if position.second != lowerRow {
                interpolate(row: position.second, columns, into: &lower)
                lowerRow = position.second
            }
            let (first, second) = (LinearPosition.one - position.weight, position.weight)
            result.pixels.withUnsafeMutableBufferPointer { target in
                for x in 0..<length {
                    let sum = (first &* (upper[x] >> 4)) >> 16 &+ (second &* (lower[x] >> 4)) >> 16
                    target[y * length + x] = UInt8(truncatingIfNeeded: min(255, max(0, (sum &+ 2) >> 2)))
                }
            }
        }
        return result
    }

    private func interpolate(row: Int, _ columns: [LinearPosition], into target: inout [Int32]) {
        let channels = format.channels
        pixels.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                let start = row * width
                for (x, position) in columns.enumerated() {
                    let (left, right) = ((start + position.first) * channels, (start + position.second) * channels)
                    for channel in 0..<channels {
                        target[x * channels + channel] =
                            Int32(source[left + channel]) &* (LinearPosition.one - position.weight)
                            &+ Int32(source[right + channel]) &* position.weight
                    }
                }
            }
        }
    }
}

/// The two source pixels of a result position, and the weight of the second.
private struct LinearPosition {
    static let one: Int32 = 2048

    var first: Int
    var second: Int
    var weight: Int32

    static func all(from: Int, to: Int) -> [LinearPosition] {
        let scale = Double(from) / Double(to)
        return (0..<to).map { position in
            let place = Float((Double(position) + 0.5) * scale - 0.5)
            let floor = place.rounded(.down)
            let first = Int(floor)
            if first < 0 { return LinearPosition(first: 0, second: 0, weight: 0) }
            if first >= from - 1 { return LinearPosition(first: from - 1, second: from - 1, weight: 0) }
            let weight = Int32(((place - floor) * Float(one)).rounded(.toNearestOrEven))
            return LinearPosition(first: first, second: first + 1, weight: weight)
        }
    }
}
