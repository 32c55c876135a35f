import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Files as Keras 1 wrote them, made by hand: see `Golden/make_keras_one.py`.
@Suite("Models of Keras 1")
struct KerasOneTests {
    static let models = GoldenModel.models(in: "keras1.json").filter { $0.file.hasPrefix("keras1") }

    @Test("the models are there")
    func present() {
        #expect(Self.models.count == 8)
    }

    @Test("an imported model answers what the same network answers in Keras 3, within 1e-4", arguments: models)
    func agreement(golden: GoldenModel) async throws {
        let model = try ModelImporter.read(try golden.bytes())
        #expect(Set(model.inspection.inputs.map(\.name)) == Set(golden.inputs.keys))
        #expect(model.inspection.parameterCount == golden.parameters)
        #expect(model.inspection.frameworkVersion?.hasPrefix("Keras 1") == true)
        let outputs = try await Engine.predict(model, golden.inputs)
        let distance = try #require(outputs.first).distance(to: golden.outputs[0])
        #expect(distance < 1e-4, "differs by \(distance)")
    }

    @Test("kernels are turned around where the user says that Theano has trained them")
    func theano() async throws {
        let golden = try #require(Self.models.first { $0.file == "keras1_th.h5" })
        var description = ModelDescription()
        description.architecture = ["backend": "theano"]
        let model = try ModelImporter.read(try golden.bytes(), description: description)
        let outputs = try await Engine.predict(model, golden.inputs)
        #expect(try #require(outputs.first).distance(to: golden.outputs[0]) > 1e-3)
    }

    @Test("odd settings give one clear line, never a crash", arguments: 0..<4)
    func odd(seed: Int) throws {
        let words = ["\"tf\"", "\"valid\"", "[2, 1]", "-1", "24", "\"relu\"", "null", "3"]
        let odd = ["[]", "{}", "true", "-9", "1e9", "\"x\""]
        var random = RepeatableRandom(seed: seed)
        for file in ["keras1_tf.h5", "keras1_merge.h5", "keras1_signals.h5", "keras1_branches.h5"] {
            let bytes = try GoldenModel.bytes(of: file)
            for _ in 0..<HostileFileTests.rounds {
                var damaged = bytes
                // Neither list is empty.
                let word = Array(words.randomElement(using: &random)!.utf8)
                let value = Array(odd.randomElement(using: &random)!.utf8)
                guard value.count <= word.count else { continue }
                let places = bytes.indices.dropLast(word.count).filter { bytes[$0] == word[0] }
                    .filter { bytes[$0..<$0 + word.count].elementsEqual(word) }
                guard let place = places.randomElement(using: &random) else { continue }
                let padding = [UInt8](repeating: 0x20, count: word.count - value.count)
                damaged.replaceSubrange(place..<place + word.count, with: value + padding)
                if let error = HostileFileTests.refusal(damaged) {
                    #expect(!error.message.isEmpty && !error.message.contains("\n"))
                }
            }
        }
    }
}
