// One harness of libFuzzer for all readers; `PRUNELLE_FUZZ_FORMAT` says which. Built by `scripts/fuzz`.

import Foundation
import JSON
import ONNX

@testable import ModelFiles

/// What is fed with the bytes of the fuzzer.
enum FuzzTarget {
    /// The texts that describe models.
    case json
    /// Archives: every entry is unpacked.
    case zip
    /// Files of one of the formats, through the choice of the reader.
    case modelFile(isArchive: Bool)

    /// The target named by the environment.
    static let chosen: FuzzTarget = {
        switch ProcessInfo.processInfo.environment["PRUNELLE_FUZZ_FORMAT"] {
        case "json": .json
        case "zip": .zip
        case "keras", "pytorch", "openvino": .modelFile(isArchive: true)
        default: .modelFile(isArchive: false)
        }
    }()

    /// Small limits, so that a slow input is a finding and not a large model.
    static let limits: ModelFileLimits = {
        var limits = ModelFileLimits.standard
        limits.maximumBytes = 8 << 20
        limits.maximumParameters = 4 << 20
        limits.maximumLayers = 500
        return limits
    }()

    func run(_ bytes: [UInt8]) {
        switch self {
        case .json:
            guard let value = try? JSONValue(parsing: bytes, maximumDepth: 256, allowsNonFinite: true) else { return }
            // What is written must be read again as the same.
            guard let text = try? JSONValue(parsing: bytes, maximumDepth: 256) else { return }
            precondition((try? JSONValue(parsing: Array(text.text().utf8), maximumDepth: 256)) == text, "\(value)")
        case .zip:
            guard let archive = try? ZipArchive(FileBytes(bytes), limits: Self.limits) else { return }
            for name in archive.names { _ = try? archive.entry(name, maximumBytes: Self.limits.maximumBytes) }
        case .modelFile:
            guard let model = try? ModelImporter.read(bytes, limits: Self.limits) else { return }
            // What is handed on must itself be sound.
            _ = model.inspection.json.text()
        }
    }
}

/// Called by libFuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

/// libFuzzer's own mutations of `size` bytes within `capacity`; the new size.
@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ capacity: Int) -> Int

/// Called by libFuzzer to change an input: in archives it is mostly an entry that is changed, since the checksums
/// would otherwise keep the fuzzer from what is inside.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ capacity: Int, _ seed: CUnsignedInt)
    -> Int
{
    guard case .modelFile(isArchive: true) = FuzzTarget.chosen, !seed.isMultiple(of: 16), let data,
        let changed = archive(Array(UnsafeBufferPointer(start: data, count: size)), changedBy: Int(seed / 16)),
        changed.count <= capacity
    else { return mutate(data, size, capacity) }
    data.update(from: changed, count: changed.count)
    return changed.count
}

private func archive(_ bytes: [UInt8], changedBy seed: Int) -> [UInt8]? {
    guard let archive = try? ZipArchive(FileBytes(bytes), limits: FuzzTarget.limits), !archive.names.isEmpty else {
        return nil
    }
    let names = archive.names.sorted()
    var entries: [StoredZip.Entry] = []
    for (index, name) in names.enumerated() {
        guard let found = try? archive.entry(name, maximumBytes: 1 << 20) else { return nil }
        var content = found.array()
        if index == seed % names.count {
            let length = content.count
            content += [UInt8](repeating: 0, count: 64)
            content.withUnsafeMutableBufferPointer { buffer in
                _ = mutate(buffer.baseAddress, length, buffer.count)
            }
            // The new length is not kept for changes that only shorten: what follows the end stays zero.
            if length > 0, content[length...].allSatisfy({ $0 == 0 }) { content.removeLast(64) }
        }
        entries.append(StoredZip.Entry(name, content))
    }
    return StoredZip(entries).bytes()
}
