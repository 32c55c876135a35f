extension SampleSource {
    /// Samples that judge a network, always the same ones.
    ///
    /// Pictures of a data set become numbers only when they are asked for, a few at a time.
    public struct Fixed: Sendable {
        /// Class of each.
        public private(set) var labels: [Int] = []
        private var parts: [Part] = []

        private struct Part: Sendable {
            let count: Int
            let pixels: @Sendable (Range<Int>) -> [Float]
        }

        /// No samples.
        public init() {}

        /// Makes samples that are asked for by their numbers.
        init(labels: [Int], pixels: @escaping @Sendable (Range<Int>) -> [Float]) {
            self.labels = labels
            if !labels.isEmpty { parts = [Part(count: labels.count, pixels: pixels)] }
        }

        /// Makes samples of their numbers, `[count, height, width, channels]`, 0…1.
        ///
        /// - Precondition: each sample has as many numbers.
        public init(pixels: [Float], labels: [Int]) {
            let size = labels.isEmpty ? 0 : pixels.count / labels.count
            precondition(size * labels.count == pixels.count, "samples have as many numbers each")
            self.init(labels: labels) { range in Array(pixels[range.lowerBound * size..<range.upperBound * size]) }
        }

        /// Number of samples.
        public var count: Int { labels.count }

        /// The numbers of some samples, `[count, height, width, channels]`, 0…1.
        public func pixels(_ range: Range<Int>) -> [Float] {
            var result: [Float] = []
            var start = 0
            for part in parts {
                let own = (range.lowerBound - start..<range.upperBound - start).clamped(to: 0..<part.count)
                if !own.isEmpty { result += part.pixels(own) }
                start += part.count
            }
            return result
        }

        /// The numbers of all samples.
        public var pixels: [Float] { pixels(0..<count) }

        /// Adds other samples of the same size.
        public static func += (left: inout Self, right: Self) {
            left.labels += right.labels
            left.parts += right.parts
        }

        /// The first samples.
        public func prefix(_ count: Int) -> Self {
            guard count < self.count else { return self }
            return Self(pixels: pixels(0..<count), labels: Array(labels.prefix(count)))
        }
    }
}
