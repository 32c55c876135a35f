import Foundation
import Imaging
import JSON
import Testing

/// The files made by `Golden/make.py` and what Pillow and OpenCV made of them.
enum GoldenFiles {
    static let folder: URL = {
        guard let folder = Bundle.module.resourceURL?.appending(path: "Golden") else {
            preconditionFailure("the test bundle has no resources")
        }
        return folder
    }()

    private static let index: JSONValue = {
        do {
            return try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "index.json"))))
        } catch {
            preconditionFailure("the golden index cannot be read: \(error)")
        }
    }()

    private static let expected: [UInt8] = {
        do {
            return [UInt8](try Data(contentsOf: folder.appending(path: "expected.bin")))
        } catch {
            preconditionFailure("the golden pixels cannot be read: \(error)")
        }
    }()

    /// The cases of a section of the index.
    static func cases(_ section: String) -> [GoldenCase] {
        (index[section]?.arrayValue ?? []).enumerated().map { GoldenCase(number: $0, fields: $1) }
    }

    static func bytes(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: "files/\(file)")))
    }

    static func expected(at offset: Int, count: Int) throws -> [UInt8] {
        try #require(offset + count <= expected.count)
        return Array(expected[offset..<offset + count])
    }

    /// Names of all encoded pictures.
    static let names: [String] = {
        let names = cases("decode").map(\.file) + cases("turn").map(\.file)
        precondition(names.count > 90, "the golden index is not complete")
        return names
    }()
}

/// One entry of the index.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let number: Int
    let fields: JSONValue

    var file: String { fields["file"]?.stringValue ?? "" }
    var testDescription: String { file.isEmpty ? "\(fields.text())" : file }

    func integer(_ key: String) throws -> Int { try #require(fields[key]?.intValue) }
    func text(_ key: String) throws -> String { try #require(fields[key]?.stringValue) }

    /// Expected bytes whose offset is under a key.
    func pixels(_ key: String, count: Int) throws -> [UInt8] {
        try GoldenFiles.expected(at: integer(key), count: count)
    }
}

/// How far two pictures are apart.
struct Difference: CustomStringConvertible {
    var largest = 0
    var mean = 0.0

    init(_ left: [UInt8], _ right: [UInt8]) {
        guard left.count == right.count else {
            (largest, mean) = (256, 256)
            return
        }
        // Most pictures are equal, and a loop over megapixels takes long in a debug build.
        if left == right { return }
        var sum = 0
        for (a, b) in zip(left, right) {
            let distance = abs(Int(a) - Int(b))
            largest = max(largest, distance)
            sum += distance
        }
        mean = left.isEmpty ? 0 : Double(sum) / Double(left.count)
    }

    var description: String { "at most \(largest), on average \(mean) grey levels apart" }
}
