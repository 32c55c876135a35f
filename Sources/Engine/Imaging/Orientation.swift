/// How a stored picture must be turned to be seen upright: the values of the EXIF tag `Orientation`.
public enum Orientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case flipped = 4
    case transposed = 5
    case turnRight = 6
    case transversed = 7
    case turnLeft = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }
}

/// Whether the orientation written in a file is applied to its pixels.
public enum OrientationPolicy: String, Sendable, CaseIterable {
    /// Turn the picture upright.
    case apply
    /// Leave the pixels as they are stored.
    case ignore
}

extension PixelImage {
    /// The picture turned upright.
    ///
    /// - Complexity: O(pixels); the picture itself when it is upright already.
    public func oriented(_ orientation: Orientation) -> PixelImage {
        // Where in the source the first pixel of the result lies, and the steps there for one pixel right and down.
        let (lastX, lastY) = (width - 1, height - 1)
        let (start, right, down): (Int, Int, Int) =
            switch orientation {
            case .upright: (0, 1, width)
            case .mirrored: (lastX, -1, width)
            case .upsideDown: (lastY * width + lastX, -1, -width)
            case .flipped: (lastY * width, 1, -width)
            case .transposed: (0, width, 1)
            case .turnRight: (lastY * width, -width, 1)
            case .transversed: (lastY * width + lastX, -width, -1)
            case .turnLeft: (lastX, width, -1)
            }
        if orientation == .upright { return self }
        let newWidth = orientation.swapsSides ? height : width
        let newHeight = orientation.swapsSides ? width : height
        var result = PixelImage(width: newWidth, height: newHeight, format: format)
        let channels = format.channels
        pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                var write = 0
                for y in 0..<newHeight {
                    var read = (start + y * down) * channels
                    for _ in 0..<newWidth {
                        for channel in 0..<channels { target[write + channel] = source[read + channel] }
                        write += channels
                        read += right * channels
                    }
                }
            }
        }
        return result
    }
}
