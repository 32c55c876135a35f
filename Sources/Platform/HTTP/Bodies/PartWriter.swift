internal import Foundation

/// Collects the content of one part, in memory or on the disk.
final class PartWriter {
    private let name: String
    private let sentFileName: String?
    private let contentType: String?
    private var bytes: [UInt8] = []
    private var file: TemporaryFile?
    private var descriptor: Int32 = -1
    private var count = 0

    /// Whether the part is a file; others are plain fields.
    var isFile: Bool { sentFileName != nil }

    /// Reads the header of a part.
    ///
    /// - Throws: `APIError(.malformedMultipart)` when it does not say `form-data` and a name.
    init(header: ArraySlice<UInt8>) throws(APIError) {
        var disposition: MediaType?
        var contentType: String?
        for line in Self.text(header).split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else {
                throw MultipartParser.malformed("a header line of a part has no colon")
            }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = MediaType(value)
            case "content-type": contentType = value
            default: break
            }
        }
        guard let disposition, disposition.essence == "form-data", let name = disposition["name"] else {
            throw MultipartParser.malformed(MultipartFault.noName)
        }
        self.name = name
        self.contentType = contentType
        let plain = disposition["filename"]
        sentFileName = disposition["filename*"].flatMap(Self.extended) ?? plain
    }

    /// Collects a whole body.
    init(contentType: String) {
        name = ""
        sentFileName = nil
        self.contentType = contentType.isEmpty ? nil : contentType
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds bytes.
    ///
    /// - Returns: how many of them are held in memory.
    func write(
        _ slice: ArraySlice<UInt8>, memoryLimit: Int, folder: UploadFolder
    ) throws(APIError) -> Int {
        count += slice.count
        if file == nil, bytes.count + slice.count <= memoryLimit {
            bytes.append(contentsOf: slice)
            return slice.count
        }
        if file == nil {
            (file, descriptor) = try folder.createFile()
            try store(bytes[...])
            bytes = []
        }
        try store(slice)
        return 0
    }

    /// The part.
    func finish() throws(APIError) -> FormPart {
        if descriptor >= 0 {
            close(descriptor)
            descriptor = -1
        }
        return FormPart(
            name: name, sentFileName: sentFileName, contentType: contentType, count: count,
            content: file.map { .file($0) } ?? .memory(bytes))
    }

    private func store(_ slice: ArraySlice<UInt8>) throws(APIError) {
        let failure: Int32? = slice.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let result = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                if result < 0 && errno == EINTR { continue }
                guard result > 0 else { return errno }
                written += result
            }
            return nil
        }
        if let failure {
            throw APIError(.internalError, detail: "storing an upload failed: \(String(cString: strerror(failure)))")
        }
    }

    /// The text of an extended parameter, `UTF-8'language'percent-encoded` (RFC 8187).
    private static func extended(_ value: String) -> String? {
        let pieces = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count == 3, pieces[0].lowercased() == "utf-8" else { return nil }
        return PercentCoding.decode(pieces[2].utf8)
    }

    /// A header as text: in UTF-8, or else in Latin-1 as old clients write it.
    private static func text(_ header: ArraySlice<UInt8>) -> String {
        String(validating: header, as: UTF8.self) ?? String(String.UnicodeScalarView(header.map { Unicode.Scalar($0) }))
    }
}
