import Foundation
import Testing

@testable import ModelFiles

/// Pickles that claim, nest or multiply more than they hold.
@Suite("Pickles that want memory or time", .timeLimit(.minutes(10)))
struct PickleBombTests {
    private typealias Write = PickleAssembler

    struct Bomb: Sendable, CustomTestStringConvertible {
        let name: String
        let pickle: [UInt8]
        let kind: ModelFileError.Kind
        let message: String
        var testDescription: String { name }

        init(_ name: String, _ pickle: [UInt8], _ kind: ModelFileError.Kind, _ message: String) {
            self.name = name
            self.pickle = pickle + PickleAssembler.op(.stop)
            self.kind = kind
            self.message = message
        }
    }

    private static func times(_ count: Int, _ part: [UInt8]) -> [UInt8] {
        Array((0..<count).map { _ in part }.joined())
    }

    private static let million = 1_000_000
    /// Enough to overflow the stack of a thread when freed one inside the other.
    private static let many = 100_000

    static let lengths: [Bomb] =
        [
            ("BINBYTES", Write.op(.binaryBytes) + Write.number(UInt64(UInt32.max), 4)),
            ("BINBYTES8 of 2^63", Write.op(.binaryBytes8) + Write.number(1 << 63, 8)),
            ("BINBYTES8 of 2^63 - 1", Write.op(.binaryBytes8) + Write.number(1 << 63 - 1, 8)),
            ("BINUNICODE8", Write.op(.binaryUnicode8) + Write.number(.max, 8)),
            ("BYTEARRAY8", Write.op(.byteArray8) + Write.number(1 << 40, 8)),
            ("BINUNICODE", Write.op(.binaryUnicode) + Write.number(1 << 31, 4)),
            ("BINSTRING", Write.op(.binaryString) + Write.number(UInt64(UInt32.max), 4)),
            ("SHORT_BINBYTES", Write.op(.shortBinaryBytes) + [200]),
            ("LONG4", Write.op(.long4) + Write.number(1 << 31, 4)),
            ("FRAME", Write.op(.frame) + Write.number(1 << 62, 8)),
        ].map { Bomb($0, $1, .damaged, "it states a length beyond its end") }

    static let numbers: [Bomb] = [
        Bomb("LONG4 of 5 kB", Write.op(.long4) + Write.number(5000, 4) + times(5000, [1]), .refused, "whole number"),
        Bomb(
            "a number of 100,000 digits", Write.op(.longText) + times(100_000, [0x39]) + [0x0A], .damaged,
            "does not end"),
        Bomb("INT without digits", Array("I-\n".utf8), .damaged, "'-' is no whole number"),
        Bomb("a negative entry of the memo", Array("g-1\n".utf8), .damaged, "refers to entry '-1'"),
        Bomb(
            "an entry there is not", Write.op(.getLong) + Write.number(.max, 4), .damaged, "refers to entry 4294967295"),
        Bomb("protocol 9", Write.op(.proto) + [9], .unsupported, "has protocol 9"),
        Bomb("buffers outside", Write.op(.nextBuffer), .unsupported, "in another file"),
        Bomb("an unknown instruction", [0xFF], .damaged, "is 255, which is no instruction"),
        Bomb("nothing on the stack", Write.op(.pop), .damaged, "takes a value where there is none"),
        Bomb("a tuple across a mark", Write.op(.none, .mark, .none, .tuple2), .damaged, "where there is none"),
        Bomb("a tuple without mark", Write.op(.none, .tuple), .damaged, "lacks a mark"),
        Bomb("half an item", Write.op(.emptyDictionary, .mark, .none, .setItems), .damaged, "lacks a value"),
        Bomb("an element for a number", Write.op(.newTrue, .none, .append), .damaged, "what is no list"),
        Bomb("an item for a list", Write.op(.emptyList, .none, .none, .setItem), .damaged, "what is no dictionary"),
        Bomb("elements for a frozen set", Write.op(.mark, .frozenSet, .mark, .addItems), .damaged, "what is no set"),
        Bomb("a call of a number", Write.op(.none, .emptyTuple, .reduce), .damaged, "calls what is no function"),
        Bomb("a call with a list", Write.global("torch", "Size") + Write.op(.emptyList, .reduce), .damaged, "no tuple"),
        Bomb("a state for a number", Write.op(.newTrue, .none, .build), .damaged, "a state to what has none"),
        Bomb("an instance of nothing", Write.op(.mark, .object), .damaged, "instance of nothing"),
        Bomb("a name that is a number", Write.op(.newTrue, .newTrue, .stackGlobal), .damaged, "by what is no text"),
        Bomb("a string without quotes", Array("Sabc\n".utf8), .damaged, "lacks its quotes"),
        Bomb("half an escape", Array("S'\\x4'\n".utf8), .damaged, "an escape that makes no sense"),
    ]

