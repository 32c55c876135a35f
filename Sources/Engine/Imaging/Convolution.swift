/// The two passes of a separable resampling; each rounds to 8 bits.
enum Convolution {
    private static let half: Int32 = 1 << (ResampleWeights.fractionBits - 1)

    @inline(__always)
    private static func clipped(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(255, max(0, sum >> ResampleWeights.fractionBits)))
    }

    static func horizontal(_ image: PixelImage, _ weights: ResampleWeights) -> PixelImage {
        weights.vectors?.horizontal(image) ?? horizontalByPixels(image, weights)
    }

    /// One pixel at a time, for any processor.
    static func horizontalByPixels(_ image: PixelImage, _ weights: ResampleWeights) -> PixelImage {
        let newWidth = weights.starts.count
        var result = PixelImage(width: newWidth, height: image.height, format: image.format)
        let channels = image.format.channels
        image.pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                for y in 0..<image.height {
                    let (from, to) = (source + y * image.width * channels, target + y * newWidth * channels)
                    switch channels {
                    case 1: rowOfGray(from, to, weights)
                    case 3: rowOfRGB(from, to, weights)
                    default: rowOfRGBA(from, to, weights)
                    }
                }
            }
        }
        return result
    }

    private static func rowOfGray(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ weights: ResampleWeights
    ) {
        weights.weights.withUnsafeBufferPointer { factors in
            for x in 0..<weights.starts.count {
                let (start, first) = (weights.starts[x], x &* weights.taps)
                var sum = half
                for tap in 0..<weights.counts[x] { sum &+= Int32(source[start &+ tap]) &* factors[first &+ tap] }
                target[x] = clipped(sum)
            }
        }
    }

    private static func rowOfRGB(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ weights: ResampleWeights
    ) {
        weights.weights.withUnsafeBufferPointer { factors in
            for x in 0..<weights.starts.count {
                var pixel = source + weights.starts[x] &* 3
                let first = x &* weights.taps
                var (red, green, blue) = (half, half, half)
                for tap in first..<first &+ weights.counts[x] {
                    let factor = factors[tap]
                    red &+= Int32(pixel[0]) &* factor
                    green &+= Int32(pixel[1]) &* factor
                    blue &+= Int32(pixel[2]) &* factor
                    pixel += 3
                }
                target[x &* 3] = clipped(red)
                target[x &* 3 &+ 1] = clipped(green)
                target[x &* 3 &+ 2] = clipped(blue)
            }
        }
    }

    private static func rowOfRGBA(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ weights: ResampleWeights
    ) {
        let pixels = UnsafeRawPointer(source)
        weights.weights.withUnsafeBufferPointer { factors in
            for x in 0..<weights.starts.count {
                var offset = weights.starts[x] &* 4
                let first = x &* weights.taps
                var sum = SIMD4<Int32>(repeating: half)
                for tap in first..<first &+ weights.counts[x] {
                    let sample = pixels.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt8>.self)
                    sum &+= SIMD4<Int32>(truncatingIfNeeded: sample) &* factors[tap]
                    offset &+= 4
                }
                for channel in 0..<4 { target[x &* 4 &+ channel] = clipped(sum[channel]) }
            }
        }
    }

    static func vertical(_ image: PixelImage, _ weights: ResampleWeights) -> PixelImage {
        weights.vectors?.vertical(image, weights) ?? verticalByRows(image, weights)
    }

    /// Sums whole rows so that the inner loop runs over neighbouring bytes, for any processor.
    static func verticalByRows(_ image: PixelImage, _ weights: ResampleWeights) -> PixelImage {
        let newHeight = weights.starts.count
        var result = PixelImage(width: image.width, height: newHeight, format: image.format)
        let length = image.width * image.format.channels
        var sums = [Int32](repeating: 0, count: length)
        image.pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let source = source.baseAddress, let target = target.baseAddress else { return }
                    for y in 0..<newHeight {
                        for x in 0..<length { sums[x] = half }
                        for tap in 0..<weights.counts[y] {
                            let factor = weights.weights[y * weights.taps + tap]
                            let row = source + (weights.starts[y] + tap) * length
                            for x in 0..<length { sums[x] &+= Int32(row[x]) &* factor }
                        }
                        let row = target + y * length
                        for x in 0..<length { row[x] = clipped(sums[x]) }
                    }
                }
            }
        }
        return result
    }
}
