/// A file in the format HDF5 (`.h5`), read in place.
///
/// Written against the HDF5 File Format Specification, version 3.0, in memory-safe code: the C library crashes on
/// files with a few flipped bits, and holds one lock for the whole process. Read is what Keras writes through h5py:
/// groups of the old form and of the new compact form, attributes, arrays that are contiguous, compact or in pieces,
/// with the filters gzip, shuffle and checksum. What would reach outside the file (links, external storage, virtual
/// datasets) is refused. Not for several threads at once.
final class HDF5File {
    let bytes: FileBytes
    private let root: HDF5Address
    /// Groups that have been read.
    private var groups: [HDF5Address: [String: HDF5Link]] = [:]
    private var objects: [HDF5Address: HDF5Object] = [:]
    /// Links read so far: bounds the work that a small file can cause.
    private var linkCount = 0

    private static let maximumLinks = 1 << 20

    /// Opens a file.
    ///
    /// - Throws: `ModelFileError` for what is no HDF5 file or is cut off.
    init(_ bytes: FileBytes) throws(ModelFileError) {
        self.bytes = bytes
        var cursor = try HDF5Cursor(bytes, at: HDF5Address(value: 0))
        guard try cursor.bytes(8) == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] else {
            throw Self.damaged("does not start as one")
        }
        let version = try cursor.byte()
        switch version {
        case 0, 1:
            try cursor.skip(4)
            try Self.checkWidths(&cursor)
            try cursor.skip(version == 0 ? 9 : 13)
            try Self.checkExtent(&cursor, of: bytes)
            // Address of driver information, then the entry of the root group, which starts with its name.
            try cursor.skip(16)
        case 2, 3:
            try Self.checkWidths(&cursor)
            try cursor.skip(1)
            try Self.checkExtent(&cursor, of: bytes)
        default:
            throw ModelFileError(.unsupported, "the HDF5 file has format version \(version), which is not supported")
        }
        root = try cursor.address()
    }

    private static func checkWidths(_ cursor: inout HDF5Cursor) throws(ModelFileError) {
        let widths = (try cursor.byte(), try cursor.byte())
        guard widths == (8, 8) else {
            throw ModelFileError(.unsupported, "the HDF5 file has addresses of \(widths.0) bytes; 8 are supported")
        }
    }

    /// Base address, an address of no interest, and the end of the file.
    private static func checkExtent(_ cursor: inout HDF5Cursor, of bytes: FileBytes) throws(ModelFileError) {
        guard try cursor.number(8) == 0 else {
            throw ModelFileError(.unsupported, "the HDF5 file starts with foreign bytes, which is not supported")
        }
        try cursor.skip(8)
        guard let end = try cursor.address().offset, end <= bytes.count else { throw damaged("is cut off") }
    }

    // MARK: Objects by path

    /// Whether a group or dataset exists at a path, such as `layers/dense/vars/0`.
    func exists(_ path: String) throws(ModelFileError) -> Bool { try address(of: path) != nil }

    /// The names in the group at a path, sorted; none for a dataset.
    func names(in path: String) throws(ModelFileError) -> [String] {
        guard let address = try address(of: path) else { return [] }
        return try links(of: address).keys.sorted()
    }

    /// The object at a path; the root for an empty one.
    func object(_ path: String) throws(ModelFileError) -> HDF5Object {
        guard let address = try address(of: path) else {
            throw ModelFileError(.damaged, "the HDF5 file has no '\(path)'")
        }
        return try object(at: address)
    }

    private func address(of path: String) throws(ModelFileError) -> HDF5Address? {
        var address = root
        var walked = ""
        for component in path.split(separator: "/") {
            walked += walked.isEmpty ? String(component) : "/" + component
            guard let link = try links(of: address)[String(component)] else { return nil }
            guard case .hard(let next) = link else {
                throw ModelFileError(.refused, "the HDF5 file has a link to another place at '\(walked)', refused")
            }
            address = next
        }
        return address
    }

    private func object(at address: HDF5Address) throws(ModelFileError) -> HDF5Object {
        if let known = objects[address] { return known }
        let object = try HDF5Object(in: bytes, at: address)
        objects[address] = object
        return object
    }

    private func links(of address: HDF5Address) throws(ModelFileError) -> [String: HDF5Link] {
        if let known = groups[address] { return known }
        let links = try HDF5GroupReader(file: bytes, maximumLinks: Self.maximumLinks - linkCount)
            .links(of: try object(at: address))
        linkCount += links.count
        groups[address] = links
        return links
    }

    static func damaged(_ what: String) -> ModelFileError { ModelFileError(.damaged, "the HDF5 file \(what)") }
}
