import Foundation
import JSON
import Testing

@testable import ModelFiles

/// Values as Python pickled them (see `Golden/make_pickles.py`), and what they hold.
@Suite("Pickles made by Python")
struct PickleGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// In the notation of `PickleNotation`.
        let holds: String
        let pickles: [String: [UInt8]]
        var testDescription: String { name }
    }

    static let all: [Case] = {
        guard let bytes = try? GoldenModel.bytes(of: "pickles.json"), let json = try? JSONValue(parsing: bytes) else {
            return []
        }
        return (json["cases"]?.arrayValue ?? []).map { entry in
            let pickles = (entry["pickles"]?.objectValue ?? JSONObject()).map { key, value in
                (key, [UInt8](Data(base64Encoded: value.stringValue ?? "") ?? Data()))
            }
            return Case(
                name: entry["name"]?.stringValue ?? "", holds: entry["holds"]?.stringValue ?? "",
                pickles: Dictionary(uniqueKeysWithValues: pickles))
        }
    }()

    @Test("hold what Python put in, whatever the protocol", arguments: all.filter { $0.name != "joblib" })
    func holds(expected: Case) throws {
        #expect(!expected.pickles.isEmpty)
        for (protocolName, bytes) in expected.pickles {
            let (value, end) = try PickleReader.read(FileBytes(bytes))
            #expect(try PickleNotation.show(value) == expected.holds, "\(protocolName)")
            #expect(end == bytes.count, "\(protocolName)")
        }
    }

    @Test("hold what joblib put in, packed or not", arguments: all.filter { $0.name == "joblib" })
    func joblib(expected: Case) throws {
        #expect(expected.pickles.count == 12)
        for (form, bytes) in expected.pickles {
            let value = try PickledFile.read(FileBytes(bytes), limits: .standard)
            #expect(try PickleNotation.show(value) == expected.holds, "\(form)")
        }
    }

    @Test("all kinds of values are there")
    func complete() { #expect(Self.all.count == 37) }
}
