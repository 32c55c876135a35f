import CKernels

/// The weights of a resampling in the form that the kernels for wide vectors take.
///
/// A product of a sample and a 23-bit weight needs 32 bits, of which a vector multiplies half as many at once and at half
/// the speed as of 16 bits. So weights come in two parts, whose sums are put together at the end: the result is the
/// same to the last bit.
struct ResampleVectors: Sendable {
    /// Taps of a result, in groups of four.
    private let groups: Int
    /// First source pixel of each result position; moved back where the groups would reach beyond the end.
    private let starts: [Int32]
    /// Four high and four low parts for each group of each result position.
    private let factors: [Int16]
    /// The parts of the weights of all taps.
    private let high: [Int16]
    private let low: [Int16]

    private static let isAvailable = kernels_have_avx2()
    private static let lowBits = Int32(KERNELS_LOW_BITS)
    private static let tapsOfGroup = Int(KERNELS_TAPS_OF_GROUP)
    /// The kernel for columns works on this many bytes at once.
    private static let leastRowLength = 32

    /// - Parameters:
    ///   - from: length of the source.
    /// - Returns: nil where the processor has no such vectors, or a weight does not fit.
    init?(starts: [Int], counts: [Int], weights: [Int32], taps: Int, from: Int) {
        guard Self.isAvailable, weights.allSatisfy({ Int16(exactly: $0 >> Self.lowBits) != nil }) else { return nil }
        high = weights.map { Int16(truncatingIfNeeded: $0 >> Self.lowBits) }
        low = weights.map { Int16(truncatingIfNeeded: $0 & (1 << Self.lowBits - 1)) }
        let groups = ((counts.max() ?? 0) + Self.tapsOfGroup - 1) / Self.tapsOfGroup
        let span = groups * Self.tapsOfGroup
        guard span <= from else {
            // A row shorter than the groups is left to the plain loops.
            (self.groups, self.starts, factors) = (0, [], [])
            return
        }
        self.groups = groups
        var factors = [Int16](repeating: 0, count: 2 * span * starts.count)
        let first = starts.map { min($0, from - span) }
        for position in starts.indices {
            for tap in 0..<counts[position] {
                let (group, place) = (tap + starts[position] - first[position]).quotientAndRemainder(
                    dividingBy: Self.tapsOfGroup)
                let target = 2 * (position * span + group * Self.tapsOfGroup) + place
                factors[target] = high[position * taps + tap]
                factors[target + Self.tapsOfGroup] = low[position * taps + tap]
            }
        }
        self.starts = first.map(Int32.init)
        self.factors = factors
    }

    /// The picture at another width; nil for channels and widths that the plain loops do.
    func horizontal(_ image: PixelImage) -> PixelImage? {
        let channels = image.format.channels
        guard channels >= 3, groups > 0 else { return nil }
        var result = PixelImage(width: starts.count, height: image.height, format: image.format)
        let stride = image.width * channels
        // The kernel reads some bytes beyond a row, so the last one is read from a copy that has them.
        let last = Array(image.pixels[(image.height - 1) * stride..<image.height * stride]) + [0, 0, 0, 0]
        image.pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                kernels_resample_rows(
                    from, stride, image.height - 1, channels, to, starts.count, starts, factors, groups)
                kernels_resample_rows(
                    last, stride, 1, channels, to + (image.height - 1) * starts.count * channels, starts.count,
                    starts, factors, groups)
            }
        }
        return result
    }

    /// The picture at another height; nil for rows that the plain loops do.
    func vertical(_ image: PixelImage, _ weights: ResampleWeights) -> PixelImage? {
        let length = image.width * image.format.channels
        guard length >= Self.leastRowLength else { return nil }
        var result = PixelImage(width: image.width, height: weights.starts.count, format: image.format)
        image.pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                high.withUnsafeBufferPointer { high in
                    low.withUnsafeBufferPointer { low in
                        guard let source = source.baseAddress, let target = target.baseAddress,
                            let high = high.baseAddress, let low = low.baseAddress
                        else { return }
                        for y in weights.starts.indices {
                            let first = y * weights.taps
                            kernels_resample_column(
                                source + weights.starts[y] * length, length, weights.counts[y], high + first,
                                low + first, target + y * length)
                        }
                    }
                }
            }
        }
        return result
    }
}
