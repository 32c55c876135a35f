import Foundation
import Inference
import JSON
import ModelFiles
import Testing

/// Tiny classifiers of several versions of scikit-learn, made by `Golden/make_sklearn.py`.
@Suite("scikit-learn classifiers agree with scikit-learn")
struct ScikitGoldenTests {
    struct Version: Sendable, CustomTestStringConvertible {
        let tag: String
        let version: String
        var testDescription: String { version }

        func cases() throws -> [ScikitCase] {
            let json = try JSONValue(parsing: try GoldenModel.bytes(of: "\(tag).json"))
            return try #require(json["models"]?.objectValue).compactMap { ScikitCase(name: $0, $1) }
        }
    }

    static let versions = [
        Version(tag: "sklearn022", version: "0.22.2.post1"), Version(tag: "sklearn12", version: "1.2.2"),
        Version(tag: "sklearn14", version: "1.4.2"), Version(tag: "sklearn16", version: "1.6.1"),
        Version(tag: "sklearn19", version: "1.9.1"),
    ]

    @Test("an imported classifier answers what scikit-learn answered, within 1e-5", arguments: versions)
    func agreement(version: Version) async throws {
        let cases = try version.cases()
        #expect(cases.count == 19)
        let runtime = try InferenceRuntime()
        for sample in cases {
            let model = try ModelImporter.read(try GoldenModel.bytes(of: sample.name))
            #expect(model.inspection.format == .scikitLearn)
            // Old estimators in a pipeline do not state the version themselves.
            #expect(model.inspection.frameworkVersion == "scikit-learn \(version.version)")
            #expect(model.inspection.parameterCount > 0)
            try await sample.check(model, runtime)
        }
    }
}
