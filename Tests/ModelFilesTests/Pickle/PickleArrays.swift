@testable import ModelFiles

/// Writes arrays of NumPy and joblib, right and wrong.
enum PickleArrays {
    private typealias Write = PickleAssembler

    /// An array that waits for its state.
    static let start = Write.call(
        Write.global("numpy.core.multiarray", "_reconstruct"), Write.global("numpy", "ndarray"),
        Write.tuple(Write.int(0)),
        Write.bytes([0x62]))

    static func array(type: String, shape: [Int32], data: [UInt8]) -> [UInt8] {
        start + state(type: type, shape: shape, data: data)
    }

    /// Gives an array on the stack its state.
    static func state(type: String, shape: [Int32], data: [UInt8]) -> [UInt8] {
        state(type: elementType(type), shape: Write.tuple(shape.flatMap(Write.int)), data: data)
    }

    static func state(type: [UInt8], shape: [UInt8], data: [UInt8]) -> [UInt8] {
        Write.tuple(Write.int(1), shape, type, Write.op(.newFalse), data) + Write.op(.build)
    }

    static func elementType(_ name: String, size: Int32 = -1, fields: [UInt8]? = nil) -> [UInt8] {
        let none = Write.op(.none)
        return Write.call(Write.global("numpy", "dtype"), Write.text(name), Write.op(.newFalse), Write.op(.newTrue))
            + Write.tuple(
                Write.int(3), Write.text("<"), none, fields == nil ? none : Write.tuple(Write.text("a")),
                fields ?? none,
                Write.int(size), Write.int(-1), Write.int(0)) + Write.op(.build)
    }

    /// What joblib writes in the place of an array; the data follow.
    static func wrapper(type: String, shape: [UInt8], alignment: [UInt8] = [0x4E]) -> [UInt8] {
        Write.instance(Write.global("joblib.numpy_pickle", "NumpyArrayWrapper"))
            + Write.dictionary(
                Write.text("dtype"), elementType(type), Write.text("shape"), shape, Write.text("order"),
                Write.text("C"),
                Write.text("numpy_array_alignment_bytes"), alignment) + Write.op(.build)
    }
}
