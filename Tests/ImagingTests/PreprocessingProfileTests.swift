import Imaging
import JSON
import Tensors
import Testing

struct PreprocessingProfileTests {
    @Test("profiles make the tensors of Pillow and numpy", arguments: GoldenFiles.cases("tensor"))
    func tensors(golden: GoldenCase) throws {
        let profile = try PreprocessingProfile(json: try #require(golden.fields["profile"]))
        let tensor = try profile.tensor(from: try GoldenFiles.bytes(golden.file))
        let shape = try #require(golden.fields["shape"]?.arrayValue)
        #expect(tensor.shape.map(JSONValue.integer) == shape)
        #expect(tensor.shape == profile.shape)
        let bytes = try golden.pixels("expected", count: 4 * golden.integer("count"))
        let expected = bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
        #expect(tensor.values.count == expected.count)
        let largest = zip(tensor.values, expected).map { abs($0 - $1) }.max() ?? 1
        #expect(largest < 1e-5, "\(largest) apart")
        let image = try ImageDecoder().decode(try GoldenFiles.bytes(golden.file), as: .rgba)
        #expect(profile.tensor(from: image) == tensor)
    }

    @Test("a profile reads back from its JSON")
    func roundTrip() throws {
        var profile = PreprocessingProfile(width: 224, height: 200)
        profile.fit = .cover
        profile.shorterSide = 256
        profile.filter = .bicubic
        profile.color = .bgr
        profile.scale = 1
        profile.mean = [103.939, 116.779, 123.68]
        profile.standardDeviation = [1, 2, 3]
        profile.padding = [1, 2, 3]
        profile.layout = .nhwc
        profile.orientation = .ignore
        profile.alpha = .compositeOnWhite
        profile.reducesLargeJPEG = false
        #expect(profile.problems().isEmpty)
        let text = profile.json.text()
        #expect(try PreprocessingProfile(json: JSONValue(parsing: text)) == profile)
        let plain = PreprocessingProfile(width: 28, height: 28)
        #expect(try PreprocessingProfile(json: plain.json) == plain)
        #expect(try PreprocessingProfile(json: ["width": 28, "height": 28]) == plain)
    }

    @Test(
        "what is wrong with a profile is told, all at once",
        arguments: [
            (#"[]"#, ["it must be a JSON object"]),
            (#"{}"#, ["width is missing", "height is missing"]),
            (
                #"{"width": 0, "height": 5000}"#,
                ["width must be 1 to 4096, is 0", "height must be 1 to 4096, is 5000"]
            ),
            (
                #"{"width": "8", "height": 8, "filtre": 1, "layout": "chw", "mean": []}"#,
                [
                    "filtre is not a known field", #"width must be a whole number, is "8""#,
                    "mean must be a number or a list of numbers, is []", #"layout must be one of nchw, nhwc, is "chw""#,
                ]
            ),
            (
                #"{"width": 8, "height": 8, "scale": 0, "standardDeviation": [1, 0, 1], "mean": [1, 2], "#
                    + #""shorterSide": 4}"#,
                [
                    "shorterSide needs the fit cover, is with stretch", "shorterSide must be 8 to 4096, is 4",
                    "mean must have 1 value or one for each of 3 channels, has 2",
                    "scale must be a number other than 0, is 0.0",
                    "standardDeviation must be finite numbers other than 0",
                ]
            ),
            (
                #"{"width": 8, "height": 8, "padding": [300]}"#,
                ["padding must be a list of whole numbers 0 to 255, is [300]"]
            ),
        ])
    func problems(text: String, problems: [String]) throws {
        let json = try JSONValue(parsing: text)
        #expect(throws: ProfileError(problems: problems)) { try PreprocessingProfile(json: json) }
    }

    @Test("very long pictures are covered without a very large one in between", arguments: [(65_000, 1), (1, 65_000)])
    func longPicture(width: Int, height: Int) {
        var profile = PreprocessingProfile(width: 64, height: 64)
        profile.fit = .cover
        profile.shorterSide = 72
        let pixels = [UInt8](repeating: 255, count: 3 * width * height)
        let tensor = profile.tensor(from: PixelImage(width: width, height: height, format: .rgb, pixels: pixels))
        #expect(tensor.values.allSatisfy { $0 == 1 })
    }

    @Test("orientation is the profile's choice")
    func orientation() throws {
        let bytes = try GoldenFiles.bytes("turned-6.png")
        var profile = PreprocessingProfile(width: 6, height: 11)
        profile.layout = .nhwc
        let upright = try profile.tensor(from: bytes)
        let image = try ImageDecoder().decode(bytes, as: .rgb)
        #expect(image.width == 6)
        #expect(upright.values == image.pixels.map { Float(Double($0) / 255) })
        profile.orientation = .ignore
        #expect(try profile.tensor(from: bytes) != upright)
    }
}
