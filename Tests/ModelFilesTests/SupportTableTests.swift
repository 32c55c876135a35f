import Foundation
import Testing

@testable import ModelFiles

struct SupportTableTests {
    @Test("docs/model-files.md names every layer that is read")
    func everyLayer() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/model-files.md")
        let words = Set(
            try String(contentsOf: page, encoding: .utf8).split { !($0.isLetter || $0.isNumber) }.map(String.init))
        let missing = KerasLayers.supportedTypes.map { $0.replacing("ops.", with: "") }.filter { !words.contains($0) }
        #expect(missing.isEmpty, "not in the table: \(missing.joined(separator: ", "))")
    }
}
