import CHDF5
import Tensors

extension HDF5File {
    /// The shape of the dataset at a path, checked against what the file can hold.
    ///
    /// - Throws: `ModelFileError` for a dataset that is no array of floats, has impossible lengths or reaches
    ///   outside the file.
    func shape(of path: String) throws(ModelFileError) -> [Int] {
        try locked { () throws(ModelFileError) in
            try withDataset(path) { dataset throws(ModelFileError) in try shape(of: dataset, path) }
        }
    }

    /// The values of the dataset at a path; 16-bit and 64-bit floats become 32-bit ones.
    ///
    /// - Parameter maximumElements: refused beyond, before anything is allocated.
    /// - Throws: `ModelFileError`, as `shape(of:)`.
    func tensor(_ path: String, maximumElements: Int) throws(ModelFileError) -> Tensor {
        try locked { () throws(ModelFileError) in
            try withDataset(path) { dataset throws(ModelFileError) in
                let shape = try shape(of: dataset, path)
                let count = shape.reduce(1, *)
                guard count <= maximumElements else {
                    throw ModelFileError(
                        .tooLarge, "weight '\(path)' of shape \(shape) exceeds the limit for all parameters")
                }
                var isRead = true
                let values = [Float](unsafeUninitializedCapacity: count) { buffer, used in
                    if count > 0 {
                        isRead = H5Dread(dataset, prunelle_h5_native_float(), 0, 0, 0, buffer.baseAddress) >= 0
                    }
                    used = isRead ? count : 0
                }
                guard isRead else { throw damaged(path) }
                return Tensor(shape: shape, values: values)
            }
        }
    }

    private func withDataset<Result>(
        _ path: String, _ body: (hid_t) throws(ModelFileError) -> Result
    ) throws(ModelFileError) -> Result {
        try withObject(path) { object throws(ModelFileError) in
            guard H5Iget_type(object) == H5I_DATASET else {
                throw ModelFileError(.damaged, "'\(path)' of the HDF5 file is no array")
            }
            try checkType(of: object, path)
            return try body(object)
        }
    }

    private func checkType(of dataset: hid_t, _ path: String) throws(ModelFileError) {
        let type = H5Dget_type(dataset)
        guard type >= 0 else { throw damaged(path) }
        defer { H5Tclose(type) }
        guard H5Tget_class(type) == H5T_FLOAT, [2, 4, 8].contains(H5Tget_size(type)) else {
            throw ModelFileError(.unsupported, "weight '\(path)' is not made of 16, 32 or 64-bit floats")
        }
    }

    private func shape(of dataset: hid_t, _ path: String) throws(ModelFileError) -> [Int] {
        let space = H5Dget_space(dataset)
        guard space >= 0 else { throw damaged(path) }
        defer { H5Sclose(space) }
        let rank = Int(H5Sget_simple_extent_ndims(space))
        guard H5Sis_simple(space) > 0, (0...8).contains(rank) else { throw impossible(path, "a shape of rank \(rank)") }
        var lengths = [hsize_t](repeating: 0, count: max(rank, 1))
        guard H5Sget_simple_extent_dims(space, &lengths, nil) >= 0 else { throw damaged(path) }
        let shape = lengths.prefix(rank).map { Int(clamping: $0) }
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, product <= 1 << 40 else { throw impossible(path, "the shape \(shape)") }
            count = product
        }
        try checkStorage(of: dataset, elements: count, path)
        return shape
    }

    /// Refuses storage outside the file, and shapes that the file is too short to hold.
    private func checkStorage(of dataset: hid_t, elements: Int, _ path: String) throws(ModelFileError) {
        let properties = H5Dget_create_plist(dataset)
        guard properties >= 0 else { throw damaged(path) }
        defer { H5Pclose(properties) }
        guard H5Pget_external_count(properties) == 0 else {
            throw ModelFileError(.refused, "weight '\(path)' is stored in another file, refused")
        }
        // Two bytes is the narrowest element.
        switch H5Pget_layout(properties) {
        case H5D_COMPACT, H5D_CONTIGUOUS:
            guard elements <= size / 2, H5Dget_storage_size(dataset) <= size else {
                throw impossible(path, "\(elements) elements, more than the file can hold,")
            }
            if elements > 0, H5Dget_storage_size(dataset) == 0 { throw impossible(path, "no content") }
        case H5D_CHUNKED:
            try checkFilters(properties, path)
            // gzip packs at most 1032 bytes into one.
            guard elements <= size.multipliedReportingOverflow(by: 1032).partialValue else {
                throw impossible(path, "\(elements) elements, more than the file can hold,")
            }
            try checkChunks(properties, elements: elements, path)
        case H5D_VIRTUAL:
            throw ModelFileError(.refused, "weight '\(path)' is a view of another file, refused")
        default:
            throw damaged(path)
        }
    }

    private func checkFilters(_ properties: hid_t, _ path: String) throws(ModelFileError) {
        let allowed = [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32]
        let count = H5Pget_nfilters(properties)
        guard (0...8).contains(count) else { throw damaged(path) }
        for index in 0..<UInt32(count) {
            var flags: UInt32 = 0
            var values = 0
            var configuration: UInt32 = 0
            let filter = H5Pget_filter2(properties, index, &flags, &values, nil, 0, nil, &configuration)
            guard allowed.contains(filter) else {
                throw ModelFileError(
                    .refused,
                    "weight '\(path)' is packed by filter \(filter); only gzip, shuffle and checksums are read")
            }
        }
    }

    /// A chunk is unpacked as a whole, so its size must be bounded too.
    private func checkChunks(_ properties: hid_t, elements: Int, _ path: String) throws(ModelFileError) {
        var lengths = [hsize_t](repeating: 0, count: 8)
        let rank = H5Pget_chunk(properties, 8, &lengths)
        guard (1...8).contains(rank) else { throw damaged(path) }
        var count = 1
        for length in lengths.prefix(Int(rank)) {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: length))
            guard !overflow, product <= 1 << 28 else { throw impossible(path, "pieces that are too large") }
            count = product
        }
        guard count > 0 else { throw damaged(path) }
    }

    private func impossible(_ path: String, _ what: String) -> ModelFileError {
        ModelFileError(.damaged, "weight '\(path)' claims \(what) and cannot be read")
    }
}
