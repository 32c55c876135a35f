import TestSupport
import Testing

@testable import ModelFiles

/// Sound pickles, cut off or changed at random.
@Suite("Damaged pickles")
struct DamagedPickleTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        var testDescription: String { name }
    }

    /// All golden pickles that are not long.
    static let samples: [Sample] = PickleGoldenTests.all.flatMap { entry in
        entry.pickles.map { Sample(name: "\(entry.name), \($0.key)", bytes: $0.value) }
    }.filter { $0.bytes.count < 3000 }.sorted { $0.name < $1.name }

    static func read(_ bytes: [UInt8]) -> (value: PickleValue?, error: ModelFileError?) {
        do throws(ModelFileError) {
            return (try PickledFile.read(FileBytes(bytes), limits: .standard), nil)
        } catch {
            return (nil, error)
        }
    }

    @Test("one that is cut off anywhere is refused")
    func cut() {
        #expect(Self.samples.count > 150)
        for sample in Self.samples {
            for length in stride(from: 0, to: sample.bytes.count, by: sample.bytes.count < 400 ? 1 : 7) {
                let (value, error) = Self.read(Array(sample.bytes[..<length]))
                if value != nil || error?.message.contains("\n") == true {
                    Issue.record("\(sample.name) cut at \(length): \(error?.message ?? "was read")")
                }
            }
        }
    }

    @Test("flipped bits give a value or one clear line, never a crash", arguments: 0..<4)
    func flips(seed: Int) throws {
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<10 * HostileFileTests.rounds {
            let sample = try #require(Self.samples.randomElement(using: &random))
            var damaged = sample.bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
            check(damaged, sample.name)
        }
    }

    @Test("instructions in any order give a value or one clear line, never a crash", arguments: 0..<4)
    func programs(seed: Int) {
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<10 * HostileFileTests.rounds {
            var program: [UInt8] = []
            for _ in 0..<Int.random(in: 5...80, using: &random) {
                program += Self.parts.randomElement(using: &random) ?? []
            }
            check(program + PickleAssembler.op(.stop), "program")
        }
    }

    /// Pieces of pickles that often fit together.
    private static let parts: [[UInt8]] = {
        typealias Write = PickleAssembler
        let names: [(String, String)] = [
            ("builtins", "set"), ("builtins", "list"), ("builtins", "tuple"), ("builtins", "bytes"),
            ("collections", "OrderedDict"), ("collections", "defaultdict"), ("copyreg", "_reconstructor"),
            ("copyreg", "__newobj__"), ("copyreg", "__newobj_ex__"), ("__main__", "Net"), ("argparse", "Namespace"),
            ("_codecs", "encode"), ("numpy", "dtype"), ("sklearn.neighbors._kd_tree", "newObj"), ("builtins", "object"),
            ("numpy.core.numeric", "_frombuffer"), ("numpy.core.multiarray", "scalar"),
        ]
        let opcodes: [PickleOpcode] = [
            .mark, .mark, .mark, .tuple, .tuple1, .tuple2, .tuple3, .list, .emptyList, .append, .appends, .dictionary,
            .emptyDictionary, .setItem, .setItems, .emptySet, .addItems, .frozenSet, .none, .newTrue, .emptyTuple,
            .reduce, .reduce, .newObject, .newObjectWithNames, .build, .object, .pop, .popMark, .duplicate, .memoize,
            .persistent, .stackGlobal,
        ]
        return opcodes.map { Write.op($0) } + names.map { Write.global($0, $1) }
            + (0..<4).flatMap { [Write.put($0), Write.get($0), Write.int(Int32($0) - 1)] }
            + [
                Write.text("latin1"), Write.text("C"), Write.text("f8"), Write.bytes([1, 2, 3, 4, 5, 6, 7, 8]),
                PickleArrays.start, PickleArrays.elementType("u1"), PickleArrays.elementType("O8"),
                PickleArrays.state(type: "O8", shape: [1], data: Write.op(.emptyList, .none, .append)),
                PickleArrays.wrapper(type: "u1", shape: Write.tuple(Write.int(2))), Write.dictionary(),
            ]
    }()

    private func check(_ bytes: [UInt8], _ name: String) {
        let (value, error) = Self.read(bytes)
        if let error, error.message.isEmpty || error.message.contains(where: \.isNewline) {
            Issue.record("\(name): the message '\(error.message)'")
        }
        var steps = 2000
        if let value { use(value, depth: 20, steps: &steps) }
    }

    /// Asks a value for all that a reader could.
    private func use(_ value: PickleValue, depth: Int, steps: inout Int) {
        steps -= 1
        guard depth > 0, steps > 0 else { return }
        _ = (value.text, value.wholeNumber)
        var children: [PickleValue] = []
        switch value {
        case .tuple(let elements), .set(let elements): children = elements
        case .list(let list): children = list.children
        case .dictionary(let dictionary): children = dictionary.children
        case .object(let object):
            _ = object["coef_"]
            children = object.children
        case .persistent(let persistent): children = [persistent.identifier]
        case .array(let array):
            children = array.objects
            use(array)
        default: break
        }
        for child in children { use(child, depth: depth - 1, steps: &steps) }
    }

    private func use(_ array: NumPyArray) {
        _ = try? array.doubles()
        _ = try? array.floats()
        _ = try? array.integers()
        _ = try? array.texts()
        _ = array.rowMajorBytes()
        for field in array.type.fields { _ = try? array.field(field.name)?.doubles() }
        if array.elementCount < 1000 { _ = array.permuted(Array(array.shape.indices.reversed())) }
    }
}
