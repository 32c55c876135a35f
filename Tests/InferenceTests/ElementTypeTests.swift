import Foundation
import Testing

@testable import Inference

@Suite("Element types")
struct ElementTypeTests {
    private static func roundTrip(_ values: [Float], _ type: ElementType) -> [Float] {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: values.count * type.size, alignment: 16)
        defer { memory.deallocate() }
        values.withUnsafeBufferPointer { type.store($0, to: memory) }
        return type.load(values.count, from: memory)
    }

    @Test(
        "values are rounded to the nearest and brought into the range of the type",
        arguments: [
            (.u8, [0, 0, 2, 4, 255, 255]), (.i8, [-128, 0, 2, 4, 127, 127]), (.u16, [0, 0, 2, 4, 300, 65_535]),
            (.i16, [-300, 0, 2, 4, 300, 32_767]), (.u32, [0, 0, 2, 4, 300, 4_294_967_296]),
            (.i32, [-300, 0, 2, 4, 300, 2_147_483_648]), (.u64, [0, 0, 2, 4, 300, 18_446_744_073_709_551_616]),
            (.i64, [-300, 0, 2, 4, 300, 9_223_372_036_854_775_808]), (.boolean, [1, 1, 1, 1, 1, 1]),
            (.f32, [-300, 0.25, 1.5, 3.5, 300, 1e30]), (.f64, [-300, 0.25, 1.5, 3.5, 300, 1e30]),
            (.f16, [-300, 0.25, 1.5, 3.5, 300, .infinity]),
        ] as [(ElementType, [Float])])
    func conversions(type: ElementType, expected: [Float]) {
        #expect(Self.roundTrip([-300, 0.25, 1.5, 3.5, 300, 1e30], type) == expected)
    }

    @Test("brain floats are rounded to the nearest, ties to even")
    func brainFloats() {
        // Eight bits of fraction: above 1 the steps are 1/128.
        let step: Float = 1 / 128
        let values: [Float] = [1, 1 + step / 4, 1 + step / 2, 1 + step * 3 / 4, 1 + step * 3 / 2, -2.5]
        #expect(Self.roundTrip(values, .bf16) == [1, 1, 1, 1 + step, 1 + 2 * step, -2.5])
    }

    @Test("false and zero are the same")
    func booleans() {
        #expect(Self.roundTrip([0, -0.0, 0.5], .boolean) == [0, 0, 1])
    }

    @Test("no element at all is fine", arguments: ElementType.allCases)
    func empty(type: ElementType) {
        #expect(Self.roundTrip([], type) == [])
    }
}

@Suite("Reasons of the library")
struct OpenVINOFailureTests {
    @Test(
        "source locations and paths are left out, the sentence stays",
        arguments: [
            (
                "Exception from src/inference/src/cpp/core.cpp:90:\nException from src/x.cpp:3:\nUnable to read.\n",
                "Unable to read."
            ),
            ("Check 'a == b' failed at src/core/src/y.cpp:12:\nShapes differ", "Shapes differ"),
            ("Check 'a == b' failed at src/core/src/y.cpp:12: Shapes differ", "Shapes differ"),
            ("Cannot open /home/someone/model.onnx for reading", "Cannot open for reading"),
            ("Cannot run Squeeze. Operation name: /seq/Squeeze", "Cannot run Squeeze."),
            ("Exception from src/core/src/y.cpp:12:\nstd::bad_alloc\n", "it needs more memory than there is"),
            ("", "the inference library gives no reason"),
            ("Exception from src/inference/src/cpp/core.cpp:90:\n", "the inference library gives no reason"),
        ])
    func reasons(text: String, reason: String) {
        #expect(OpenVINOFailure(libraryText: text).reason == reason)
    }

    @Test("a long reason is cut")
    func long() {
        #expect(OpenVINOFailure(libraryText: String(repeating: "word ", count: 1000)).reason.count == 300)
    }
}
