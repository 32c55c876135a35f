import Foundation
import Inference
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("Reading OpenVINO files")
struct OpenVINOTests {
    /// y = x + w, as the two files of an IR.
    static func description(
        data: String = #"element_type="f32" shape="3" offset="0" size="12""#, layer: String = "", edge: String = "",
        head: String = "", set: String = "opset1", version: String = "11"
    ) -> String {
        """
        <?xml version="1.0"?>\(head)
        <!-- a comment -->
        <net name="sum &amp; more" version="\(version)">
            <layers>
                <layer id="0" name="x" type="Parameter" version="opset1">
                    <data shape="?,3" element_type="f32" />
                    <output><port id="0" precision="FP32" names="x"><dim>-1</dim><dim>3</dim></port></output>
                </layer>
                <layer id="1" name="w" type="Const" version="opset1">
                    <data \(data) />
                    <output><port id="0" precision="FP32"><dim>3</dim></port></output>
                </layer>
                <layer id="2" name="sum" type="Add" version="\(set)">
                    <data auto_broadcast="numpy" />
                    <input>
                        <port id="0" precision="FP32"><dim>-1</dim><dim>3</dim></port>
                        <port id="1" precision="FP32"><dim>3</dim></port>
                    </input>
                    <output><port id="2" precision="FP32" names="y"><dim>-1</dim><dim>3</dim></port></output>
                </layer>
                <layer id="3" name="y/result" type="Result" version="opset1">
                    <input><port id="0" precision="FP32"><dim>-1</dim><dim>3</dim></port></input>
                </layer>\(layer)
            </layers>
            <edges>
                <edge from-layer="0" from-port="0" to-layer="2" to-port="0" />
                <edge from-layer="1" from-port="0" to-layer="2" to-port="1" />
                <edge from-layer="2" from-port="2" to-layer="3" to-port="0" />\(edge)
            </edges>
            <rt_info>
                <Runtime_version value="2026.4.1" />
                <model_info><labels value="cat big_dog" /></model_info>
            </rt_info>
        </net>
        """
    }

    static let weights: [UInt8] = ([1, 2, 3] as [Float]).withUnsafeBytes { Array($0) }

    static func archive(_ description: String, _ weights: [UInt8] = weights) -> [UInt8] {
        StoredZip([.init("net.xml", Array(description.utf8)), .init("net.bin", weights)]).bytes()
    }

    static func refusal(_ description: String) -> ModelFileError? { HostileFileTests.refusal(archive(description)) }

    @Test("two files in an archive are read, and in one piece again")
    func archive() async throws {
        let model = try ModelImporter.read(Self.archive(Self.description()))
        let found = model.inspection
        #expect(found.format == .openVINO && found.frameworkVersion == "OpenVINO 2026.4.1")
        #expect(found.inputs.map(\.name) == ["x"] && found.inputs[0].shape == [nil, 3])
        #expect(found.outputs.map(\.name) == ["y"] && found.outputs[0].shape == [nil, 3])
        #expect(found.layers.map(\.type) == ["Add"] && found.parameterCount == 3 && found.layers[0].parameters == 3)
        #expect(found.labels == ["cat", "big dog"])
        let input = ["x": Tensor(shape: [1, 3], values: [10, 20, 30])]
        #expect(try await Engine.predict(model, input)[0].values == [11, 22, 33])
        let again = try ModelImporter.read(model.graph.bytes)
        #expect(again.graph.bytes == model.graph.bytes && again.inspection.labels == ["cat", "big dog"])
    }

