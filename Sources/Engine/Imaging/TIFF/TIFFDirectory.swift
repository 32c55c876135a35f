/// The first directory of a TIFF file: where its fields are, read only when they are asked for.
///
/// - Source: TIFF 6.0, section 2.
struct TIFFDirectory {
    /// The fields that matter here.
    enum Tag: Int {
        case width = 256
        case height = 257
        case bitsPerSample = 258
        case compression = 259
        case photometric = 262
        case fillOrder = 266
        case stripOffsets = 273
        case orientation = 274
        case samplesPerPixel = 277
        case rowsPerStrip = 278
        case stripByteCounts = 279
        case planarConfiguration = 284
        case predictor = 317
        case colorMap = 320
        case tileWidth = 322
        case extraSamples = 338
        case sampleFormat = 339
    }

    private struct Entry {
        /// Bytes of one value, and how many values there are.
        let size: Int
        let count: Int
        let offset: Int
    }

    private let bytes: [UInt8]
    private let isBigEndian: Bool
    private var entries: [Int: Entry] = [:]

    /// Reads the directory; of a field that stands there twice the first counts.
    ///
    /// - Precondition: the file begins as `ImageFormat.sniff` wants it.
    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        isBigEndian = bytes.first == UInt8(ascii: "M")
        guard let start = number(at: 4, 4), let count = number(at: start, 2) else { throw .truncated(.tiff) }
        for index in 0..<count {
            let place = start + 2 + 12 * index
            guard let tag = number(at: place, 2), let type = number(at: place + 2, 2),
                let values = number(at: place + 4, 4), let far = number(at: place + 8, 4)
            else { throw .truncated(.tiff) }
            guard let size = [1: 1, 3: 2, 4: 4][type], entries[tag] == nil else { continue }
            // Values that fit into four bytes stand in the place of their offset.
            entries[tag] = Entry(size: size, count: values, offset: values <= 4 / size ? place + 8 : far)
        }
    }

    /// The first value of a field; nil where it is absent.
    func value(_ tag: Tag) throws(ImageError) -> Int? {
        try values(tag, atMost: 1)?.first
    }

    /// The first values of a field; nil where it is absent.
    func values(_ tag: Tag, atMost limit: Int) throws(ImageError) -> [Int]? {
        guard let entry = entries[tag.rawValue] else { return nil }
        let count = min(entry.count, limit)
        guard entry.offset <= bytes.count, count <= (bytes.count - entry.offset) / entry.size else {
            throw .truncated(.tiff)
        }
        return (0..<count).compactMap { number(at: entry.offset + $0 * entry.size, entry.size) }
    }

    private func number(at offset: Int, _ length: Int) -> Int? {
        bytes.number(at: offset, length: length, bigEndian: isBigEndian)
    }
}
