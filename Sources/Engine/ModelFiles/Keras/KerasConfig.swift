import JSON

/// The settings of one layer, read so that every error names the layer and the setting.
struct KerasConfig: Sendable {
    /// Path of the layer, such as `conv2d` or `backbone/conv2d`.
    let layer: String
    /// Type of the layer, such as `Conv2D`.
    let type: String
    /// The settings as the file has them.
    let values: JSONObject

    /// A setting; nil where it is absent or null.
    func value(_ key: String) -> JSONValue? {
        guard let value = values[key], !value.isNull else { return nil }
        return value
    }

    /// A whole number, such as a count or an axis.
    func int(_ key: String, default fallback: Int? = nil) throws(ModelFileError) -> Int {
        guard let value = value(key) else {
            guard let fallback else { throw damaged("has no '\(key)'") }
            return fallback
        }
        // Far beyond every sensible setting, and far from overflowing in sums and products of a few.
        guard let number = value.intValue, number.magnitude <= 1 << 28 else {
            throw damaged("'\(key)' is \(value.text()), not a sensible whole number")
        }
        return number
    }

    /// A whole number above 0.
    func count(_ key: String, default fallback: Int? = nil) throws(ModelFileError) -> Int {
        let number = try int(key, default: fallback)
        guard number > 0 else { throw damaged("'\(key)' is \(number), must be above 0") }
        return number
    }

    /// Whole numbers above 0, one for each spatial axis; a single one in the file counts for all axes.
    func counts(_ key: String, rank: Int, default fallback: [Int]? = nil) throws(ModelFileError) -> [Int] {
        guard let value = value(key) else {
            guard let fallback else { throw damaged("has no '\(key)'") }
            return fallback
        }
        let numbers = value.intValue.map { Array(repeating: $0, count: rank) } ?? ints(value)
        guard let numbers, numbers.count == rank, numbers.allSatisfy({ $0 > 0 && $0 <= 1 << 28 }) else {
            throw damaged("'\(key)' is \(value.text()), must be \(rank) whole numbers above 0")
        }
        return numbers
    }

    /// A list of whole numbers; a single one counts as a list of one. Nil where the setting is absent.
    func list(_ key: String) throws(ModelFileError) -> [Int]? {
        guard let value = value(key) else { return nil }
        guard let numbers = value.intValue.map({ [$0] }) ?? ints(value), numbers.allSatisfy({ $0.magnitude <= 1 << 28 })
        else { throw damaged("'\(key)' is \(value.text()), must be whole numbers") }
        return numbers
    }

    func bool(_ key: String, default fallback: Bool) throws(ModelFileError) -> Bool {
        guard let value = value(key) else { return fallback }
        guard let flag = value.boolValue ?? value.intValue.map({ $0 != 0 }) else {
            throw damaged("'\(key)' is \(value.text()), must be true or false")
        }
        return flag
    }

    /// A number; some versions write a NumPy value as an object around it. Nil where the setting is absent.
    func number(_ key: String) throws(ModelFileError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = (Self.unwrapped(value)).doubleValue else {
            throw damaged("'\(key)' is \(value.text()), must be a number")
        }
        return number
    }

    /// A number or a list of numbers, however deep the list is nested. Nil where the setting is absent.
    func numbers(_ key: String) throws(ModelFileError) -> [Double]? {
        guard let value = value(key) else { return nil }
        let numbers = Self.flattened(Self.unwrapped(value))
        guard let numbers, !numbers.isEmpty else { throw damaged("'\(key)' must be a number or a list of numbers") }
        return numbers
    }

    func text(_ key: String, default fallback: String) throws(ModelFileError) -> String {
        guard let value = value(key) else { return fallback }
        guard let text = value.stringValue else { throw damaged("'\(key)' is \(value.text()), must be a text") }
        return text
    }

    func damaged(_ what: String) -> ModelFileError { ModelFileError(.damaged, "\(subject) \(what)") }

    func unsupported(_ what: String) -> ModelFileError { ModelFileError(.unsupported, "\(subject) \(what)") }

    private var subject: String { "layer '\(layer)' (\(type))" }

    private func ints(_ value: JSONValue) -> [Int]? {
        guard let elements = value.arrayValue else { return nil }
        let numbers = elements.compactMap(\.intValue)
        return numbers.count == elements.count ? numbers : nil
    }

    /// Takes off `{"type": "ndarray", "value": …}` (Keras 2) and `{"class_name": "__numpy__", "config": …}` (Keras 3).
    private static func unwrapped(_ value: JSONValue) -> JSONValue {
        value["value"] ?? value["config"]?["value"] ?? value
    }

    /// The reader of JSON bounds the depth of the recursion.
    private static func flattened(_ value: JSONValue) -> [Double]? {
        guard let elements = value.arrayValue else { return value.doubleValue.map { [$0] } }
        var numbers: [Double] = []
        for element in elements {
            guard let part = flattened(element) else { return nil }
            numbers += part
        }
        return numbers
    }
}
