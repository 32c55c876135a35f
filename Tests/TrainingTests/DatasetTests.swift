import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("Data sets")
struct DatasetTests {
    private static let input: InputRecipe = {
        var input = InputRecipe()
        (input.width, input.height, input.channels) = (4, 4, 3)
        return input
    }()

    private static let red = BitmapFile.bytes(side: 8) { _, _ in (250, 10, 20) }
    private static let green = BitmapFile.bytes(side: 8) { _, _ in (10, 250, 20) }

    @Test("one folder per class is read, scaled to the input")
    func classFolders() throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 {
            try folder.write(Self.red, at: "ripe/\(number).bmp")
            try folder.write(Self.green, at: "green/\(number).bmp")
        }
        try folder.write(Array("not a picture".utf8), at: "ripe/notes.txt")
        try folder.write([1], at: ".hidden/file")
        let data = try PictureDataset(folder: folder.url, input: Self.input)
        #expect(data.training.classes == ["green", "ripe"])
        #expect(data.training.labels == [0, 0, 0, 1, 1, 1])
        #expect(Array(data.training[5]) == (0..<16).flatMap { _ in [250, 10, 20] as [UInt8] })
        #expect(data.test == nil)
        #expect(data.skipped.count == 1)
        #expect(data.skipped[0].hasPrefix("ripe/notes.txt: "))
    }

    @Test("pictures of class folders come the same from memory and from a file, which leaves nothing behind")
    func scratch() throws {
        let (folder, scratch) = (try SampleShapes.folder(count: 40, side: 9), try TemporaryFolder())
        let inMemory = try PictureDataset(folder: folder.url, input: Self.input).training
        let onDisk = try PictureDataset(folder: folder.url, input: Self.input, scratch: scratch.url).training
        #expect(onDisk.pixels == inMemory.pixels)
        #expect(onDisk.labels == inMemory.labels)
        #expect(onDisk.names == inMemory.names)
        #expect(onDisk.names[41] == "Dog/1.bmp")
        #expect(onDisk[41] == inMemory[41])
        #expect(try scratch.names().isEmpty)
    }

    /// The first bytes of a JPEG file, with what a writer put there.
    private static func jpeg(_ marker: String) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array(marker.utf8) + [UInt8](repeating: 0, count: 30)
    }

    @Test(
        "JPEG files whose first bytes name neither JFIF nor Exif are left out where the recipe says so",
        arguments: [
            ("JFIF", false), ("Exif", false), ("Adob", true), (String(repeating: "x", count: 13) + "JFIF", true),
        ])
    func cleaning(marker: String, isLeftOut: Bool) throws {
        let folder = try TemporaryFolder()
        for name in ["a/1", "a/2", "b/1", "b/2"] { try folder.write(Self.red, at: name + ".bmp") }
        try folder.write(Self.jpeg(marker), at: "a/3.jpg")
        var input = Self.input
        for requires in [false, true] {
            input.requiresJFIF = requires
            // These are no whole files, so they are left out either way: the reason tells why.
            let reason = try #require(try PictureDataset(folder: folder.url, input: input).skipped.first)
            let isCleaned = reason == "a/3.jpg: its first bytes name neither JFIF nor Exif"
            #expect(isCleaned == (requires && isLeftOut), "\(reason)")
        }
    }

    @Test("train and test are read apart, with the classes of the training pictures")
    func testFolder() throws {
        let folder = try TemporaryFolder()
        for name in ["train/a/1", "train/a/2", "train/b/1", "train/b/2", "test/b/1"] {
            try folder.write(Self.red, at: name + ".bmp")
        }
        let data = try PictureDataset(folder: folder.url, input: Self.input)
        #expect(data.training.count == 4)
        #expect(data.test?.labels == [1])
        try folder.write(Self.red, at: "test/c/1.bmp")
        let error = try #require(throws: DatasetError.self) {
            try PictureDataset(folder: folder.url, input: Self.input)
        }
        #expect(error.reason == "the test folder 'c' is no class of the training pictures")
    }

    static let faults: [(files: [String: [UInt8]], reason: String)] = [
        ([:], "no pictures found"),
        (["a/1.bmp": red, "a/2.bmp": red], "there is 1 class, at least 2 are needed"),
        (["a/1.bmp": red, "a/2.bmp": red, "b/1.bmp": red], "class 'b' has 1 pictures, at least 2 are needed"),
        (["a/1.bmp": red, "a/2.bmp": red, "b/1.bmp": [1, 2]], "class 'b' has no picture that can be read"),
        (["train-images-idx3-ubyte": IDXFileTests.file], "the file train-labels-idx1-ubyte is missing"),
        (
            [
                "train-images-idx3-ubyte": IDXFileTests.file,
                "train-labels-idx1-ubyte": [0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 1],
            ], "train: 2 pictures have 3 labels"
        ),
        (
            [
                "train-images-idx3-ubyte": IDXFileTests.file,
                "train-labels-idx1-ubyte": [0, 0, 8, 1, 0, 0, 0, 2, 0, 1],
            ], "the pictures are 3 x 2 with 1 channels, the recipe's input is 4 x 4 with 3"
        ),
    ]

    @Test("what cannot be used is refused with the reason", arguments: faults.indices)
    func fault(index: Int) throws {
        let folder = try TemporaryFolder()
        for (path, bytes) in Self.faults[index].files { try folder.write(bytes, at: path) }
        let error = try #require(throws: DatasetError.self) {
            try PictureDataset(folder: folder.url, input: Self.input)
        }
        #expect(error.reason.hasPrefix(Self.faults[index].reason), "\(error)")
        #expect(!error.reason.contains(folder.url.path))
    }

    @Test("a missing folder is named by its last part only")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: DatasetError.self) {
            try PictureDataset(folder: folder.url.appending(path: "nothing"), input: Self.input)
        }
        #expect(error.reason == "the folder 'nothing' is missing or cannot be read")
    }
}

