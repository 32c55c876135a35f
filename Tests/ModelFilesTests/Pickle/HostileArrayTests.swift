import Testing

@testable import ModelFiles

/// Arrays that claim what they do not hold.
@Suite("Arrays in pickles that lie")
struct HostileArrayTests {
    private typealias Write = PickleAssembler

    struct Lie: Sendable, CustomTestStringConvertible {
        let name: String
        let pickle: [UInt8]
        let message: String
        var testDescription: String { name }

        init(_ name: String, _ pickle: [UInt8], _ message: String) {
            self.name = name
            self.pickle = pickle + PickleAssembler.op(.stop)
            self.message = message
        }
    }

    private static let huge = Write.op(.long1) + [8] + Write.number(1 << 62, 8)

    private static func typed(_ type: [UInt8], shape: [UInt8], data: [UInt8]) -> [UInt8] {
        PickleArrays.start + PickleArrays.state(type: type, shape: shape, data: data)
    }

    static let lies: [Lie] = [
        Lie(
            "too few bytes", PickleArrays.array(type: "f8", shape: [3], data: Write.bytes([1, 2])),
            "2 bytes instead of 24"),
        Lie("too many bytes", PickleArrays.array(type: "u1", shape: [1], data: Write.bytes([1, 2])), "instead of 1"),
        Lie("a negative length", PickleArrays.array(type: "u1", shape: [-1], data: Write.bytes([1])), "makes no sense"),
        Lie(
            "an overflow",
            PickleArrays.array(type: "f8", shape: [Int32](repeating: .max, count: 9), data: Write.bytes([])),
            "more elements than the file holds"),
        Lie(
            "an overflow beside a zero",
            typed(
                PickleArrays.elementType("f8"), shape: Write.tuple(Write.int(0), huge, huge, huge),
                data: Write.bytes([])),
            "more elements than the file holds"),
        Lie(
            "elements without bytes", PickleArrays.array(type: "S0", shape: [1 << 30], data: Write.bytes([])),
            "too many elements without bytes"),
        Lie(
            "100 axes",
            PickleArrays.array(type: "u1", shape: [Int32](repeating: 1, count: 100), data: Write.bytes([1])),
            "too many axes"),
        Lie(
            "dates", PickleArrays.array(type: "M8", shape: [1], data: Write.bytes([1])), "type 'M8', which is not read"),
        Lie("an odd width", PickleArrays.array(type: "f3", shape: [1], data: Write.bytes([1])), "type 'f3'"),
        Lie(
            "a huge width", PickleArrays.array(type: "V99999999999", shape: [1], data: Write.bytes([1])), "is not read"),
        Lie(
            "a width in the state",
            typed(PickleArrays.elementType("V8", size: .max), shape: Write.int(1), data: Write.bytes([1])), "too long"),
        Lie(
            "half a character",
            typed(PickleArrays.elementType("U1", size: 3), shape: Write.int(1), data: Write.bytes([1, 2, 3])),
            "part of a character"),
        Lie(
            "no objects", PickleArrays.array(type: "O8", shape: [3], data: Write.op(.emptyList)),
            "does not hold as many as its shape"),
        Lie("a text as objects", PickleArrays.array(type: "O8", shape: [1], data: Write.bytes([1])), "does not hold"),
        Lie(
            "a field outside",
            PickleArrays.elementType(
                "V8", size: 8,
                fields: Write.dictionary(
                    Write.text("a"), Write.tuple(PickleArrays.elementType("f8"), Write.int(4)))), "does not fit"),
        Lie(
            "a field of objects",
            PickleArrays.elementType(
                "V8", size: 8,
                fields: Write.dictionary(
                    Write.text("a"), Write.tuple(PickleArrays.elementType("O8"), Write.int(0)))), "records of objects"),
        Lie("a state of nothing", PickleArrays.start + Write.op(.emptyTuple, .build), "unknown state"),
        Lie(
            "a scalar of the wrong length",
            Write.call(
                Write.global("numpy._core.multiarray", "scalar"), PickleArrays.elementType("f8"), Write.bytes([1])),
            "1 bytes instead of 8"),
        Lie(
            "a buffer of the wrong length",
            Write.call(
                Write.global("numpy._core.numeric", "_frombuffer"), Write.bytes([1, 2]), PickleArrays.elementType("f4"),
                Write.tuple(Write.int(1)), Write.text("C")), "2 bytes instead of 4"),
        Lie(
            "axes that are none",
            Write.call(
                Write.global("numpy._core.numeric", "_frombuffer"), Write.bytes([1, 2]), PickleArrays.elementType("u1"),
                Write.tuple(Write.int(1), Write.int(2)), Write.text("K"), Write.tuple(Write.int(1), Write.int(1))),
            "order of axes"),
        Lie(
            "joblib claims much",
            PickleArrays.wrapper(type: "f8", shape: Write.tuple(Write.int(1 << 30))), "more than the file holds"),
        Lie(
            "joblib claims all", PickleArrays.wrapper(type: "f8", shape: Write.tuple(huge)),
            "more elements than the file"),
        Lie(
            "joblib skips beyond the end",
            PickleArrays.wrapper(type: "u1", shape: Write.tuple(Write.int(1)), alignment: Write.int(16)) + [255, 1],
            "cut off"),
        Lie(
            "joblib without a shape",
            Write.instance(Write.global("joblib.numpy_pickle", "NumpyArrayWrapper")) + Write.dictionary()
                + Write.op(.build), "does not tell its shape"),
        Lie(
            "joblib with something else in the place of objects",
            PickleArrays.wrapper(type: "O8", shape: Write.tuple(Write.int(1))) + Write.op(.none, .stop),
            "something else"),
        Lie(
            "joblib in joblib in joblib",
            (0..<10).flatMap { _ in PickleArrays.wrapper(type: "O8", shape: Write.tuple(Write.int(1))) },
            "inside each other"),
        Lie(
            "joblib of long ago", Write.instance(Write.global("joblib.numpy_pickle", "NDArrayWrapper")),
            "in other files"),
    ]

    @Test("a lie is refused before memory is taken", arguments: lies)
    func lie(lie: Lie) {
        let error = HostilePickleTests.refusal(lie.pickle)
        #expect(error?.message.contains(lie.message) == true, "\(error?.message ?? "read")")
    }

    @Test("the same arrays without lies are read")
    func honest() throws {
        let array = PickleArrays.array(type: "u1", shape: [2, 2], data: Write.bytes([1, 2, 3, 4]))
        let wrapped =
            PickleArrays.wrapper(type: "u1", shape: Write.tuple(Write.int(2)), alignment: Write.int(16))
            + [3, 255, 255, 255, 7, 8]
        for (pickle, values) in [(array, [1.0, 2, 3, 4]), (wrapped, [7.0, 8])] {
            guard case .array(let read) = try PickleReader.read(FileBytes(pickle + Write.op(.stop))).value else {
                Issue.record("not an array")
                continue
            }
            #expect(try read.doubles() == values)
            #expect(try read.floats() == values.map { Float($0) })
            #expect(try read.integers() == values.map { Int($0) })
        }
    }
}
