public import JSON

extension PreprocessingProfile: JSONRepresentable {
    /// The profile as a JSON object; read back by `init(json:)` to an equal one.
    public var json: JSONValue {
        var object = JSONObject([
            (Key.width.rawValue, width.json), (Key.height.rawValue, height.json), (Key.fit.rawValue, fit.rawValue.json),
            (Key.filter.rawValue, filter.rawValue.json), (Key.color.rawValue, color.rawValue.json),
            (Key.scale.rawValue, scale.json), (Key.mean.rawValue, mean.json),
            (Key.standardDeviation.rawValue, standardDeviation.json), (Key.layout.rawValue, layout.rawValue.json),
            (Key.orientation.rawValue, orientation.rawValue.json), (Key.alpha.rawValue, alpha.rawValue.json),
            (Key.padding.rawValue, padding.map(Int.init).json),
            (Key.reducesLargeJPEG.rawValue, reducesLargeJPEG.json),
        ])
        if let shorterSide { object[Key.shorterSide.rawValue] = shorterSide.json }
        return .object(object)
    }

    /// Reads a profile. `width` and `height` are required, all else has the defaults of the properties; keys that
    /// are not known are refused, as they are most likely misspelt.
    ///
    /// - Throws: `ProfileError` with all problems found.
    public init(json: JSONValue) throws(ProfileError) {
        guard let object = json.objectValue else {
            throw ProfileError(problems: ["it must be a JSON object"])
        }
        var reader = FieldReader(object: object)
        reader.refuse(keysOtherThan: Key.allCases.map(\.rawValue))
        self.init(width: reader.integer(.width) ?? 0, height: reader.integer(.height) ?? 0)
        if object[Key.width.rawValue] == nil { reader.problems.append("width is missing") }
        if object[Key.height.rawValue] == nil { reader.problems.append("height is missing") }
        fit = reader.choice(.fit) ?? fit
        shorterSide = reader.integer(.shorterSide)
        padding = reader.bytes(.padding) ?? padding
        filter = reader.choice(.filter) ?? filter
        color = reader.choice(.color) ?? color
        scale = reader.numbers(.scale)?.first ?? scale
        mean = reader.numbers(.mean) ?? mean
        standardDeviation = reader.numbers(.standardDeviation) ?? standardDeviation
        layout = reader.choice(.layout) ?? layout
        orientation = reader.choice(.orientation) ?? orientation
        alpha = reader.choice(.alpha) ?? alpha
        reducesLargeJPEG = reader.flag(.reducesLargeJPEG) ?? reducesLargeJPEG
        // Values that could not be read have been replaced by defaults, so only readable profiles are checked further.
        let problems = reader.problems.isEmpty ? self.problems() : reader.problems
        guard problems.isEmpty else { throw ProfileError(problems: problems) }
    }

    fileprivate enum Key: String, CaseIterable {
        case width, height, fit, shorterSide, padding, filter, color, scale, mean, standardDeviation, layout
        case orientation, alpha, reducesLargeJPEG
    }
}

/// Reads the fields of a profile and collects what is wrong with them.
private struct FieldReader {
    typealias Key = PreprocessingProfile.Key

    let object: JSONObject
    var problems: [String] = []

    mutating func refuse(keysOtherThan known: [String]) {
        for key in object.keys where !known.contains(key) { problems.append("\(key) is not a known field") }
    }

    mutating func integer(_ key: Key) -> Int? {
        value(key, "a whole number", \.intValue)
    }

    mutating func flag(_ key: Key) -> Bool? {
        value(key, "true or false", \.boolValue)
    }

    /// One number or a list of them.
    mutating func numbers(_ key: Key) -> [Double]? {
        value(key, "a number or a list of numbers") { value in
            if let number = value.doubleValue { return [number] }
            guard let list = value.arrayValue, !list.isEmpty else { return nil }
            let numbers = list.compactMap(\.doubleValue)
            return numbers.count == list.count ? numbers : nil
        }
    }

    mutating func bytes(_ key: Key) -> [UInt8]? {
        value(key, "a list of whole numbers 0 to 255") { value in
            guard let list = value.arrayValue else { return nil }
            let bytes = list.compactMap { $0.intValue.flatMap { UInt8(exactly: $0) } }
            return bytes.count == list.count ? bytes : nil
        }
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: Key) -> Choice? {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return value(key, "one of \(names)") { $0.stringValue.flatMap(Choice.init(rawValue:)) }
    }

    private mutating func value<Value>(_ key: Key, _ expected: String, _ read: (JSONValue) -> Value?) -> Value? {
        guard let value = object[key.rawValue], !value.isNull else { return nil }
        let found = read(value)
        if found == nil { problems.append("\(key.rawValue) must be \(expected), is \(value.text())") }
        return found
    }
}
