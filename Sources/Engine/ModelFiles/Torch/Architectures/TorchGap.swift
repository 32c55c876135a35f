/// What lies between two layers, as far as numbered names tell: each number left out is a layer without weights.
struct TorchGap: Equatable {
    /// Layers without weights that are there for certain.
    let minimum: Int
    /// Whether there are no more.
    let isExact: Bool

    static let unknown = TorchGap(minimum: 0, isExact: false)

    /// Whether nothing lies between.
    var isNone: Bool { isExact && minimum == 0 }

    init(minimum: Int, isExact: Bool) {
        self.minimum = minimum
        self.isExact = isExact
    }

    /// The gap between `features.3` and `features.7` is 3; between `conv1` and `conv2`, nobody knows.
    init(from left: String, to right: String) {
        let left = left.split(separator: ".")
        let right = right.split(separator: ".")
        let common = zip(left, right).prefix { $0 == $1 }.count
        guard common < left.count, common < right.count, let first = Self.position(left[common]),
            let second = Self.position(right[common]), first < second
        else {
            self = .unknown
            return
        }
        // `3` and then `6.1`: what comes before 1 within 6 lies between too.
        let inner = right[(common + 1)...].map { Self.position($0) }
        minimum = second - first - 1 + inner.reduce(0) { $0 + ($1 ?? 0) }
        isExact = left.count == common + 1 && !inner.contains(nil)
    }

    private static func position(_ part: Substring) -> Int? {
        part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) && part.utf8.count <= 6 ? Int(part) : nil
    }
}
