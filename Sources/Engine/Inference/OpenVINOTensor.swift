import COpenVINO
import Tensors

/// A tensor in the library's memory.
final class OpenVINOTensor {
    private let handle: OpaquePointer
    private let type: ElementType
    private let data: UnsafeMutableRawPointer

    /// Length of each axis.
    let shape: [Int]

    private var count: Int { shape.reduce(1, *) }

    /// Takes over a handle of the library, whose elements are of this type.
    init(adopting handle: OpaquePointer, type: ElementType) throws(OpenVINOFailure) {
        var data: UnsafeMutableRawPointer?
        let shape: [Int]
        do throws(OpenVINOFailure) {
            shape = try Self.shape(of: handle)
            try OpenVINOFailure.check(ov_tensor_data(handle, &data))
            var byteCount = 0
            try OpenVINOFailure.check(ov_tensor_get_byte_size(handle, &byteCount))
            // The element type comes from the model's description; memory is touched by it only if the two agree.
            guard byteCount == shape.reduce(type.size, *) else {
                throw OpenVINOFailure(libraryText: "A tensor has another size than the model says.")
            }
        } catch {
            ov_tensor_free(handle)
            throw error
        }
        self.handle = handle
        self.type = type
        self.shape = shape
        // Only a tensor without elements has no memory, and then the address is never used.
        self.data = data ?? UnsafeMutableRawPointer(bitPattern: -1)!
    }

    private static func shape(of handle: OpaquePointer) throws(OpenVINOFailure) -> [Int] {
        var shape = ov_shape_t()
        let status = ov_tensor_get_shape(handle, &shape)
        // The library cannot express the shape of a scalar, and calls the question wrong.
        if status == INVALID_C_PARAM { return [] }
        try OpenVINOFailure.check(status)
        defer { ov_shape_free(&shape) }
        return (0..<Int(shape.rank)).map { axis in shape.dims.map { Int($0[axis]) } ?? 0 }
    }

    /// Makes a tensor in memory of its own.
    ///
    /// - Precondition: the byte count of the shape has been checked against a limit.
    convenience init(type: ElementType, shape: [Int]) throws(OpenVINOFailure) {
        var dimensions = shape.map(Int64.init)
        var made: OpaquePointer?
        let status = dimensions.withUnsafeMutableBufferPointer { buffer in
            ov_tensor_create(type.library, ov_shape_t(rank: Int64(shape.count), dims: buffer.baseAddress), &made)
        }
        try OpenVINOFailure.check(status)
        guard let made else { throw OpenVINOFailure(libraryText: "") }
        try self.init(adopting: made, type: type)
    }

    deinit {
        ov_tensor_free(handle)
    }

    /// Calls the body with the handle, which must not be kept.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        body(handle)
    }

    /// Writes values one after another from the start.
    ///
    /// - Precondition: the values together are as many as the tensor holds.
    func store(_ parts: some Collection<Tensor>) {
        precondition(parts.reduce(0) { $0 + $1.values.count } == count, "the parts must fill the tensor exactly")
        var offset = 0
        for part in parts {
            part.values.withUnsafeBufferPointer { type.store($0, to: data + offset) }
            offset += part.values.count * type.size
        }
    }

    /// Writes bytes into a tensor of bytes.
    ///
    /// - Precondition: the bytes are as many as the tensor holds.
    func store(bytes: UnsafeRawBufferPointer) {
        precondition(type.size == 1 && bytes.count == count, "the bytes must fill the tensor exactly")
        if let base = bytes.baseAddress, count > 0 { data.copyMemory(from: base, byteCount: count) }
    }

    /// All values as a tensor of the same shape.
    func load() -> Tensor {
        Tensor(shape: shape, values: type.load(count, from: data))
    }

    /// A run of rows of the first axis, as a tensor of its own.
    ///
    /// - Precondition: the rows are within the first axis.
    func load(rows: Range<Int>) -> Tensor {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= shape[0], "the rows must be within the first axis")
        let rowCount = shape.dropFirst().reduce(1, *)
        let start = data + rows.lowerBound * rowCount * type.size
        return Tensor(
            shape: [rows.count] + shape.dropFirst(), values: type.load(rows.count * rowCount, from: start))
    }
}
