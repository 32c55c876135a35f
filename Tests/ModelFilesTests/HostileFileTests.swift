import Foundation
import JSON
import ModelFiles
import ONNX
import TestSupport
import Testing

@Suite("Damaged and hostile model files")
struct HostileFileTests {
    /// One file of every format.
    static let samples = ["keras3_nested.keras", "keras3_sequential.h5", "keras2_old.h5", "keras2_sequential.keras"]

    /// Files whose description of the layers lies in the open.
    static let descriptions = [
        "keras2_nested.h5", "keras3_nested.h5", "keras3_merges.h5", "keras2_normalizations.h5", "keras2_old.h5",
        "keras2_recurrent.h5", "keras2_attention.h5",
    ]

    /// Rounds of each random test and seed; raised by hand for a long run.
    static let rounds = ProcessInfo.processInfo.environment["PRUNELLE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 60

    static func refusal(_ bytes: [UInt8], limits: ModelFileLimits = .standard) -> ModelFileError? {
        do throws(ModelFileError) {
            _ = try ModelImporter.read(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "what is no model file is refused by what it looks like",
        arguments: [
            ([], "the file is empty"), (Array("hello, this is a text".utf8), "not a model file"),
            ([0x80, 0x04, 0x95, 0, 0], "pickle"), ([0x1F, 0x8B, 8, 0], "gzip"), (Array("<!DOCTYPE html>".utf8), "HTML"),

            ([UInt8](repeating: 0, count: 5000), "not a model file"),
        ] as [([UInt8], String)])
    func unknown(bytes: [UInt8], reason: String) {
        let error = Self.refusal(bytes)
        // What starts like a pickle or a packed one is read as such.
        #expect(error?.kind == (["pickle", "gzip"].contains(reason) ? .damaged : .unknownFormat))
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "read")")
    }

    @Test("random bytes are refused", arguments: 0..<20)
    func random(seed: Int) {
        var random = RepeatableRandom(seed: seed)
        let bytes = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(Self.refusal(bytes) != nil)
        let signatures: [[UInt8]] = [
            [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], [0x50, 0x4B, 0x03, 0x04], [8, 8],
        ]
        for signature in signatures { #expect(Self.refusal(signature + bytes) != nil) }
    }

    @Test("a file cut at any place is refused", arguments: samples)
    func cut(file: String) throws {
        let bytes = try GoldenModel.bytes(of: file)
        for length in stride(from: 1, to: bytes.count, by: 512) {
            #expect(Self.refusal(Array(bytes[..<length])) != nil, "cut at \(length) of \(bytes.count)")
        }
    }

    @Test("flipped bits give a model or one clear line, never a crash", arguments: samples, 0..<4)
    func flips(file: String, seed: Int) throws {
        let bytes = try GoldenModel.bytes(of: file)
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<Self.rounds {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            if let error = Self.refusal(damaged) {
                #expect(!error.message.isEmpty && !error.message.contains("\n"))
            }
        }
    }

    @Test("settings changed at random give a model or one clear line, never a crash", arguments: descriptions, 0..<2)
    func settings(file: String, seed: Int) throws {
        let bytes = try GoldenModel.bytes(of: file)
        let start = try #require(bytes.firstRange(of: Array("{\"class_name\"".utf8))).lowerBound
        let end = try #require(bytes[start...].firstIndex { $0 == 0 })
        let digits = (start..<end).filter { UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[$0] }
        let replacements = Array("0123456789999-e.".utf8)
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<Self.rounds {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[digits.randomElement(using: &random) ?? start] =
                    replacements.randomElement(using: &random) ?? UInt8(ascii: "9")
            }
            if let error = Self.refusal(damaged) {
                #expect(!error.message.isEmpty && !error.message.contains("\n"))
            }
        }
    }

    @Test("a file above the limit is refused before it is read")
    func size() throws {
        var limits = ModelFileLimits.standard
        limits.maximumBytes = 1000
        let bytes = try GoldenModel.bytes(of: "keras2_old.h5")
        #expect(Self.refusal(bytes, limits: limits)?.kind == .tooLarge)
        let file = GoldenModel.folder.appending(path: "keras2_old.h5")
        let error = #expect(throws: ModelFileError.self) { try ModelImporter.read(contentsOf: file, limits: limits) }
        #expect(error?.message == "the file has \(bytes.count) bytes, at most 1000 are allowed")
    }

    @Test("limits on parameters, layers and nesting hold")
    func limits() throws {
        let bytes = try GoldenModel.bytes(of: "keras3_nested.keras")
        let count = try ModelImporter.read(bytes).inspection.parameterCount
        var limits = ModelFileLimits.standard
        limits.maximumParameters = count
        #expect(Self.refusal(bytes, limits: limits) == nil)
        limits.maximumParameters = count - 1
        #expect(Self.refusal(bytes, limits: limits)?.kind == .tooLarge)
        limits = .standard
        limits.maximumLayers = 10
        #expect(Self.refusal(bytes, limits: limits)?.message == "the model has more than 10 layers")
        limits = .standard
        limits.maximumNesting = 2
        #expect(Self.refusal(bytes, limits: limits)?.message == "models lie inside each other deeper than 2 levels")
    }

    @Test("a missing file and a folder are refused without naming them")
    func unreadable() {
        for path in ["/nonexistent/model.h5", "/tmp"] {
            let error = #expect(throws: ModelFileError.self) {
                try ModelImporter.read(contentsOf: URL(filePath: path))
            }
            #expect(error?.kind == .unreadable)
            #expect(error?.message.contains(path) == false)
        }
    }

    @Test("ONNX with weights in another file is refused")
    func externalData() {
        let tensor: [UInt8] = [8, 1, 16, 1, 0x70, 1]
        let graph: [UInt8] = [0x2A, UInt8(tensor.count)] + tensor
        let error = Self.refusal([8, 8, 0x3A, UInt8(graph.count)] + graph)
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("another file") == true)
    }
}
