/// An OpenVINO IR in one piece: the description and the weights, which are two files elsewhere.
///
/// Layout: eight bytes of signature, the length of the description as 64 bits in little-endian order, the description,
/// zeros up to a multiple of 64, and the weights up to the end. The module ModelFiles writes it.
enum IRPair {
    private static let signature: [UInt8] = [0x8A, 0x4F, 0x56, 0x49, 0x52, 0x0D, 0x0A, 0x01]

    /// The description and the weights; nil where the signature is another.
    static func parts(of part: ModelFile.Part) throws(InferenceError) -> [ModelFile.Part]? {
        let length = part.withBytes { bytes -> UInt64? in
            guard bytes.count >= 16, bytes.starts(with: signature) else { return nil }
            return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        guard let length else { return nil }
        guard length <= UInt64(part.count - 16) else { throw .invalidModel(reason: "it is cut off") }
        let end = 16 + Int(length)
        let start = min((end + 63) / 64 * 64, part.count)
        return [part[16..<end], part[start..<part.count]]
    }

    /// Refuses a description that makes the library read weights from a file it names.
    static func check(description bytes: UnsafeRawBufferPointer) throws(InferenceError) {
        let name = Array("__weights_path".utf8)
        var position = 0
        while let found = bytes[position...].firstIndex(of: name[0]) {
            if bytes[found...].starts(with: name) {
                throw .invalidModel(reason: "it keeps weights in another file; they must be inside")
            }
            position = found + 1
        }
    }
}
