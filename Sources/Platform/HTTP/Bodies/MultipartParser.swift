internal import Glibc

/// Reads a `multipart/form-data` body (RFC 7578) as it arrives.
///
/// Text fields stay in memory, files go to the disk once they outgrow `memoryPartLimit`; whatever is not yet decided,
/// at most a delimiter's length or one part's header, waits in `pending`.
struct MultipartParser {
    /// What a form may hold.
    struct Limits {
        /// Most parts.
        var parts: Int
        /// Largest header of one part, in bytes.
        var header = 8 * 1024
        /// Most bytes of all plain fields together, since they stay in memory.
        var fields: Int
        /// Largest file that stays in memory.
        var memoryPart: Int
        /// Where larger files go.
        var folder: UploadFolder
    }

    private enum State {
        case preamble
        case delimiterEnd
        case header
        case content
        case epilogue
    }

    private let delimiter: [UInt8]
    private let limits: Limits
    private var state = State.preamble
    // The first delimiter need not follow a line break; with one put before the body it is like all others.
    private var pending: [UInt8] = [0x0D, 0x0A]
    private var part: PartWriter?
    private var parts: [FormPart] = []
    private var fieldBytes = 0
    private var memoryBytes = 0

    /// Starts a parser.
    ///
    /// - Throws: `APIError(.malformedMultipart)` when the content type states no boundary or one that RFC 2046 forbids.
    init(contentType: String, limits: Limits) throws(APIError) {
        guard let boundary = MediaType(contentType)["boundary"], (1...200).contains(boundary.utf8.count) else {
            throw Self.malformed(MultipartFault.noBoundary)
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.limits = limits
    }

    /// Takes the next bytes of the body.
    ///
    /// - Throws: `APIError`: malformed, too large, or the disk failed.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(APIError) {
        if state == .epilogue { return }
        pending.append(contentsOf: bytes)
        var position = 0
        while try step(&position) {}
        pending.removeFirst(position)
    }

    /// Ends the body.
    ///
    /// - Throws: `APIError(.malformedMultipart)` when the closing boundary is missing.
    mutating func finish() throws(APIError) -> FormData {
        guard state == .epilogue else { throw Self.malformed("the closing boundary is missing") }
        return FormData(parts)
    }

    /// Does one step from a position in `pending`; false when more bytes are needed.
    private mutating func step(_ position: inout Int) throws(APIError) -> Bool {
        switch state {
        case .preamble:
            guard let found = Self.find(delimiter, in: pending, from: position) else {
                guard pending.count < limits.header else { throw Self.malformed("the first boundary is missing") }
                return false
            }
            position = found + delimiter.count
            state = .delimiterEnd
        case .delimiterEnd: return try delimiterEnd(&position)
        case .header: return try header(&position)
        case .content: return try content(&position)
        case .epilogue:
            position = pending.count
            return false
        }
        return true
    }

    /// After a delimiter: `--` ends the form, a line break starts a part.
    private mutating func delimiterEnd(_ position: inout Int) throws(APIError) -> Bool {
        guard pending.count - position >= 2 else { return false }
        if pending[position] == UInt8(ascii: "-"), pending[position + 1] == UInt8(ascii: "-") {
            state = .epilogue
            return true
        }
        // RFC 2046 lets white space follow a boundary.
        guard let end = Self.find([0x0D, 0x0A], in: pending, from: position) else {
            guard pending.count - position < 256 else { throw Self.malformed("a boundary line does not end") }
            return false
        }
        guard pending[position..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
            throw Self.malformed("a boundary is followed by other characters")
        }
        // The line break stays, so that a part without any header still ends with two of them.
        position = end
        state = .header
        return true
    }

    private mutating func header(_ position: inout Int) throws(APIError) -> Bool {
        guard let end = Self.find([0x0D, 0x0A, 0x0D, 0x0A], in: pending, from: position) else {
            guard pending.count - position <= limits.header else {
                throw Self.malformed("the header of a part is larger than \(limits.header) bytes")
            }
            return false
        }
        guard end - position <= limits.header else {
            throw Self.malformed("the header of a part is larger than \(limits.header) bytes")
        }
        guard parts.count < limits.parts else { throw Self.malformed("there are more than \(limits.parts) parts") }
        part = try PartWriter(header: pending[position..<end])
        position = end + 4
        state = .content
        return true
    }

    private mutating func content(_ position: inout Int) throws(APIError) -> Bool {
        let found = Self.find(delimiter, in: pending, from: position)
        // Without a delimiter all but its possible beginning belongs to the part.
        let end = found ?? max(position, pending.count - delimiter.count + 1)
        if end > position { try write(position..<end) }
        position = end
        guard let found else { return false }
        position = found + delimiter.count
        state = .delimiterEnd
        if let part { parts.append(try part.finish()) }
        part = nil
        return true
    }

    private mutating func write(_ range: Range<Int>) throws(APIError) {
        guard let isFile = part?.isFile else { return }
        if isFile {
            // Many small files must not add up to a large memory either.
            let room = min(limits.memoryPart, max(0, 16 * limits.memoryPart - memoryBytes))
            memoryBytes += try part?.write(pending[range], memoryLimit: room, folder: limits.folder) ?? 0
        } else {
            fieldBytes += range.count
            guard fieldBytes <= limits.fields else { throw APIError(.bodyTooLarge(limit: limits.fields)) }
            _ = try part?.write(pending[range], memoryLimit: .max, folder: limits.folder)
        }
    }

    static func malformed(_ reason: String) -> APIError {
        APIError(.malformedMultipart(reason: reason))
    }

    /// The first place of a pattern at or after a position.
    ///
    /// Jumps from one first byte to the next; delimiters start with a carriage return, which text has one of a line and
    /// binary data one of 256 bytes.
    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            pattern.withUnsafeBufferPointer { pattern in
                guard let base = buffer.baseAddress, let wanted = pattern.baseAddress else { return nil }
                var position = start
                while position + pattern.count <= buffer.count {
                    let room = buffer.count - pattern.count + 1 - position
                    guard let hit = memchr(base + position, Int32(wanted.pointee), room) else { return nil }
                    position = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
                    if memcmp(base + position, wanted, pattern.count) == 0 { return position }
                    position += 1
                }
                return nil
            }
        }
    }
}