@Suite("Splits")
struct DatasetSplitTests {
    @Test("every class gives its part, and each picture is on one side", arguments: [0.1, 0.25, 0.5])
    func stratified(fraction: Double) throws {
        let pictures = try SamplePictures.bars(count: 200, side: 100)
        let split = DatasetSplit(pictures, fraction: fraction, seed: 1)
        #expect((split.training + split.validation).sorted() == Array(0..<200))
        for label in 0..<2 {
            #expect(split.validation.count { pictures.labels[$0] == label } == Int(100 * fraction))
        }
    }

    @Test("the same seed gives the same split, another seed another one")
    func seeded() throws {
        let pictures = try SamplePictures.bars(count: 200, side: 100)
        let split = DatasetSplit(pictures, fraction: 0.2, seed: 1)
        #expect(split == DatasetSplit(pictures, fraction: 0.2, seed: 1))
        #expect(split != DatasetSplit(pictures, fraction: 0.2, seed: 2))
    }

    @Test("pictures that are equal stay on one side", arguments: 1...20)
    func duplicates(seed: Int) throws {
        let base = try SamplePictures.bars(count: 20)
        let pictures = try LabelledPictures(
            width: 12, height: 12, channels: 1, classes: base.classes, pixels: base.pixels + base.pixels,
            labels: base.labels + base.labels)
        let split = DatasetSplit(pictures, fraction: 0.3, seed: seed)
        let held = Set(split.validation.map { Array(pictures[$0]) })
        #expect(!held.isEmpty)
        #expect(split.training.allSatisfy { !held.contains(Array(pictures[$0])) })
    }

    @Test("split by content, a picture stays on its side when others come and go", arguments: 1...5)
    func byContent(seed: Int) throws {
        func held(_ pictures: LabelledPictures) -> Set<[UInt8]> {
            Set(DatasetSplit(pictures, fraction: 0.2, seed: seed, by: .content).validation.map { Array(pictures[$0]) })
        }
        let all = try SamplePictures.bars(count: 190, side: 100)
        let size = all.pictureSize
        let kept = try LabelledPictures(
            width: 100, height: 100, channels: 1, classes: all.classes, pixels: Array(all.pixels[(60 * size)...]),
            labels: Array(all.labels[60...]))
        #expect(held(kept).isSubset(of: held(all)))
        #expect((20...56).contains(held(all).count), "\(held(all).count) of 190")
        #expect(held(all) != held(try SamplePictures.bars(count: 20, side: 100)))
    }

    @Test("a class whose pictures are all equal is learned from, not held back")
    func oneKind() throws {
        let pictures = try LabelledPictures(
            width: 1, height: 1, channels: 1, classes: ["a", "b"], pixels: [1, 1, 2, 3], labels: [0, 0, 1, 1])
        let split = DatasetSplit(pictures, fraction: 0.5, seed: 1)
        #expect(split.training.contains(0) && split.training.contains(1))
        #expect(split.validation.count == 1)
    }
}
