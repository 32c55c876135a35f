/// What one step reads.
public struct Batch: Sendable {
    /// `[count, height, width, channels]`, 0…1.
    public let pixels: [Float]
    /// Class of each picture.
    public let labels: [Int64]
}

extension SampleSource {
    /// The batches of an epoch; each is made when it is called for.
    public func batches(epoch: Int) -> [@Sendable () -> Batch] {
        plan(epoch: epoch).map { items in
            { @Sendable in
                let size = sampleSize
                var pixels = [Float](repeating: 0, count: items.count * size)
                pixels.withUnsafeMutableBufferPointer { pixels in
                    for (index, item) in items.enumerated() {
                        let target = UnsafeMutableBufferPointer(rebasing: pixels[index * size..<(index + 1) * size])
                        write(item, epoch: epoch, into: target)
                    }
                }
                return Batch(pixels: pixels, labels: items.map { Int64(label(of: $0)) })
            }
        }
    }
}
