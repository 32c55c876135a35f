import JSON

/// One layer of a PyTorch network: from a pickled module, or from the description that a user wrote.
struct TorchLayer: Sendable {
    /// Class of the layer, such as `Conv2d`.
    let type: String
    /// What stands before the names of its weights; empty where it has none.
    let path: String
    /// The settings by PyTorch's names.
    let settings: JSONObject

    /// The largest number a setting may be, which keeps sums and products of a few of them within 64 bits.
    private static let maximumNumber = 1 << 20

    // MARK: Settings

    /// The first of several names that is set to something.
    private func value(_ keys: [String]) -> JSONValue? {
        for key in keys {
            if let value = settings[key], !value.isNull { return value }
        }
        return nil
    }

    func has(_ keys: String...) -> Bool { value(keys) != nil }

    /// A whole number.
    func int(_ keys: String..., default standard: Int? = nil) throws(ModelFileError) -> Int {
        guard let value = value(keys) else {
            guard let standard else { throw missing(keys[0]) }
            return standard
        }
        guard let number = value.intValue, abs(number.clampedMagnitude) <= Self.maximumNumber else {
            throw wrong(keys[0], value, "a whole number")
        }
        return number
    }

    /// A number for each axis, or one for all.
    ///
    /// - Parameter least: the smallest allowed.
    func ints(
        _ keys: String..., rank: Int, least: Int = 0, default standard: [Int]? = nil
    ) throws(ModelFileError) -> [Int] {
        guard let value = value(keys) else {
            guard let standard else { throw missing(keys[0]) }
            return standard
        }
        var numbers = value.arrayValue?.compactMap(\.intValue) ?? []
        if let number = value.intValue { numbers = Array(repeating: number, count: rank) }
        if numbers.count == 1 { numbers = Array(repeating: numbers[0], count: rank) }
        guard numbers.count == rank, value.arrayValue.map({ $0.count == 1 || $0.count == rank }) ?? true,
            numbers.allSatisfy({ $0 >= least && $0 <= Self.maximumNumber })
        else {
            throw wrong(keys[0], value, "a number of at least \(least), or \(rank) of them")
        }
        return numbers
    }

    /// A list of any length.
    func list(_ key: String) throws(ModelFileError) -> [Int] {
        guard let value = value([key]) else { throw missing(key) }
        let numbers = value.intValue.map { [$0] } ?? value.arrayValue?.compactMap(\.intValue) ?? []
        guard !numbers.isEmpty, numbers.count == value.arrayValue?.count ?? 1, numbers.count <= 16,
            numbers.allSatisfy({ $0.clampedMagnitude <= Self.maximumNumber })
        else { throw wrong(key, value, "a list of whole numbers") }
        return numbers
    }

    /// A number.
    func number(_ key: String, default standard: Double) throws(ModelFileError) -> Double {
        guard let value = value([key]) else { return standard }
        guard let number = value.doubleValue, number.isFinite else { throw wrong(key, value, "a number") }
        return number
    }

    func bool(_ key: String, default standard: Bool) throws(ModelFileError) -> Bool {
        guard let value = value([key]) else { return standard }
        guard let flag = value.boolValue else { throw wrong(key, value, "true or false") }
        return flag
    }

    func text(_ key: String, default standard: String) throws(ModelFileError) -> String {
        guard let value = value([key]) else { return standard }
        guard let text = value.stringValue else { throw wrong(key, value, "a text") }
        return text
    }

    /// The text of a setting that may also be of another kind; nil where it is no text.
    func optionalText(_ key: String) -> String? { value([key])?.stringValue }

    // MARK: Errors

    /// Class and place, for messages.
    var title: String { path.isEmpty ? "layer \(type)" : "layer \(type) '\(path)'" }

    func unsupported(_ what: String) -> ModelFileError { ModelFileError(.unsupported, "\(title) \(what)") }

    func misfit(_ what: String) -> ModelFileError { ModelFileError(.damaged, "\(title) \(what)") }

    private func missing(_ key: String) -> ModelFileError { unsupported("does not state '\(key)', which is needed") }

    private func wrong(_ key: String, _ value: JSONValue, _ wanted: String) -> ModelFileError {
        ModelFileError(.damaged, "\(title) has '\(key)': \(value.text().prefix(60)), \(wanted) is needed")
    }
}

extension Int {
    /// The distance from zero, without the overflow of the least number.
    fileprivate var clampedMagnitude: Int { self == .min ? .max : Swift.abs(self) }
}

/// A value of the network while its graph is written.
struct TorchLayerValue: Sendable {
    /// Name of the value in the graph.
    var name: String
    /// Shape without the batch: `[F]`, `[C, L]`, `[C, H, W]` or `[C, D, H, W]`.
    var shape: [Int]
}

/// Writes the layers of one kind.
protocol TorchLayerConverter: SendableMetatype {
    /// Names of the settings that a description may use.
    static var settings: Set<String> { get }

    /// Writes a layer and returns its result.
    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue
}
