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
    public init(_ pictures: LabelledPictures, fraction: Double, seed: Int) {
        var twins: [ArraySlice<UInt8>: [Int]] = [:]
        for picture in 0..<pictures.count { twins[pictures[picture], default: []].append(picture) }
        var groups = [[[Int]]](repeating: [], count: pictures.classes.count)
        // A dictionary has no fixed order: groups are ordered by their first picture.
        for group in twins.values.sorted(by: { $0[0] < $1[0] }) { groups[pictures.labels[group[0]]].append(group) }

        var validation: [Int] = []
        for (label, groups) in groups.enumerated() where groups.count >= 2 {
            var random = SeededRandom(seed: seed, 0x5911, label)
            let total = groups.reduce(0) { $0 + $1.count }
            let wanted = max(1, Int((fraction * Double(total)).rounded()))
            var taken = 0
            for index in random.permutation(of: groups.count).dropLast() {
                guard taken < wanted else { break }
                validation += groups[index]
                taken += groups[index].count
            }
        }
        let held = Set(validation)
        training = (0..<pictures.count).filter { !held.contains($0) }
        self.validation = validation.sorted()
    }
}
