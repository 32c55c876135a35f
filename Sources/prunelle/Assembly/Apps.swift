import Application
import Digits
import Pets

/// The apps that this program serves; a new app is one line here.
enum Apps {
    static let all: [any App.Type] = [
        DigitsApp.self, PetsApp.self,
    ]

    /// The app of a name.
    ///
    /// - Throws: `Exit.usage` that lists the names there are.
    static func named(_ name: String) throws -> any App.Type {
        guard let app = all.first(where: { $0.card.name == name }) else {
            throw Exit.usage(
                "there is no app '\(name)'; there are: \(all.map { $0.card.name }.joined(separator: ", "))")
        }
        return app
    }
}
