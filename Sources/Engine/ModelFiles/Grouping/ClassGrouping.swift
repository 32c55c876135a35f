import JSON

/// Makes a classifier of a few classes out of one of many: each new class is a group of the old ones.
///
/// A network trained on ImageNet knows five kinds of cat and 118 breeds of dog. It becomes one that tells cats from
/// dogs without being trained again: the probability of a group is the mean probability of its members, so that a
/// group does not win by being large, and the probabilities of all are made to add up to 1. That is Bayes' rule for a
/// user whose pictures are of each group equally often, while the network learned all old classes equally often.
///
///     {"groups": [{"label": "cat", "classes": [[281, 285]]}, {"label": "dog", "classes": [[151, 268]]},
///                 {"label": "neither", "weight": 2}],
///      "mirrored": true}
public struct ClassGrouping: Sendable, Equatable {
    /// Old classes that count as one, and the new class that they stand for.
    public struct Group: Sendable, Equatable {
        /// The name of the new class.
        public let label: String
        /// The old classes in it, in order; nil for all that are in no other group.
        public let classes: [Int]?
        /// How often pictures of the group are expected in comparison with the others; above 0.
        public let weight: Double

        /// Makes a group.
        public init(_ label: String, classes: [Int]?, weight: Double = 1) {
            self.label = label
            self.classes = classes
            self.weight = weight
        }
    }

    /// The groups; those of one label are one class, whose probability is the sum of theirs.
    public let groups: [Group]
    /// Whether the network also looks at the picture in a mirror, and the mean of both looks counts. Takes twice the time.
    public let isMirrored: Bool

    /// Makes a grouping.
    public init(_ groups: [Group], isMirrored: Bool = false) {
        self.groups = groups
        self.isMirrored = isMirrored
    }

    /// The new classes in the order of the outputs.
    public var labels: [String] {
        var labels: [String] = []
        for group in groups where !labels.contains(group.label) { labels.append(group.label) }
        return labels
    }

    /// The factors that turn the probabilities of the old classes into those of the groups: a matrix with a row for each
    /// old class and a column for each label, row by row.
    ///
    /// - Throws: `ModelFileError` for classes that the network does not have, or groups without any.
    func factors(classCount: Int) throws(ModelFileError) -> [Float] {
        var owners = [Int?](repeating: nil, count: classCount)
        for (index, group) in groups.enumerated() {
            for number in group.classes ?? [] {
                guard owners.indices.contains(number) else {
                    throw ModelFileError(
                        .unsupported,
                        "group '\(group.label)' has class \(number), but the network has the classes 0 to "
                            + "\(classCount - 1)")
                }
                owners[number] = index
            }
        }
        if let rest = groups.firstIndex(where: { $0.classes == nil }) { owners = owners.map { $0 ?? rest } }
        let labels = labels
        var factors = [Float](repeating: 0, count: classCount * labels.count)
        for (index, group) in groups.enumerated() {
            let members = owners.indices.filter { owners[$0] == index }
            guard !members.isEmpty else {
                throw ModelFileError(.unsupported, "group '\(group.label)' has none of the network's classes")
            }
            let factor = Float(group.weight / Double(members.count))
            guard let column = labels.firstIndex(of: group.label) else { continue }
            for member in members { factors[member * labels.count + column] = factor }
        }
        return factors
    }
}

extension ClassGrouping {
    private static let groupKeys = ["label", "classes", "weight"]
    private static let keys = ["groups", "mirrored"]
    private static let maximumGroups = 100
    /// Weights beyond these are a mistake.
    private static let plausible = 1e-6...1e6

    /// Reads what a user wrote.
    ///
    /// - Parameter problems: gets what is wrong, in the words of a sentence about the description.
    /// - Returns: nil where anything is wrong.
    init?(json: JSONValue, problems: inout [String]) {
        let known = problems.count
        guard let members = json.objectValue, let list = members["groups"]?.arrayValue,
            (2...Self.maximumGroups).contains(list.count)
        else {
            problems.append(
                "'grouping' must be an object whose 'groups' lists 2 to \(Self.maximumGroups) groups: "
                    + #"{"groups": [{"label": "cat", "classes": [[281, 285]]}, {"label": "other"}]}"#)
            return nil
        }
        for key in members.keys where !Self.keys.contains(key) {
            problems.append(
                "'\(key.prefix(40))' of 'grouping' is not known; known are \(Self.keys.joined(separator: ", "))")
        }
        let mirrored = members["mirrored"]?.boolValue
        if members["mirrored"] != nil, mirrored == nil {
            problems.append("'mirrored' of 'grouping' must be true or false")
        }
        var groups: [Group] = []
        for (index, value) in list.enumerated() {
            if let group = Self.group(value, at: index, &problems) { groups.append(group) }
        }
        if problems.count == known { problems += Self.conflicts(groups) }
        guard problems.count == known else { return nil }
        self.init(groups, isMirrored: mirrored ?? false)
    }

    private static func group(_ json: JSONValue, at index: Int, _ problems: inout [String]) -> Group? {
        let place = "group \(index + 1) of 'grouping'"
        guard let members = json.objectValue, let label = members["label"]?.stringValue, !label.isEmpty else {
            problems.append("\(place) must be an object with a 'label'")
            return nil
        }
        for key in members.keys where !groupKeys.contains(key) {
            problems.append(
                "'\(key.prefix(40))' of \(place) is not known; known are \(groupKeys.joined(separator: ", "))")
        }
        let weight = members["weight"].map { $0.doubleValue ?? 0 } ?? 1
        if !plausible.contains(weight) {
            problems.append("'weight' of \(place) must be a number from 0.000001 to 1000000")
        }
        guard let value = members["classes"] else { return Group(label, classes: nil, weight: weight) }
        guard let classes = classes(value) else {
            problems.append("'classes' of \(place) must list numbers of classes and pairs of a first and a last one")
            return nil
        }
        return Group(label, classes: classes, weight: weight)
    }

    /// Numbers, and pairs of the first and the last one of a run, as the numbers they stand for; nil for anything else.
    private static func classes(_ json: JSONValue) -> [Int]? {
        let range = 0..<ModelDescription.maximumLabels
        guard let elements = json.arrayValue, !elements.isEmpty, elements.count <= range.count else { return nil }
        var classes: Set<Int> = []
        for element in elements {
            let bounds = element.intValue.map { [$0, $0] } ?? element.arrayValue?.compactMap(\.intValue) ?? []
            guard bounds.count == 2, bounds[0] <= bounds[1], bounds.allSatisfy(range.contains) else { return nil }
            classes.formUnion(bounds[0]...bounds[1])
        }
        return classes.sorted()
    }

    private static func conflicts(_ groups: [Group]) -> [String] {
        var problems: [String] = []
        if Set(groups.map(\.label)).count < 2 {
            problems.append("the groups of 'grouping' must have two labels or more")
        }
        if groups.count(where: { $0.classes == nil }) > 1 {
            problems.append("only one group of 'grouping' can do without 'classes', as it takes all that are left")
        }
        let all = groups.flatMap { $0.classes ?? [] }
        if Set(all).count < all.count { problems.append("a class can be in one group of 'grouping' only") }
        return problems
    }
}
