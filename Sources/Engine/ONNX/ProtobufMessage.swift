/// A message in the wire format of Protocol Buffers, as it is being written.
///
/// Large payloads are kept by reference until `flattened()`, so that nesting messages copies no weights.
/// Source: the encoding guide of Protocol Buffers (varints, tags, length-delimited fields).
struct ProtobufMessage {
    private enum Chunk {
        case bytes(ArraySlice<UInt8>)
        case floats([Float])
        case integers([Int64])

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .floats(let values): 4 * values.count
            case .integers(let values): 8 * values.count
            }
        }

        func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            switch self {
            case .bytes(let bytes): bytes.withUnsafeBytes(body)
            case .floats(let values): values.withUnsafeBytes(body)
            case .integers(let values): values.withUnsafeBytes(body)
            }
        }
    }

    private var chunks: [Chunk] = []
    /// What was written after the last chunk.
    private var tail: [UInt8] = []
    /// Length in bytes of what has been written.
    private(set) var count = 0

    /// Writes an integer; negative ones take ten bytes.
    mutating func integer(_ field: Int, _ value: Int) {
        varint(UInt64(field << 3))
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// Writes a 32-bit float.
    mutating func float(_ field: Int, _ value: Float) {
        varint(UInt64(field << 3 | 5))
        for shift in [0, 8, 16, 24] { append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift))) }
    }

    /// Writes a text.
    mutating func text(_ field: Int, _ value: String) {
        header(field, length: value.utf8.count)
        tail.append(contentsOf: value.utf8)
        count += value.utf8.count
    }

    /// Writes a text unless it is empty.
    mutating func optionalText(_ field: Int, _ value: String) {
        if !value.isEmpty { text(field, value) }
    }

    /// Writes a message inside this one.
    mutating func message(_ field: Int, _ message: ProtobufMessage) {
        header(field, length: message.count)
        for chunk in message.chunks { append(chunk) }
        tail.append(contentsOf: message.tail)
        count += message.tail.count
    }

    /// Writes bytes.
    mutating func bytes(_ field: Int, _ bytes: ArraySlice<UInt8>) {
        header(field, length: bytes.count)
        append(.bytes(bytes))
    }

    /// Writes floats as little-endian bytes.
    mutating func bytes(_ field: Int, floats: [Float]) {
        header(field, length: 4 * floats.count)
        append(.floats(floats))
    }

    /// Writes integers as little-endian bytes of eight each.
    mutating func bytes(_ field: Int, integers: [Int64]) {
        header(field, length: 8 * integers.count)
        append(.integers(integers))
    }

    /// The message in one piece.
    ///
    /// - Complexity: O(`count`), one allocation.
    func flattened() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(count)
        for chunk in chunks { chunk.withBytes { output.append(contentsOf: $0) } }
        output.append(contentsOf: tail)
        return output
    }

    /// Hands out the message piece by piece, in order, without copying any.
    func forEachPiece<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        for chunk in chunks {
            // The buffer of an array cannot be lent to a closure that throws a type of its own.
            let failure = chunk.withBytes { bytes -> Failure? in
                do throws(Failure) { try body(bytes) } catch { return error }
                return nil
            }
            if let failure { throw failure }
        }
        let failure = tail.withUnsafeBytes { bytes -> Failure? in
            do throws(Failure) { try body(bytes) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    /// Bytes of the tag and the length before content of so many bytes, for fields below 16.
    static func headerLength(_ count: Int) -> Int {
        1 + max(1, (Int.bitWidth - count.leadingZeroBitCount + 6) / 7)
    }

    private mutating func header(_ field: Int, length: Int) {
        varint(UInt64(field << 3 | 2))
        varint(UInt64(length))
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    private mutating func append(_ byte: UInt8) {
        tail.append(byte)
        count += 1
    }

    private mutating func append(_ chunk: Chunk) {
        if !tail.isEmpty {
            chunks.append(.bytes(tail[...]))
            tail = []
        }
        chunks.append(chunk)
        count += chunk.count
    }
}
