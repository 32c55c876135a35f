import JSON
import ModelFiles
import Testing

@Suite("What a user says about a model file")
struct ModelDescriptionTests {
    @Test("all of it is read")
    func whole() throws {
        let description = try ModelDescription(json: [
            "architecture": "resnet50", "input": [3, 224, 224], "labels": ["cat", "dog"],
            "preprocessing": ["range": "imagenet"],
        ])
        #expect(description.architecture == "resnet50")
        #expect(description.input == [3, 224, 224])
        #expect(description.labels == ["cat", "dog"])
        #expect(description.preprocessing == .imageNet)
        #expect(try ModelDescription(json: [:]) == ModelDescription())
        #expect(try ModelDescription(json: ["labels": nil, "input": nil, "preprocessing": nil]) == ModelDescription())
    }

    @Test(
        "ranges, channels and numbers give the convention they name",
        arguments: [
            (#"{"range": "0..1"}"#, .unit(.rgb)), (#"{"range": "0..255", "channels": "gray"}"#, .bytes(.gray)),
            (#"{"range": "-1..1", "channels": "bgr"}"#, .symmetric(.bgr)), (#"{"range": "caffe"}"#, .caffe),
            (
                #"{"range": "imagenet", "channels": "bgr"}"#,
                InputConvention(
                    channels: .bgr, scale: 1 / 255, mean: [0.406, 0.456, 0.485],
                    standardDeviation: [0.225, 0.224, 0.229])
            ),
            (
                #"{"scale": 0.5, "mean": 0.1307, "standard_deviation": [0.3081], "channels": "gray"}"#,
                InputConvention(channels: .gray, scale: 0.5, mean: [0.1307], standardDeviation: [0.3081])
            ),
            (
                #"{"scale": 1, "mean": [1, 2, 3]}"#, InputConvention(channels: .rgb, scale: 1, mean: [1, 2, 3])
            ),
        ] as [(String, InputConvention)])
    func conventions(json: String, convention: InputConvention) throws {
        let description: JSONValue = ["preprocessing": try JSONValue(parsing: json)]
        #expect(try ModelDescription(json: description).preprocessing == convention)
    }

    @Test("where the channels are not told, the shape of the input tells grey from colour")
    func channels() throws {
        for (input, expected) in [
            ([28, 28], InputConvention.Channels.gray), ([1, 28, 28], .gray), ([3, 32, 32], .rgb),
        ] {
            let description: JSONValue = ["input": input.json, "preprocessing": ["range": "0..1"]]
            #expect(try ModelDescription(json: description).preprocessing?.channels == expected)
        }
    }

    @Test(
        "what is wrong is refused by name",
        arguments: [
            ("resnet50", "must be a JSON object"), (["architektur": "x"], "'architektur' is not known"),
            (["architecture": 3], "'architecture' must be"), (["architecture": ""], "'architecture' must be"),
            (["input": [0, 3]], "'input' must be"), (["input": "3"], "'input' must be"),
            (["input": [1.5]], "'input' must be"), (["input": [9_000_000_000_000_000_000]], "'input' must be"),
            (["labels": ["a", "a"]], "'labels' must be"), (["labels": ["a", 1]], "'labels' must be"),
            (["labels": []], "'labels' must be"), (["preprocessing": "imagenet"], "'preprocessing' must be"),
            (["preprocessing": ["range": "0-1"]], "'range' of 'preprocessing' must be one of 0..1, 0..255, -1..1"),
            (["preprocessing": ["range": "0..1", "mean": 1]], "either 'range' or"),
            (["preprocessing": ["range": "imagenet", "channels": "gray"]], "for colour"),
            (["preprocessing": ["channels": "rgba", "range": "0..1"]], "gray, rgb or bgr"),
            (["preprocessing": ["scale": 0]], "'scale' above 0"), (["preprocessing": [:]], "must have 'range'"),
            (["preprocessing": ["scale": 1, "standard_deviation": 0]], "must be above 0"),
            (["preprocessing": ["scale": 1, "mean": [1, 2]]], "'mean' of 'preprocessing' must be a number or 3"),
            (["preprocessing": ["scale": 1, "std": 2]], "'std' of 'preprocessing' is not known"),
        ] as [(JSONValue, String)])
    func refusals(json: JSONValue, word: String) {
        let error = #expect(throws: ModelFileError.self) { try ModelDescription(json: json) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test("all problems are told at once")
    func everyProblem() {
        let error = #expect(throws: ModelFileError.self) {
            try ModelDescription(json: ["input": "x", "labels": 1, "shape": 2])
        }
        for key in ["input", "labels", "shape"] { #expect(error?.message.contains("'\(key)'") == true) }
    }
}
