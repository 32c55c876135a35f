/// The version of Keras that wrote a file.
struct KerasVersion: Sendable, Equatable {
    /// The version as the file states it, such as `2.2.4-tf`; nil where it does not.
    let text: String?
    /// First and second number; files that state none are read as Keras 2.
    let major: Int
    let minor: Int

    init(_ text: String?) {
        self.text = text
        let numbers = (text ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        major = numbers.first ?? 2
        minor = numbers.dropFirst().first ?? 0
    }

    /// Name and version of the framework for people.
    var framework: String { text.map { "Keras \($0)" } ?? "Keras of unknown version" }

    /// Whether this is Keras 2 on its own, before it became a part of TensorFlow.
    var isMultiBackend2: Bool { major == 2 && minor < 4 && text?.hasSuffix("-tf") != true }
}
