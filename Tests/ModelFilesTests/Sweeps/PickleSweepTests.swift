import Foundation
import JSON
import TestSupport
import Testing

@testable import ModelFiles

/// Everything that scikit-learn and PyTorch can pickle is read, whatever classes it names.
@Suite("Pickles of the frameworks", .enabled(if: Frameworks.areInstalled, Frameworks.comment))
struct PickleSweepTests {
    @Test("every estimator and network is read as an object of its class")
    func estimators() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pickles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let expected = try Frameworks.run("pickles.py", into: folder)
        let files = expected["files"]?.arrayValue ?? []
        #expect(files.count > 500)
        for entry in files {
            let name = try #require(entry["file"]?.stringValue)
            do {
                let value = try read(folder.appending(path: name))
                #expect(classNames(of: value).contains(try #require(entry["class"]?.stringValue)), "\(name)")
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    private func read(_ file: URL) throws -> PickleValue {
        let bytes = try FileBytes(contentsOf: file, maximumBytes: 1 << 30)
        if file.lastPathComponent.hasSuffix(".zip.pt") {
            let archive = try ZipArchive(bytes, limits: .standard)
            let entry = try #require(archive.names.first { $0.hasSuffix("/data.pkl") })
            return try PickleReader.read(try #require(try archive.entry(entry, maximumBytes: 1 << 24))).value
        }
        guard file.lastPathComponent.hasSuffix(".old.pt") else { return try PickledFile.read(bytes, limits: .standard) }
        // After a number, the version and the properties of the machine.
        var position = 0
        for _ in 0..<3 { position = try PickleReader.read(bytes, from: position).end }
        return try PickleReader.read(bytes, from: position).value
    }

    /// The class, or what a function that makes an instance was told.
    private func classNames(of value: PickleValue) -> [String] {
        guard case .object(let object) = value else { return [] }
        let told = object.arguments.map { argument in
            switch argument {
            case .global(let global): global.description
            case .string(let name): name
            default: ""
            }
        }
        let makers = [
            "_mareconstruct": "numpy.ma.MaskedArray", "__generator_ctor": "numpy.random._generator.Generator",
        ]
        let named = [object.type.description] + told + (makers[object.type.name].map { [$0] } ?? [])
        return object.type.name == "__randomstate_ctor" ? named + ["numpy.random.mtrand.RandomState"] : named
    }
}
