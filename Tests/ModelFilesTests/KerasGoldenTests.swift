import JSON
import ModelFiles
import Tensors
import Testing

@Suite("Keras models agree with Keras")
struct KerasGoldenTests {
    @Test("the golden models are there")
    func present() {
        #expect(GoldenModel.all.count >= 30)
        #expect(GoldenModel.all.allSatisfy { !$0.inputs.isEmpty && !$0.outputs.isEmpty })
    }

    @Test("an imported model answers what Keras answered, within 1e-4", arguments: GoldenModel.all)
    func agreement(golden: GoldenModel) async throws {
        let model = try ModelImporter.read(try golden.bytes())
        #expect(Set(model.inspection.inputs.map(\.name)) == Set(golden.inputs.keys))
        #expect(model.inspection.parameterCount == golden.parameters)
        let outputs = try await Engine.predict(model, golden.inputs)
        #expect(outputs.map(\.shape) == golden.outputs.map(\.shape))
        // Keras computes these in 16 bits inside, we in 32.
        let tolerance: Float = golden.file.contains("half") ? 5e-3 : 1e-4
        for (index, (output, expected)) in zip(outputs, golden.outputs).enumerated() {
            let distance = output.distance(to: expected)
            #expect(distance < tolerance, "output \(index) differs by \(distance)")
        }
    }

    @Test("the stated output shapes are those that come out", arguments: GoldenModel.all)
    func shapes(golden: GoldenModel) throws {
        let model = try ModelImporter.read(try golden.bytes())
        for (spec, output) in zip(model.inspection.outputs, golden.outputs) {
            #expect(spec.shape.count == output.shape.count)
            for (stated, length) in zip(spec.shape, output.shape) { #expect(stated == nil || stated == length) }
        }
    }
}
