public import JSON

extension ModelDescription {
    /// Reads what a user wrote: an object with any of `architecture`, `input`, `labels`, `preprocessing` and `grouping`.
    ///
    ///     {"architecture": "resnet50", "input": [3, 224, 224], "labels": ["cat", "dog"],
    ///      "preprocessing": {"range": "imagenet"}}
    ///
    /// - Throws: `ModelFileError` that names every problem: keys that are not known and values of the wrong kind.
    public init(json: JSONValue) throws(ModelFileError) {
        self.init()
        guard let members = json.objectValue else {
            throw ModelFileError(.damaged, "the description of the model must be a JSON object")
        }
        var problems: [String] = []
        for (key, value) in members where !value.isNull {
            switch key {
            case "architecture":
                let isKnown = value.stringValue?.isEmpty == false || value.objectValue?.isEmpty == false
                if isKnown {
                    architecture = value
                } else {
                    problems.append("'architecture' must be a name or an object")
                }
            case "input":
                input = Self.shape(value)
                if input == nil {
                    problems.append("'input' must be a list of 1 to 8 lengths above 0 without the batch: [3, 224, 224]")
                }
            case "labels":
                labels = Self.labels(value)
                if labels == nil { problems.append("'labels' must be a list of different texts, one for each class") }
            case "grouping": grouping = ClassGrouping(json: value, problems: &problems)
            case "preprocessing": break
            default:
                problems.append(
                    "'\(key.prefix(40))' is not known; known are architecture, input, labels, preprocessing and "
                        + "grouping")
            }
        }
        if let value = members["preprocessing"], !value.isNull {
            var reader = PreprocessingReader(isGray: Self.isGray(input))
            preprocessing = reader.convention(value)
            problems += reader.problems
        }
        if grouping != nil, labels != nil {
            problems.append("'labels' cannot stand beside 'grouping', which has its own")
        }
        guard problems.isEmpty else {
            throw ModelFileError(.damaged, "the description of the model is wrong: \(problems.joined(separator: "; "))")
        }
    }

    private static let maximumLength = 1 << 20
    static let maximumLabels = 100_000

    private static func shape(_ value: JSONValue) -> [Int]? {
        guard let elements = value.arrayValue, (1...8).contains(elements.count) else { return nil }
        let lengths = elements.compactMap(\.intValue).filter { (1...maximumLength).contains($0) }
        return lengths.count == elements.count ? lengths : nil
    }

    private static func labels(_ value: JSONValue) -> [String]? {
        guard let elements = value.arrayValue, (1...maximumLabels).contains(elements.count) else { return nil }
        let labels = elements.compactMap(\.stringValue).filter { !$0.isEmpty }
        return labels.count == elements.count && Set(labels).count == labels.count ? labels : nil
    }

    /// Whether the stated shape is that of a grey picture: two sides, or a single channel first or last.
    private static func isGray(_ input: [Int]?) -> Bool {
        guard let input else { return false }
        return input.count == 2 || (input.count == 3 && (input[0] == 1 || input[2] == 1))
    }
}

/// Reads what a description says about the values of pictures.
private struct PreprocessingReader {
    /// Whether the model takes grey pictures, where `channels` does not say.
    let isGray: Bool
    var problems: [String] = []

    init(isGray: Bool) {
        self.isGray = isGray
    }

    /// The ranges by name, for channels in an order.
    private static let ranges: [(name: String, make: @Sendable (InputConvention.Channels) -> InputConvention)] = [
        ("0..1", InputConvention.unit), ("0..255", InputConvention.bytes), ("-1..1", InputConvention.symmetric),
        ("imagenet", { _ in .imageNet }), ("caffe", { _ in .caffe }),
    ]

    mutating func convention(_ value: JSONValue) -> InputConvention? {
        guard let members = value.objectValue else {
            problems.append("'preprocessing' must be an object such as {\"range\": \"0..1\", \"channels\": \"rgb\"}")
            return nil
        }
        let known = ["range", "channels", "scale", "mean", "standard_deviation"]
        for key in members.keys where !known.contains(key) {
            problems.append(
                "'\(key.prefix(40))' of 'preprocessing' is not known; known are \(known.joined(separator: ", "))")
        }
        let channels = channels(members["channels"])
        guard let range = members["range"], !range.isNull else { return explicit(members, channels ?? standard) }
        guard members["scale"] == nil, members["mean"] == nil, members["standard_deviation"] == nil else {
            problems.append("'preprocessing' must have either 'range' or 'scale', 'mean' and 'standard_deviation'")
            return nil
        }
        guard let entry = Self.ranges.first(where: { $0.name == range.stringValue }) else {
            let names = Self.ranges.map(\.name).joined(separator: ", ")
            problems.append("'range' of 'preprocessing' must be one of \(names)")
            return nil
        }
        var convention = entry.make(channels ?? standard)
        if let channels, channels != convention.channels {
            guard channels != .gray else {
                problems.append("'range' \(entry.name) of 'preprocessing' is for colour, not for 'channels' gray")
                return nil
            }
            convention.channels = channels
            convention.mean.reverse()
            convention.standardDeviation.reverse()
        }
        return convention
    }

    private var standard: InputConvention.Channels { isGray ? .gray : .rgb }

    private mutating func channels(_ value: JSONValue?) -> InputConvention.Channels? {
        guard let value, !value.isNull else { return nil }
        let channels = value.stringValue.flatMap(InputConvention.Channels.init)
        if channels == nil { problems.append("'channels' of 'preprocessing' must be gray, rgb or bgr") }
        return channels
    }

    private mutating func explicit(_ members: JSONObject, _ channels: InputConvention.Channels) -> InputConvention? {
        guard let scale = number(members["scale"], "scale", standard: nil), scale > 0 else {
            problems.append(
                "'preprocessing' must have 'range', or 'scale' above 0 such as 0.00392156862745098 for 1/255")
            return nil
        }
        let count = channels == .gray ? 1 : 3
        let mean = numbers(members["mean"], "mean", count: count, standard: [0])
        let deviation = numbers(members["standard_deviation"], "standard_deviation", count: count, standard: [1])
        if deviation?.contains(where: { $0 <= 0 }) == true {
            problems.append("'standard_deviation' of 'preprocessing' must be above 0")
            return nil
        }
        guard let mean, let deviation else { return nil }
        return InputConvention(channels: channels, scale: scale, mean: mean, standardDeviation: deviation)
    }

    private func number(_ value: JSONValue?, _ name: String, standard: Double?) -> Double? {
        guard let value, !value.isNull else { return standard }
        return value.doubleValue.flatMap { $0.isFinite ? $0 : nil }
    }

    private mutating func numbers(_ value: JSONValue?, _ name: String, count: Int, standard: [Double]) -> [Double]? {
        guard let value, !value.isNull else { return standard }
        if let number = value.doubleValue, number.isFinite { return [number] }
        let numbers = value.arrayValue?.compactMap(\.doubleValue).filter(\.isFinite) ?? []
        guard numbers.count == value.arrayValue?.count, numbers.count == 1 || numbers.count == count else {
            problems.append("'\(name)' of 'preprocessing' must be a number or \(count) of them")
            return nil
        }
        return numbers
    }
}
