import Foundation
import Inference
import JSON
import Tensors
import Testing

@testable import ModelFiles

@Suite("A classifier whose classes are groups of another one's")
struct ClassGroupingTests {
    private static let pets: JSONValue = [
        "groups": [
            ["label": "cat", "classes": [[281, 285]]], ["label": "dog", "classes": [[151, 268]]],
            ["label": "neither", "classes": [269, [286, 293]], "weight": 0.5], ["label": "neither", "weight": 2],
        ],
        "mirrored": true,
    ]

    @Test("what is said about groups is read")
    func reading() throws {
        let grouping = try #require(try ModelDescription(json: ["grouping": Self.pets]).grouping)
        #expect(grouping.labels == ["cat", "dog", "neither"])
        #expect(grouping.isMirrored)
        #expect(grouping.groups[0] == .init("cat", classes: [281, 282, 283, 284, 285]))
        #expect(grouping.groups[2].classes == [269] + Array(286...293))
        #expect(grouping.groups[3] == .init("neither", classes: nil, weight: 2))
    }

    @Test("the factor of a class is the weight of its group, shared among the classes of the group")
    func factors() throws {
        let grouping = ClassGrouping([
            .init("a", classes: [1, 2]), .init("b", classes: [4]), .init("other", classes: [0], weight: 0.5),
            .init("other", classes: nil, weight: 4),
        ])
        let factors = try grouping.factors(classCount: 7)
        let third: Float = 4 / 3
        let expected: [[Float]] = [
            [0, 0, 0.5], [0.5, 0, 0], [0.5, 0, 0], [0, 0, third], [0, 1, 0], [0, 0, third], [0, 0, third],
        ]
        let isAsExpected = factors == Array(expected.joined())
        #expect(isAsExpected, "\(factors)")
    }

    @Test(
        "what is wrong is refused by name",
        arguments: [
            (#"[]"#, "'grouping' must be an object"),
            (#"{"groups": [{"label": "a"}]}"#, "2 to 100 groups"),
            (
                #"{"groups": [{"label": "a", "classes": [1]}, {"label": "b"}], "x": 1}"#,
                "'x' of 'grouping' is not known"
            ),
            (#"{"groups": [{"label": "a", "classes": [1]}, {"label": "b"}], "mirrored": 1}"#, "true or false"),
            (
                #"{"groups": [{"classes": [1]}, {"label": "b"}]}"#,
                "group 1 of 'grouping' must be an object with a 'label'"
            ),
            (#"{"groups": [{"label": "a", "klass": [1]}, {"label": "b"}]}"#, "'klass' of group 1"),
            (#"{"groups": [{"label": "a", "classes": []}, {"label": "b"}]}"#, "'classes' of group 1"),
            (#"{"groups": [{"label": "a", "classes": [[5, 4]]}, {"label": "b"}]}"#, "'classes' of group 1"),
            (#"{"groups": [{"label": "a", "classes": [-1]}, {"label": "b"}]}"#, "'classes' of group 1"),
            (#"{"groups": [{"label": "a", "classes": [[0, 9000000000]]}, {"label": "b"}]}"#, "'classes' of group 1"),
            (#"{"groups": [{"label": "a", "classes": [1], "weight": 0}, {"label": "b"}]}"#, "'weight' of group 1"),
            (#"{"groups": [{"label": "a", "classes": [1], "weight": "1"}, {"label": "b"}]}"#, "'weight' of group 1"),
            (#"{"groups": [{"label": "a", "classes": [1]}, {"label": "a"}]}"#, "two labels or more"),
            (#"{"groups": [{"label": "a"}, {"label": "b"}]}"#, "only one group"),
            (#"{"groups": [{"label": "a", "classes": [1, 2]}, {"label": "b", "classes": [[2, 3]]}]}"#, "one group"),
        ])
    func refusals(json: String, reason: String) throws {
        let description: JSONValue = ["grouping": try JSONValue(parsing: json)]
        let error = #expect(throws: ModelFileError.self) { try ModelDescription(json: description) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("labels beside groups are refused")
    func labels() throws {
        #expect(throws: ModelFileError.self) {
            try ModelDescription(json: ["grouping": Self.pets, "labels": ["a", "b", "c"]])
        }
    }

    @Test("groups of classes that the network does not have, or of none that are left, are refused")
    func misfits() throws {
        let beyond = ClassGrouping([.init("a", classes: [3]), .init("b", classes: nil)])
        #expect(throws: ModelFileError.self) { try beyond.factors(classCount: 3) }
        let empty = ClassGrouping([.init("a", classes: [0, 1, 2]), .init("b", classes: nil)])
        #expect(throws: ModelFileError.self) { try empty.factors(classCount: 3) }
    }
}
