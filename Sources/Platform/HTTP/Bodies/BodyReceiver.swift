/// Takes a body as it arrives and holds it to its limit.
struct BodyReceiver {
    private var bytes: [UInt8] = []
    private var parser: MultipartParser?
    private var upload: (writer: PartWriter, memoryLimit: Int, folder: UploadFolder)?
    private let keeps: Bool
    private let limit: Int
    private var received = 0

    private init(keeps: Bool, parser: MultipartParser? = nil, limit: Int) {
        self.keeps = keeps
        self.parser = parser
        self.limit = limit
    }

    /// Keeps a body in memory; `expected` is what the client states and sizes the first allocation, within reason.
    static func memory(limit: Int, expected: Int?) -> BodyReceiver {
        var receiver = BodyReceiver(keeps: true, limit: limit)
        receiver.bytes.reserveCapacity(min(expected ?? 0, limit, 1 << 20))
        return receiver
    }

    /// Reads a form.
    static func multipart(_ parser: MultipartParser, limit: Int) -> BodyReceiver {
        BodyReceiver(keeps: false, parser: parser, limit: limit)
    }

    /// Writes a body to a file, unless it is small.
    static func upload(contentType: String, memoryLimit: Int, folder: UploadFolder, limit: Int) -> BodyReceiver {
        var receiver = BodyReceiver(keeps: false, limit: limit)
        receiver.upload = (PartWriter(contentType: contentType), memoryLimit, folder)
        return receiver
    }

    /// Throws a body away, so that an answer can be given on the same connection.
    static func discard(limit: Int) -> BodyReceiver {
        BodyReceiver(keeps: false, limit: limit)
    }

    /// Takes the next bytes.
    ///
    /// - Throws: `APIError`: too large, malformed, or the disk failed.
    mutating func receive(_ new: UnsafeRawBufferPointer) throws(APIError) {
        received += new.count
        guard received <= limit else { throw APIError(.bodyTooLarge(limit: limit)) }
        if keeps { bytes.append(contentsOf: new) }
        if let upload {
            _ = try upload.writer.write(Array(new)[...], memoryLimit: upload.memoryLimit, folder: upload.folder)
        }
        try parser?.receive(new)
    }

    /// The whole body.
    ///
    /// - Throws: `APIError(.malformedMultipart)`.
    mutating func finish() throws(APIError) -> ReceivedBody {
        ReceivedBody(bytes: bytes, form: try parser?.finish(), upload: try upload?.writer.finish())
    }
}

/// A body that has come: one of its three forms, or nothing.
struct ReceivedBody {
    var bytes: [UInt8] = []
    var form: FormData?
    var upload: FormPart?
}
