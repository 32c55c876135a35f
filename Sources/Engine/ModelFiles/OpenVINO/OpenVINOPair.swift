/// The two files of an OpenVINO IR in one piece, as the engine loads it.
///
/// Layout: eight bytes of signature, the length of the description as 64 bits in little-endian order, the description,
/// zeros up to a multiple of 64, and the weights up to the end. The module Inference reads it.
enum OpenVINOPair {
    static let signature: [UInt8] = [0x8A, 0x4F, 0x56, 0x49, 0x52, 0x0D, 0x0A, 0x01]

    static func joined(_ description: [UInt8], _ weights: FileBytes?) -> [UInt8] {
        var bytes: [UInt8] = []
        let start = (16 + description.count + 63) / 64 * 64
        bytes.reserveCapacity(start + (weights?.count ?? 0))
        bytes += signature
        withUnsafeBytes(of: UInt64(description.count).littleEndian) { bytes += $0 }
        bytes += description
        bytes += [UInt8](repeating: 0, count: start - bytes.count)
        weights?.withBytes { bytes += $0 }
        return bytes
    }

    /// The description and the weights of a file that begins with the signature.
    static func parts(
        of file: FileBytes, limits: ModelFileLimits
    ) throws(ModelFileError) -> (description: [UInt8], weights: FileBytes) {
        let length = file.withBytes { bytes in
            bytes.count < 16 ? nil : UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        guard let length, length <= UInt64(file.count - 16) else {
            throw ModelFileError(.damaged, "OpenVINO: the file is cut off")
        }
        guard length <= UInt64(limits.maximumConfigBytes) else {
            throw OpenVINOIRReader.tooLong(Int(clamping: length), limits)
        }
        let end = 16 + Int(length)
        let start = min((end + 63) / 64 * 64, file.count)
        return file.withBytes { (Array($0[16..<end]), FileBytes(Array($0[start...]))) }
    }
}
