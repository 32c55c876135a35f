/// Which pictures are learned from and which are held back.
///
/// Each class gives the same part. Pictures that are equal byte for byte stay on one side: otherwise the validation
/// would reward learning by heart. The same seed gives the same split.
public struct DatasetSplit: Sendable, Equatable {
    /// Numbers of the pictures to learn from, ascending.
    public let training: [Int]
    /// Numbers of the pictures held back, ascending.
    public let validation: [Int]

    /// Splits pictures.
    ///
    /// - Parameter fraction: part of each class that is held back; at least one picture where a class has two
    ///   different ones, and never all.
    public init(_ pictures: LabelledPictures, fraction: Double, seed: Int, by rule: ValidationRecipe.Split = .counted) {
        var classes = [[Twins]](repeating: [], count: pictures.classes.count)
        for group in Twins.find(in: pictures) { classes[pictures.labels[group.members[0]]].append(group) }
        var validation: [Int] = []
        for (label, groups) in classes.enumerated() where groups.count >= 2 {
            switch rule {
            case .counted: validation += Self.counted(groups, fraction: fraction, seed: seed, label: label)
            case .content: validation += Self.byContent(groups, fraction: fraction, seed: seed)
            }
        }
        let held = Set(validation)
        training = (0..<pictures.count).filter { !held.contains($0) }
        self.validation = validation.sorted()
    }

    private static func counted(_ groups: [Twins], fraction: Double, seed: Int, label: Int) -> [Int] {
        var random = SeededRandom(seed: seed, 0x5911, label)
        let total = groups.reduce(0) { $0 + $1.members.count }
        let wanted = max(1, Int((fraction * Double(total)).rounded()))
        var held: [Int] = []
        for index in random.permutation(of: groups.count).dropLast() {
            guard held.count < wanted else { break }
            held += groups[index].members
        }
        return held
    }

    private static func byContent(_ groups: [Twins], fraction: Double, seed: Int) -> [Int] {
        let draws = groups.map { group in
            var random = SeededRandom(seed: seed, 0xC047, Int(truncatingIfNeeded: group.digest))
            return random.uniform(0, 1)
        }
        let order = groups.indices.sorted { draws[$0] < draws[$1] }
        let below = order.prefix { draws[$0] < Float(fraction) }.count
        return order.prefix(min(max(below, 1), groups.count - 1)).flatMap { groups[$0].members }
    }
}

/// Pictures that are equal byte for byte.
private struct Twins {
    let digest: UInt64
    /// Numbers of the pictures, ascending.
    var members: [Int]

    /// All pictures in groups of equal ones, ordered by the first of each.
    static func find(in pictures: LabelledPictures) -> [Twins] {
        var groups: [Twins] = []
        var known: [UInt64: [Int]] = [:]
        for picture in 0..<pictures.count {
            let pixels = pictures[picture]
            let digest = digest(of: pixels)
            // Different pictures may share a digest.
            if let group = known[digest]?.first(where: { pictures[groups[$0].members[0]] == pixels }) {
                groups[group].members.append(picture)
            } else {
                known[digest, default: []].append(groups.count)
                groups.append(Twins(digest: digest, members: [picture]))
            }
        }
        return groups
    }

    /// A fingerprint of bytes, alike on every machine.
    private static func digest(of pixels: ArraySlice<UInt8>) -> UInt64 {
        pixels.withUnsafeBytes { bytes in
            var digest: UInt64 = 0xCBF2_9CE4_8422_2325
            func mix(_ word: UInt64) {
                digest = (digest ^ word) &* 0x9E37_79B9_7F4A_7C15
                digest ^= digest >> 29
            }
            let words = bytes.count / 8
            for word in 0..<words {
                mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)))
            }
            for byte in bytes[(8 * words)...] { mix(UInt64(byte)) }
            return digest
        }
    }
}
