public import JSON

/// The pictures that a run held back from learning, so that other models can be judged on the same ones.
///
/// In a run's output it is the file `validation.json`.
public struct HeldBackPictures: Sendable, Equatable, JSONRepresentable {
    /// One picture.
    public struct Picture: Sendable, Equatable {
        /// Its place inside the data set, such as `Cat/12.jpg`.
        public var name: String
        /// Number of its class.
        public var label: Int

        /// Makes a picture.
        public init(name: String, label: Int) {
            (self.name, self.label) = (name, label)
        }
    }

    /// Names of the classes.
    public var classes: [String]
    /// The pictures.
    public var pictures: [Picture]

    /// Makes a list.
    public init(classes: [String], pictures: [Picture]) {
        (self.classes, self.pictures) = (classes, pictures)
    }

    public var json: JSONValue {
        [
            "classes": classes.json,
            "pictures": .array(pictures.map { ["name": .string($0.name), "label": .integer($0.label)] }),
        ]
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(_ json: JSONValue) {
        guard let classes = json["classes"]?.arrayValue?.compactMap(\.stringValue),
            let list = json["pictures"]?.arrayValue
        else { return nil }
        let pictures = list.compactMap { entry -> Picture? in
            guard let name = entry["name"]?.stringValue, let label = entry["label"]?.intValue,
                classes.indices.contains(label)
            else { return nil }
            return Picture(name: name, label: label)
        }
        guard pictures.count == list.count else { return nil }
        self.init(classes: classes, pictures: pictures)
    }
}
