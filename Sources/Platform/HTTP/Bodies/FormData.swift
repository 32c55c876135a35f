public import Foundation

/// The fields of a form, in order.
public struct FormData: Sendable, Sequence {
    /// All parts in order, but for those of untouched file fields.
    public let parts: [FormPart]
    /// All parts in order, those of untouched file fields too.
    let sentParts: [FormPart]

    /// A form of parts.
    public init(_ parts: [FormPart] = []) {
        sentParts = parts
        self.parts = parts.filter { !$0.isUntouched }
    }

    /// The last part of a name that is no file, or a file where there is nothing else.
    public subscript(name: String) -> FormPart? {
        parts.last { $0.name == name && $0.fileName == nil } ?? file(name)
    }

    /// The text of the last field of a name that is no file.
    public func text(_ name: String) -> String? {
        parts.last { $0.name == name && $0.fileName == nil }?.text
    }

    /// The last file of a name.
    public func file(_ name: String) -> FormPart? {
        parts.last { $0.name == name && $0.fileName != nil }
    }

    public func makeIterator() -> IndexingIterator<[FormPart]> { parts.makeIterator() }
}

/// One field or file of a form.
public struct FormPart: Sendable {
    /// The field's name.
    public let name: String
    /// The name of the file as the sender gave it, perhaps with folders; nil for a plain field.
    public let sentFileName: String?
    /// The content type the sender states.
    public let contentType: String?
    /// Size in bytes.
    public let count: Int

    private let content: Content

    enum Content: Sendable {
        case memory([UInt8])
        case file(TemporaryFile)
    }

    init(name: String, sentFileName: String?, contentType: String?, count: Int, content: Content) {
        self.name = name
        self.sentFileName = sentFileName
        self.contentType = contentType
        self.count = count
        self.content = content
    }

    /// A plain field.
    public init(name: String, text: String) {
        let bytes = Array(text.utf8)
        self.init(name: name, sentFileName: nil, contentType: nil, count: bytes.count, content: .memory(bytes))
    }

    /// A file in memory.
    public init(name: String, fileName: String, contentType: String?, bytes: [UInt8]) {
        self.init(
            name: name, sentFileName: fileName, contentType: contentType, count: bytes.count, content: .memory(bytes))
    }

    /// The name of the file on the sender's machine without folders; nil for a plain field.
    public var fileName: String? {
        guard let name = sentFileName, let slash = name.lastIndex(where: { $0 == "/" || $0 == "\\" }) else {
            return sentFileName
        }
        return String(name[name.index(after: slash)...])
    }

    /// Whether this is what browsers send for a file field in which no file was chosen.
    var isUntouched: Bool { sentFileName == "" && count == 0 }

    /// The content, read from the disk where it was too large for memory.
    ///
    /// - Throws: `APIError(.internalError)` when the temporary file cannot be read.
    public func bytes() throws(APIError) -> [UInt8] {
        switch content {
        case .memory(let bytes): return bytes
        case .file(let file): return try file.bytes()
        }
    }

    /// The content as text; nil where it is not UTF-8 or lies on the disk.
    public var text: String? {
        guard case .memory(let bytes) = content else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The temporary file, where the content lies on the disk; removed when the last part that refers to it goes.
    public var temporaryFile: URL? {
        if case .file(let file) = content { URL(filePath: file.path) } else { nil }
    }

    /// Writes the content to a new file; without copying where the temporary file lies on the same disk.
    ///
    /// - Throws: `APIError(.internalError)`.
    public func save(to destination: URL) throws(APIError) {
        do {
            switch content {
            case .memory(let bytes): try Data(bytes).write(to: destination, options: .withoutOverwriting)
            case .file(let file):
                if link(file.path, destination.path) == 0 { return }
                try FileManager.default.copyItem(atPath: file.path, toPath: destination.path)
            }
        } catch {
            throw APIError(.internalError, detail: "saving an upload failed: \(error)")
        }
    }
}
