import Foundation
import Inference
import ModelFiles
import TestSupport
import Testing

/// The systematic part: every format, damaged in every way that needs no knowledge of it.
///
/// `PRUNELLE_FUZZ_ROUNDS=10000` runs the long form.
@Suite("Damage to every format")
struct DamageTests {
    /// Small golden files of each format; those that other suites make are found by their names.
    static let samples: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: GoldenModel.folder.path)) ?? []
        let wanted = [
            "tflite_int8_io.tflite", "tflite_notes.tflite", "onnx_opset13.onnx", "onnx_branch.onnx",
            "onnx_opset7.onnx", "onnx_labels.onnx", "openvino_float.zip", "openvino_branch.zip",
            "keras3_nested.keras", "keras3_sequential.h5", "keras2_old.h5",
        ]
        let suffixes = [".pkl", ".joblib", ".pt", ".pth", ".ckpt", ".safetensors", ".bin"]
        let others = suffixes.flatMap { suffix in
            names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix("hostile") && !$0.hasPrefix("expected") }.sorted()
                .prefix(2)
        }
        return wanted + others
    }()

    /// Reads bytes; the time is bounded, and a refusal is one clear line.
    static func read(_ bytes: [UInt8], _ what: @autoclosure () -> String) {
        let start = ContinuousClock.now
        if let error = HostileFileTests.refusal(bytes) {
            #expect(!error.message.isEmpty && !error.message.contains("\n"), "\(what()): \(error.message)")
            #expect(!error.message.contains("could not be completed"), "\(what()): \(error.message)")
        }
        #expect(ContinuousClock.now - start < .seconds(20), "\(what())")
    }

    @Test("a file cut anywhere is read or refused", arguments: samples)
    func cuts(file: String) throws {
        let bytes = try GoldenModel.bytes(of: file)
        for length in stride(from: 0, to: bytes.count, by: max(1, min(1024, bytes.count / 256))) {
            Self.read(Array(bytes[..<length]), "\(file) cut at \(length)")
        }
        // The last bytes one by one, where archives have their directory.
        for length in max(0, bytes.count - 64)..<bytes.count {
            Self.read(Array(bytes[..<length]), "\(file) cut at \(length)")
        }
    }

    @Test("a file with bytes in front or behind is read or refused", arguments: samples)
    func additions(file: String) throws {
        let bytes = try GoldenModel.bytes(of: file)
        for count in [1, 7, 64, 4096] {
            let filling = [UInt8](repeating: UInt8(count & 0xFF), count: count)
            Self.read(filling + bytes, "\(file) after \(count) bytes")
            Self.read(bytes + filling, "\(file) before \(count) bytes")
        }
    }

    @Test("random changes are read or refused", arguments: samples, 0..<2)
    func changes(file: String, seed: Int) throws {
        let original = try GoldenModel.bytes(of: file)
        var random = RepeatableRandom(seed: seed)
        for round in 0..<HostileFileTests.rounds {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) { Self.change(&bytes, &random) }
            Self.read(bytes, "\(file), seed \(seed), round \(round)")
        }
    }

    @Test("splices of two files are read or refused", arguments: samples)
    func splices(file: String) throws {
        let first = try GoldenModel.bytes(of: file)
        var random = RepeatableRandom(seed: 3)
        for _ in 0..<max(10, HostileFileTests.rounds / 6) {
            let other = Self.samples.randomElement(using: &random) ?? file
            let second = try GoldenModel.bytes(of: other)
            let start = Int.random(in: 0..<first.count, using: &random)
            let end = Int.random(in: 0..<second.count, using: &random)
            Self.read(Array(first[..<start] + second[end...]), "\(file) up to \(start), \(other) from \(end)")
        }
    }

    /// One change: a bit, a byte, an extreme number, a block moved, doubled or removed.
    static func change(_ bytes: inout [UInt8], _ random: inout RepeatableRandom) {
        guard bytes.count > 64 else { return }
        let place = Int.random(in: 0..<bytes.count - 32, using: &random)
        let length = Int.random(in: 1...32, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2:
            let extreme: [UInt64] = [
                0, .max, 1 << 63, 1 << 31, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 1 << 40,
            ]
            let value = extreme.randomElement(using: &random) ?? 0
            let width = [1, 2, 4, 8].randomElement(using: &random) ?? 4
            for index in 0..<width { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
        case 3:
            let other = Int.random(in: 0..<bytes.count - 32, using: &random)
            for index in 0..<length { bytes.swapAt(place + index, other + index) }
        case 4: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 5: bytes.removeSubrange(place..<place + length)
        default: for index in 0..<length { bytes[place + index] = 0xFF }
        }
    }
}

/// Rounds of the suite below.
private let engineRounds = ProcessInfo.processInfo.environment["PRUNELLE_FUZZ_ENGINE"].flatMap { Int($0) } ?? 0

/// What a reader lets through must not harm the engine either.
///
/// `PRUNELLE_FUZZ_ENGINE=1000` sets the rounds; without it the suite does not run, since each round compiles a model.
@Suite("Damaged files that are read do not harm the engine", .enabled(if: engineRounds > 0))
struct EngineDamageTests {
    @Test("they are loaded or refused", arguments: DamageTests.samples)
    func load(file: String) async throws {
        // In archives the checksums would keep nearly all damage out, so what the reader makes of them is damaged.
        // Files that ask for a description are left out.
        guard let original = try? ModelImporter.read(try GoldenModel.bytes(of: file)).graph.bytes else { return }
        var random = RepeatableRandom(seed: 5)
        var configuration = InferenceConfiguration()
        configuration.workers = 1
        let runtime = try InferenceRuntime(configuration)
        defer { runtime.stop() }
        var loaded = 0
        for _ in 0..<engineRounds {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) { DamageTests.change(&bytes, &random) }
            guard let model = try? ModelImporter.read(bytes) else { continue }
            // Left where it is for whoever looks after a crash.
            try Data(bytes).write(to: FileManager.default.temporaryDirectory.appending(path: "engine-\(file)"))
            if (try? await runtime.load(.bytes(model.graph.bytes), name: "damaged")) != nil { loaded += 1 }
        }
        print("\(file): \(loaded) of \(engineRounds) damaged files were loaded")
    }
}

/// What the fuzzer has found once (`scripts/fuzz`), and a selection of what it tried.
@Suite("Files the fuzzer has found")
struct FuzzCorpusTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fuzzing/Corpus").standardized

    static let files: [String] = {
        let found = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        return found.filter { $0.contains("/") && !$0.hasSuffix(".md") }.sorted()
    }()

    @Test("the corpus is there")
    func present() { #expect(!Self.files.isEmpty) }

    @Test("each is read or refused, in time")
    func replay() throws {
        for file in Self.files {
            let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: file)))
            DamageTests.read(bytes, file)
        }
    }
}
