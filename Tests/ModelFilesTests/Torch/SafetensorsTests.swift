import Tensors
import Testing

@testable import ModelFiles

@Suite("Safetensors files")
struct SafetensorsTests {
    @Test("weights of every type are read as floats")
    func types() throws {
        let file = Self.file(
            """
            {"__metadata__": {"format": "pt"},
            "f64": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]},
            "f32": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]},
            "f16": {"dtype": "F16", "shape": [1, 1], "data_offsets": [16, 18]},
            "bf16": {"dtype": "BF16", "shape": [1], "data_offsets": [18, 20]},
            "i64": {"dtype": "I64", "shape": [], "data_offsets": [20, 28]},
            "i8": {"dtype": "I8", "shape": [1], "data_offsets": [28, 29]},
            "u8": {"dtype": "U8", "shape": [1], "data_offsets": [29, 30]},
            "bool": {"dtype": "BOOL", "shape": [2], "data_offsets": [30, 32]},
            "none": {"dtype": "F32", "shape": [0, 3], "data_offsets": [32, 32]}}
            """,
            [0, 0, 0, 0, 0, 0, 0xF8, 0xBF]  // -1.5
                + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]  // 1, -2
                + [0, 0x3C, 0x20, 0x41]  // 1; 10
                + [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]  // -2
                + [0xFD, 0xFD, 0, 1])  // -3; 253; false, true
        let read = try SafetensorsFile(FileBytes(file), limits: .standard)
        let expected: [(String, [Int], [Float])] = [
            ("f64", [1], [-1.5]), ("f32", [2], [1, -2]), ("f16", [1, 1], [1]), ("bf16", [1], [10]), ("i64", [], [-2]),
            ("i8", [1], [-3]), ("u8", [1], [253]), ("bool", [2], [0, 1]), ("none", [0, 3], []),
        ]
        #expect(read.weights.weights.map(\.name) == expected.map(\.0))
        for (name, shape, values) in expected {
            #expect(try read.weights[name]?.read() == Tensor(shape: shape, values: values), "\(name)")
        }
        #expect(read.weights["f16"]?.isFloatingPoint == true)
        #expect(read.weights["i64"]?.isFloatingPoint == false)
        #expect(read.metadata == ["format": "pt"])
    }

    static let lies: [(header: String, length: Int, word: String)] = [
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 4, "places weight 'a'"),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}"#, 4, "needs another number"),
        (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}"#, 4, "places weight 'a'"),
        (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}"#, 8, "leaves a gap"),
        (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#, 8, "has 8 bytes"),
        (#"{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}"#, 4, "impossible shape"),
        (#"{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 4]}}"#, 4, "impossible shape"),
        (#"{"a": {"dtype": "F32", "shape": [0, 4294967296, 4294967296], "data_offsets": [0, 0]}}"#, 0, "impossible"),
        (
            #"{"a": {"dtype": "F32", "shape": [4611686018427387904], "data_offsets": [0, 4]}}"#, 4,
            "needs another number"
        ),
        (#"{"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}"#, 4, "impossible shape"),
        (#"{"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}"#, 4, "F8_E4M3"),
        (#"{"a": {"dtype": "F32", "shape": [1]}}"#, 4, "does not state"),
        (#"{"a": 1}"#, 0, "does not state"),
        (#"{"__metadata__": {"a": 1}}"#, 0, "metadata 'a'"),
        (#"{"a": [[[[[[[[[[]]]]]]]]]]}"#, 0, "damaged"),
        (#"{"a": "#, 0, "damaged"),
        (
            #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "#
                + #""b": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}}"#, 6, "overlap"
        ),
    ]

    @Test("lies of the header are refused", arguments: lies)
    func refusals(lie: (header: String, length: Int, word: String)) {
        let file = Self.file(lie.header, [UInt8](repeating: 0, count: lie.length))
        let error = #expect(throws: ModelFileError.self) { try SafetensorsFile(FileBytes(file), limits: .standard) }
        #expect(error?.message.contains(lie.word) == true, "\(error?.message ?? "")")
    }

    @Test("a header that is longer than the file, or than anybody needs, is refused")
    func headerLength() {
        for length in [3, 1 << 40, UInt64.max] {
            var file = Self.file("{}", [])
            for index in 0..<8 { file[index] = UInt8(truncatingIfNeeded: length >> UInt64(8 * index)) }
            #expect(throws: ModelFileError.self) { try SafetensorsFile(FileBytes(file), limits: .standard) }
        }
        let long = Self.file("{" + String(repeating: " ", count: 16 << 20) + "}", [])
        #expect(throws: ModelFileError.self) { try SafetensorsFile(FileBytes(long), limits: .standard) }
    }

    @Test("a file cut anywhere is refused")
    func cuts() {
        let file = Self.file(#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, [UInt8](0..<8))
        for length in 0..<file.count {
            #expect(throws: ModelFileError.self) {
                try SafetensorsFile(FileBytes(Array(file.prefix(length))), limits: .standard)
            }
        }
    }

    static func file(_ header: String, _ values: [UInt8]) -> [UInt8] {
        let length = UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + Array(header.utf8) + values
    }
}
