/// Everything that is read, by name, for the documentation and the command line.
public enum SupportTable {
    /// What one heading covers.
    public struct Section: Sendable {
        /// Heading, such as `Keras layers`.
        public let title: String
        /// Names by what they are for.
        public let rows: [(kind: String, names: [String])]
    }

    /// All sections in the order of the documentation.
    public static var sections: [Section] {
        [
            Section(title: "Keras layers", rows: KerasLayers.groups.map { ($0.title, $0.types) }),
            Section(
                title: "Keras networks known by name",
                rows: [("Weights alone are enough", KerasApplication.all.map(\.name))]),
            Section(title: "PyTorch networks known by their weights", rows: [("Name", TorchArchitectures.names)]),
            Section(
                title: "PyTorch layers, in whole modules and in descriptions", rows: [("Class", TorchLayers.names)]),
            Section(
                title: "scikit-learn estimators",
                rows: [
                    ("Classifiers", ScikitEstimators.classifierNames),
                    ("Before them", ScikitEstimators.transformerNames),
                ]),
        ]
    }

    /// The sections as tables in Markdown, without line breaks inside a row.
    public static var markdown: String {
        sections.map { section in
            let rows = section.rows.map { "| \($0.kind) | \($0.names.map(quoted).joined(separator: ", ")) |" }
            return "### \(section.title)\n\n| Kind | Names |\n|---|---|\n\(rows.joined(separator: "\n"))\n"
        }.joined(separator: "\n")
    }

    /// Names with signs that Markdown would take for its own stand as code.
    private static func quoted(_ name: String) -> String {
        name.contains(where: { $0 == "_" || $0 == "." || $0 == "*" }) ? "`\(name)`" : name
    }
}