    static let nested: [Bomb] = [
        Bomb(
            "many lists", times(many, Write.op(.emptyList)) + times(many - 1, Write.op(.append)), .refused,
            "deeper"),
        Bomb(
            "600 lists", times(600, Write.op(.emptyList)) + times(599, Write.op(.append)), .refused, "deeper than 500"),
        Bomb(
            "many dictionaries",
            times(many, Write.op(.emptyDictionary, .none)) + Write.op(.none) + times(many, Write.op(.setItem)),
            .refused, "deeper"),
        Bomb("a million tuples", Write.op(.none) + times(million, Write.op(.tuple1)), .refused, "deeper than 100"),
        Bomb(
            "a million tuples by calls of tuple",
            Write.global("builtins", "tuple") + Write.put(0) + Write.op(.pop, .emptyTuple)
                + times(
                    200_000,
                    Write.put(1) + Write.op(.pop) + Write.get(0)
                        + Write.op(.emptyList) + Write.get(1) + Write.op(.append, .tuple1, .reduce)),
            .refused, "deeper than 100"),
        Bomb(
            "tuples in lists", Write.op(.none) + times(million / 2, Write.op(.tuple1, .mark) + [0x30, 0x30]), .damaged,
            "none"),
        Bomb(
            "many objects as arguments of each other",
            Write.global("__main__", "A") + Write.put(0) + Write.op(.pop, .none)
                + times(
                    many, Write.put(1) + Write.op(.pop) + Write.get(0) + Write.get(1) + Write.op(.tuple1, .newObject)
                ),
            .refused, "deeper"),
        Bomb(
            "a deep list that is thrown away",
            times(many, Write.op(.emptyList)) + times(many - 1, Write.op(.append)) + Write.op(.pop), .damaged,
            "takes a value where there is none"),
        Bomb("marks without end", times(2_200_000, Write.op(.mark)), .refused, "at once"),
        Bomb("copies without end", Write.op(.none) + times(2_200_000, Write.op(.duplicate)), .refused, "at once"),
    ]

    static let multiplied: [Bomb] = [
        Bomb(
            "a billion laughs in tuples",
            Write.op(.emptyTuple)
                + times(60, Write.put(0) + Write.op(.pop) + Write.get(0) + Write.get(0) + Write.op(.tuple2)),
            .tooLarge, "many times its own size"),
        Bomb(
            "a billion laughs in sets",
            Write.op(.none)
                + times(60, Write.put(0) + Write.op(.pop, .mark) + Write.get(0) + Write.get(0) + Write.op(.frozenSet)),
            .tooLarge, "many times its own size"),
        Bomb(
            "a list copied again and again",
            Write.global("builtins", "tuple") + Write.put(0) + Write.op(.emptyList, .mark)
                + times(100_000, Write.op(.none)) + Write.op(.appends) + Write.put(1)
                + times(1000, Write.get(0) + Write.get(1) + Write.op(.tuple1, .reduce)), .tooLarge, "many times"),
        Bomb(
            "a dictionary copied again and again",
            Write.global("collections", "OrderedDict") + Write.put(0) + Write.op(.emptyDictionary, .mark)
                + times(100_000, Write.op(.none)) + Write.op(.setItems) + Write.put(1)
                + times(1000, Write.get(0) + Write.get(1) + Write.op(.tuple1, .reduce)), .tooLarge, "many times"),
        Bomb(
            "text encoded again and again",
            Write.global("_codecs", "encode") + Write.put(0) + Write.text(String(repeating: "x", count: million))
                + Write.put(1) + Write.text("latin1") + Write.put(2)
                + times(1000, Write.get(0) + Write.get(1) + Write.get(2) + Write.op(.tuple2, .reduce)), .tooLarge,
            "many times"),
        Bomb(
            "a large tuple in many objects",
            Write.global("__main__", "A") + Write.put(0) + Write.op(.mark) + times(100_000, Write.op(.none))
                + Write.op(.tuple, .tuple1) + Write.put(1) + Write.op(.emptyList, .mark)
                + times(100_000, Write.get(0) + Write.get(1) + Write.op(.newObject)) + Write.op(.appends), .tooLarge,
            "many times"),
        Bomb(
            "a large tuple behind the class that it is for",
            Write.global("copyreg", "__newobj__") + Write.put(0) + Write.op(.mark) + Write.global("__main__", "A")
                + Write.op(.mark) + times(100_000, Write.op(.none)) + Write.op(.tuple, .tuple) + Write.put(1)
                + Write.op(.emptyList, .mark) + times(1000, Write.get(0) + Write.get(1) + Write.op(.reduce))
                + Write.op(.appends), .tooLarge, "many times"),
        Bomb(
            "arrays of objects in each other",
            Write.op(.none)
                + times(
                    60,
                    Write.put(0) + Write.op(.pop)
                        + PickleArrays.array(
                            type: "O8", shape: [2],
                            data: Write.op(.emptyList) + Write.get(0) + Write.op(.append)
                                + Write.get(0) + Write.op(.append))), .tooLarge, "many times"),
    ]

