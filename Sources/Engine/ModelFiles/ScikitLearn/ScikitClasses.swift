/// The classes of a classifier, in the order of its outputs.
struct ScikitClasses: Equatable {
    /// The classes as text.
    let labels: [String]

    var count: Int { labels.count }

    init(labels: [String]) { self.labels = labels }

    /// Reads `classes_`.
    init(of estimator: ScikitObject) throws(ModelFileError) {
        guard let value = estimator.value("classes_") else { throw estimator.missing("classes_") }
        try self.init(value, of: estimator)
    }

    init(_ value: PickleValue, of estimator: ScikitObject) throws(ModelFileError) {
        let labels: [String]
        switch value {
        case .array(let array):
            guard array.shape.count == 1 else { throw Self.severalOutputs(estimator) }
            guard let texts = array.classLabels else {
                throw estimator.damaged("'classes_' holds neither text nor numbers")
            }
            labels = texts
        case .list(let list):
            if list.elements.contains(where: { if case .array(let array) = $0 { !array.shape.isEmpty } else { false } })
            {
                throw Self.severalOutputs(estimator)
            }
            labels = list.elements.compactMap(\.classLabel)
            guard labels.count == list.elements.count else {
                throw estimator.damaged("'classes_' holds neither text nor numbers")
            }
        default: throw estimator.damaged("'classes_' is no list")
        }
        guard !labels.isEmpty, labels.count <= Self.maximumCount else {
            throw estimator.unsupported("has \(labels.count) classes; between 1 and \(Self.maximumCount) are read")
        }
        self.labels = labels
    }

    /// Most classes of one estimator.
    static let maximumCount = 10_000

    private static func severalOutputs(_ estimator: ScikitObject) -> ModelFileError {
        estimator.unsupported("predicts several things at once; only classifiers with one output are read")
    }
}

extension PickleValue {
    /// The name of a class: text, or a number as text.
    var classLabel: String? {
        switch self {
        case .string(let text): text
        case .bool(let value): value ? "True" : "False"
        case .int(let value): String(value)
        case .float(let value): value.label
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .array(let array): array.elementCount == 1 && array.type.kind != .object ? array.classLabels?.first : nil
        default: nil
        }
    }
}

extension Double {
    /// Whole numbers without a fraction, since classes are often whole numbers kept as floats.
    fileprivate var label: String { Int(exactly: self).map(String.init) ?? String(self) }
}

extension NumPyArray {
    /// The names of classes: text, or numbers as text; nil where the elements are neither.
    var classLabels: [String]? {
        switch type.kind {
        case .object:
            let labels = objects.compactMap(\.classLabel)
            return labels.count == elementCount ? labels : nil
        case .bool: return (try? doubles())?.map { $0 != 0 ? "True" : "False" }
        case .int, .uint, .float: return (try? doubles())?.map(\.label)
        case .unicode, .bytes: return try? texts()
        case .complex, .record: return nil
        }
    }
}
