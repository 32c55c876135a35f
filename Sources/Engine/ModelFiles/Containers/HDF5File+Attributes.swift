import CHDF5

extension HDF5File {
    /// The largest attribute that is read, in bytes.
    private static let maximumAttributeBytes = 64 << 20

    /// The text of an attribute of the object at a path (the root for an empty one); nil where there is none.
    func text(_ attribute: String, of path: String = "") throws(ModelFileError) -> String? {
        guard let texts = try texts(attribute, of: path) else { return nil }
        guard texts.count == 1, let text = texts.first else {
            throw ModelFileError(.damaged, "attribute '\(attribute)' of '\(path)' is a list, not a text")
        }
        return text
    }

    /// The texts of a list attribute; nil where there is none.
    ///
    /// Keras splits lists beyond 64 KiB into attributes numbered from 0, which are joined here.
    func textList(_ attribute: String, of path: String) throws(ModelFileError) -> [String]? {
        if let whole = try texts(attribute, of: path) { return whole }
        var joined: [String]?
        var number = 0
        while let part = try texts("\(attribute)\(number)", of: path) {
            joined = (joined ?? []) + part
            number += 1
        }
        return joined
    }

    private func texts(_ attribute: String, of path: String) throws(ModelFileError) -> [String]? {
        try locked { () throws(ModelFileError) in
            try withObject(path) { object throws(ModelFileError) in
                guard H5Aexists(object, attribute) > 0 else { return nil }
                let handle = H5Aopen(object, attribute, 0)
                guard handle >= 0 else { throw damaged(path) }
                defer { H5Aclose(handle) }
                do throws(AttributeFault) {
                    return try Self.texts(in: handle)
                } catch {
                    throw ModelFileError(.damaged, "attribute '\(attribute)' of '\(path)' \(error.reason)")
                }
            }
        }
    }

    private struct AttributeFault: Error {
        let reason: String
    }

    private static func texts(in attribute: hid_t) throws(AttributeFault) -> [String] {
        let type = H5Aget_type(attribute)
        let space = H5Aget_space(attribute)
        defer {
            H5Tclose(type)
            H5Sclose(space)
        }
        guard type >= 0, space >= 0 else { throw AttributeFault(reason: "is damaged") }
        let count = H5Sget_simple_extent_npoints(space)
        // An empty list has the type of an empty array of numbers.
        if count == 0 { return [] }
        guard count > 0, count <= 1 << 20 else { throw AttributeFault(reason: "has an impossible length") }
        guard H5Tget_class(type) == H5T_STRING else { throw AttributeFault(reason: "is no text") }
        return H5Tis_variable_str(type) > 0
            ? try variableTexts(in: attribute, type: type, space: space, count: Int(count))
            : try fixedTexts(in: attribute, type: type, count: Int(count))
    }

    private static func fixedTexts(
        in attribute: hid_t, type: hid_t, count: Int
    ) throws(AttributeFault) -> [String] {
        let width = H5Tget_size(type)
        let (size, overflow) = width.multipliedReportingOverflow(by: count)
        guard width > 0, !overflow, size <= maximumAttributeBytes else {
            throw AttributeFault(reason: "has an impossible length")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        guard H5Aread(attribute, type, &bytes) >= 0 else { throw AttributeFault(reason: "is damaged") }
        return stride(from: 0, to: size, by: width).map { start in
            String(decoding: bytes[start..<start + width].prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func variableTexts(
        in attribute: hid_t, type: hid_t, space: hid_t, count: Int
    ) throws(AttributeFault) -> [String] {
        let memoryType = H5Tcopy(prunelle_h5_c_string())
        defer { H5Tclose(memoryType) }
        // `H5T_VARIABLE` is a macro for the largest unsigned size, which arrives here as -1.
        guard memoryType >= 0, H5Tset_size(memoryType, -1) >= 0, H5Tset_cset(memoryType, H5Tget_cset(type)) >= 0
        else { throw AttributeFault(reason: "is damaged") }
        var texts = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        guard H5Aread(attribute, memoryType, &texts) >= 0 else { throw AttributeFault(reason: "is damaged") }
        defer { H5Dvlen_reclaim(memoryType, space, 0, &texts) }
        return texts.map { $0.map { String(cString: $0) } ?? "" }
    }
}
