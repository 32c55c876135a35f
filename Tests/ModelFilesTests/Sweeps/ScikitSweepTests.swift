import Foundation
import Inference
import JSON
import ModelFiles
import TestSupport
import Testing

@Suite("Many scikit-learn classifiers", .enabled(if: Frameworks.areInstalled, Frameworks.comment))
struct ScikitSweepTests {
    @Test("each answers what scikit-learn answered, within 1e-5, and predicts the same classes")
    func agreement() async throws {
        let folder = try TemporaryFolder()
        let expected = try Frameworks.run("sklearn_models.py", into: folder.url)
        let models = try #require(expected["models"]?.objectValue)
        #expect(models.count >= 60)
        let runtime = try InferenceRuntime()
        for (name, json) in models {
            let sample = try #require(ScikitCase(name: name, json))
            do {
                let model = try ModelImporter.read(contentsOf: folder.url.appending(path: name))
                try await sample.check(model, runtime)
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }
}
