import Foundation

/// Where the pixels of a data set are.
enum PixelStore: Sendable, Equatable {
    /// In memory.
    case memory([UInt8])
    /// In a file that is mapped: the system reads what is looked at and forgets it when memory is short.
    case mapped(Data)

    var count: Int {
        switch self {
        case .memory(let bytes): bytes.count
        case .mapped(let data): data.count
        }
    }

    subscript(range: Range<Int>) -> ArraySlice<UInt8> {
        switch self {
        case .memory(let bytes): bytes[range]
        case .mapped(let data):
            [UInt8](data[data.startIndex + range.lowerBound..<data.startIndex + range.upperBound])[...]
        }
    }
}

/// Collects the pixels of a data set, in memory or in a file.
struct PixelWriter {
    private var bytes: [UInt8] = []
    private let file: (handle: FileHandle, url: URL)?

    /// Bytes of pixels that a file may have.
    private static let maximumFileBytes = 256 << 30

    /// Number of bytes so far.
    private(set) var count = 0

    /// Starts a collection.
    ///
    /// - Parameter scratch: folder of the file; nil to stay in memory.
    init(scratch: URL?) throws(DatasetError) {
        guard let url = scratch?.appending(path: "pictures.bin") else {
            file = nil
            return
        }
        guard FileManager.default.createFile(atPath: url.path, contents: nil),
            let handle = try? FileHandle(forWritingTo: url)
        else { throw DatasetError("the pictures cannot be written to the output folder") }
        file = (handle, url)
    }

    /// Adds a picture.
    mutating func append(_ pixels: [UInt8]) throws(DatasetError) {
        count += pixels.count
        guard let file else {
            guard count <= LabelledPictures.maximumBytes else {
                throw DatasetError("the pictures take more than \(LabelledPictures.maximumBytes >> 30) GiB of memory")
            }
            bytes += pixels
            return
        }
        guard count <= Self.maximumFileBytes else {
            throw DatasetError("the pictures take more than \(Self.maximumFileBytes >> 30) GiB")
        }
        do {
            try file.handle.write(contentsOf: pixels)
        } catch {
            throw DatasetError("the pictures cannot be written to the output folder: the disk may be full")
        }
    }

    /// What was collected.
    func finish() throws(DatasetError) -> PixelStore {
        guard let file else { return .memory(bytes) }
        do {
            try file.handle.close()
            let data = try Data(contentsOf: file.url, options: .alwaysMapped)
            // The mapping keeps the file alive; whatever ends the program, it leaves nothing behind.
            try FileManager.default.removeItem(at: file.url)
            return .mapped(data)
        } catch {
            throw DatasetError("the pictures in the output folder cannot be read again")
        }
    }
}