    @Test("a length beyond the end is refused before memory is taken", arguments: lengths)
    func length(bomb: Bomb) { check(bomb) }

    @Test("what makes no sense is refused", arguments: numbers)
    func senseless(bomb: Bomb) { check(bomb) }

    @Test("values deep inside each other are refused, and freed without recursion", arguments: nested)
    func deep(bomb: Bomb) { check(bomb) }

    @Test("a few bytes cannot take much memory or time", arguments: multiplied)
    func large(bomb: Bomb) {
        // Less than for files, so that the tests are quick.
        let error = #expect(throws: ModelFileError.self) {
            try PickleReader.read(FileBytes(bomb.pickle), allowance: 8 << 20)
        }
        #expect(error?.kind == bomb.kind)
        #expect(error?.message.contains(bomb.message) == true, "\(error?.message ?? "read")")
    }

    private func check(_ bomb: Bomb) {
        let error = HostilePickleTests.refusal(bomb.pickle)
        #expect(error?.kind == bomb.kind)
        #expect(error?.message.contains(bomb.message) == true, "\(error?.message ?? "read")")
    }

    @Test("what is thrown away does not overflow the stack")
    func discarded() throws {
        let deep = Self.times(Self.many, Write.op(.emptyList)) + Self.times(Self.many - 1, Write.op(.append))
        let value = try PickleReader.read(FileBytes(deep + Write.op(.pop, .none, .stop))).value
        #expect(try PickleNotation.show(value) == "None")
    }

    @Test("500 lists inside each other are read")
    func deepest() throws {
        let deep = Self.times(500, Write.op(.emptyList)) + Self.times(499, Write.op(.append))
        let value = try PickleReader.read(FileBytes(deep + Write.op(.stop))).value
        #expect(try PickleNotation.show(value).count == 1000)
    }

    @Test("a list that holds itself is read, and stays finite for who bounds the depth")
    func cycle() throws {
        let pickle = Write.op(.emptyList) + Write.put(0) + Write.get(0) + Write.op(.append, .stop)
        guard case .list(let list) = try PickleReader.read(FileBytes(pickle)).value,
            case .list(let inner)? = list.elements.first
        else {
            Issue.record("not a list")
            return
        }
        #expect(inner === list)
        list.elements = []
    }

    @Test("a set and an array that hold themselves are refused")
    func selfContaining() {
        let set = Write.op(.emptySet) + Write.put(0) + Write.op(.mark) + Write.get(0) + Write.op(.addItems, .stop)
        #expect(HostilePickleTests.refusal(set)?.message.contains("contains itself") == true)
        let array =
            PickleArrays.start + Write.put(0)
            + PickleArrays.state(
                type: "O8", shape: [1], data: Write.op(.emptyList) + Write.get(0) + Write.op(.append)) + Write.op(.stop)
        #expect(HostilePickleTests.refusal(array)?.message.contains("contains itself") == true)
    }

    @Test("lists shared a billion times take no time")
    func sharedLists() throws {
        let pickle =
            Write.op(.emptyList)
            + Self.times(
                60,
                Write.put(0) + Write.op(.pop, .emptyList, .mark) + Write.get(0) + Write.get(0) + Write.op(.appends))
        guard case .list(let list) = try PickleReader.read(FileBytes(pickle + Write.op(.stop))).value else {
            Issue.record("not a list")
            return
        }
        #expect(list.elements.count == 2)
    }
}