    @Test("the .bin beside an .xml is taken, and asked for when it is missing")
    func besides() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array(Self.description().utf8), to: "net.xml")
        let error = #expect(throws: ModelFileError.self) { try ModelImporter.read(contentsOf: file) }
        #expect(error?.message.contains("give the .bin file beside the .xml, or both in a zip archive") == true)
        try folder.write(Self.weights, to: "net.bin")
        let model = try ModelImporter.read(contentsOf: file)
        let input = ["x": Tensor(shape: [2, 3], values: [0, 0, 0, 1, 1, 1])]
        #expect(try await Engine.predict(model, input)[0].values == [1, 2, 3, 2, 3, 4])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let reason: String

        init(_ name: String, _ text: String, _ reason: String) {
            testDescription = name
            self.text = text
            self.reason = reason
        }
    }

    static let deep = String(repeating: "<a>", count: 200) + String(repeating: "</a>", count: 200)
    static let manyAttributes = "<a " + (0..<100).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>"

    static let refusals = [
        Refusal("document type", description(head: "<!DOCTYPE net>"), "document type or entities"),
        Refusal(
            "entity from a file", description(head: "<!DOCTYPE n [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
            "document type or entities"),
        Refusal(
            "billion laughs", description(head: "<!DOCTYPE n [<!ENTITY a 'a'><!ENTITY b '&a;&a;'>]>"),
            "document type or entities"),
        Refusal("unknown entity", description().replacing("&amp;", with: "&x;"), "unknown entity"),
        Refusal("endless entity", description().replacing("&amp;", with: "&aaaaaaaaaaaaaaaaaa"), "unknown entity"),
        Refusal(
            "extension", description(set: "extension"),
            "layer 'sum' has type 'Add' of operator set 'extension', which is not supported"),
        Refusal("no operator set", description(set: ""), "of operator set ''"),
        Refusal("old version", description(version: "7"), "format version 7 is not supported"),
        Refusal(
            "offset beyond the weights", description(data: #"element_type="f32" shape="3" offset="4" size="12""#),
            "beyond the end of the weights"),
        Refusal(
            "huge offset",
            description(data: #"element_type="f32" shape="3" offset="9223372036854775807" size="12""#),
            "beyond the end of the weights"),
        Refusal(
            "negative offset", description(data: #"element_type="f32" shape="3" offset="-4" size="12""#),
            "does not say where its values are"),
        Refusal(
            "number that overflows",
            description(data: #"element_type="f32" shape="3" offset="0" size="99999999999999999999""#),
            "does not say where its values are"),
        Refusal(
            "size of another shape", description(data: #"element_type="f32" shape="2" offset="0" size="12""#),
            "has 12 bytes, not those of its shape"),
        Refusal(
            "shape that overflows",
            description(data: #"element_type="f32" shape="4294967296,4294967296" offset="0" size="0""#),
            "impossible shape"),
        Refusal(
            "layer number twice", description(layer: #"<layer id="0" name="z" type="Relu" version="opset1"/>"#),
            "two layers have the number 0"),
        Refusal(
            "cycle",
            description(
                layer: #"<layer id="4" name="z" type="Relu" version="opset1"/>"#,
                edge: #"<edge from-layer="4" from-port="0" to-layer="4" to-port="0" />"#), "form a cycle"),
        Refusal(
            "edge to nowhere", description(edge: #"<edge from-layer="9" from-port="0" to-layer="2" to-port="0" />"#),
            "an edge leads to a layer that does not exist"),
        Refusal(
            "weights of another file",
            description(layer: #"<rt_info><attribute name="__weights_path" value="/etc/passwd"/></rt_info>"#),
            "names another file for the weights"),
        Refusal("too deep", description(layer: deep), "deeper than 64 levels"),
        Refusal("too many attributes", description(layer: manyAttributes), "more than 64 attributes"),
        Refusal("attribute twice", description(layer: #"<a b="" b=""/>"#), "attribute twice"),
        Refusal("not closed", String(description().dropLast(6)), "ends in the middle"),
        Refusal("closed in another order", description(layer: "<a><b></a></b>"), "not closed in order"),
        Refusal("nothing", "", "ends in the middle"),
        Refusal("another root", "<svg/>", "holds no OpenVINO network"),
        Refusal("no layers", #"<net version="11"></net>"#, "has no layers"),
        Refusal(
            "layer outside of the list", #"<net version="11"><layer id="0" type="A" version="opset1"/></net>"#,
            "lies in another"),
        Refusal(
            "two lists",
            description().replacing(
                "<edges>", with: "<layers><layer id=\"0\" type=\"A\" version=\"opset1\"/></layers><edges>"),
            "two lists of layers"),
    ]

    @Test("what cannot be used is refused with its reason", arguments: refusals)
    func refusal(_ expected: Refusal) {
        let error = Self.refusal(expected.text)
        #expect(error?.message.contains(expected.reason) == true, "\(error?.message ?? "was read")")
    }

    @Test("an archive with several descriptions is refused")
    func severalFiles() {
        let text = Array(Self.description().utf8)
        let archive = StoredZip([.init("a.xml", text), .init("b.xml", text), .init("a.bin", Self.weights)])
        #expect(
            HostileFileTests.refusal(archive.bytes())?.message
                == "OpenVINO: the archive must hold one .xml and one .bin file, it holds 2 and 1")
    }

    @Test("the engine itself refuses a description that names another file for the weights")
    func engine() async throws {
        var bytes = try ModelImporter.read(Self.archive(Self.description())).graph.bytes
        let place = try #require(bytes.firstRange(of: Array("Runtime_version".utf8)))
        bytes.replaceSubrange(place.lowerBound..<place.lowerBound + 15, with: Array("__weights_path ".utf8))
        let runtime = try InferenceRuntime()
        await #expect(
            throws: InferenceError.invalidModel(reason: "it keeps weights in another file; they must be inside")
        ) {
            try await runtime.load(.bytes(bytes), name: "spy")
        }
    }

    @Test("random characters in a description give a model or one clear line", arguments: 0..<4)
    func randomChanges(seed: Int) {
        let text = Array(Self.description().utf8)
        let characters = Array("<>/\"'&;=! -0123456789abcxyz?[]".utf8)
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<HostileFileTests.rounds * 4 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<text.count, using: &random)] = characters.randomElement(using: &random) ?? 60
            }
            let archive = StoredZip([.init("net.xml", damaged), .init("net.bin", Self.weights)]).bytes()
            if let error = HostileFileTests.refusal(archive) {
                #expect(!error.message.isEmpty && !error.message.contains("\n"))
            }
        }
    }
}
