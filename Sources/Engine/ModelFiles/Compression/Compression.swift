/// How a file as a whole is packed.
enum Compression: String, CaseIterable, Sendable {
    case zlib
    case gzip
    case bzip2
    case xz
    /// The older format of the LZMA tools, without checksum.
    case lzma
    case lz4 = "LZ4"

    /// The compression of a file by its first bytes; nil where it looks like none of them.
    init?(start: [UInt8]) {
        guard let found = Self.allCases.first(where: { start.starts(with: $0.signature) }) else { return nil }
        // A header of zlib is a multiple of 31.
        if found == .zlib, start.count < 2 || (Int(start[0]) << 8 | Int(start[1])) % 31 != 0 { return nil }
        self = found
    }

    /// The first bytes of every file or member.
    var signature: [UInt8] {
        switch self {
        case .zlib: [0x78]
        case .gzip: [0x1F, 0x8B]
        case .bzip2: Array("BZh".utf8)
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
        case .lzma: [0x5D, 0x00, 0x00]
        case .lz4: [0x04, 0x22, 0x4D, 0x18]
        }
    }

    /// Unpacks a file, with all its members.
    ///
    /// - Throws: `ModelFileError`: `.damaged` where it is cut off or broken, `.tooLarge` beyond the limit, which also
    ///   depends on the length of the file.
    func unpack(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) -> FileBytes {
        let output = UnpackedBytes(limit: Self.limit(packed: file.count, limits: limits), format: self)
        try file.withBytes { (bytes: UnsafeRawBufferPointer) throws(ModelFileError) in
            var rest = bytes
            repeat {
                let used = try unpackMember(rest, to: output)
                rest = UnsafeRawBufferPointer(rebasing: rest[used...])
            } while rest.starts(with: signature)
            // Tapes and some tools pad with zeros.
            guard rest.allSatisfy({ $0 == 0 }) else { throw damaged("is followed by something else") }
        }
        return try output.finish()
    }

    /// The most a file may unpack to. Weights that were cut to zero pack very well, but not beyond measure.
    static func limit(packed: Int, limits: ModelFileLimits) -> Int {
        let (scaled, overflow) = packed.multipliedReportingOverflow(by: 256)
        guard !overflow else { return limits.maximumBytes }
        // What packs better than 8 to 1 is held to half a gigabyte, since all of it lies in memory.
        return min(limits.maximumBytes, max(64 << 20, min(scaled, 512 << 20), scaled / 32))
    }

    /// - Returns: bytes of the member.
    private func unpackMember(_ bytes: UnsafeRawBufferPointer, to output: UnpackedBytes) throws(ModelFileError) -> Int {
        guard let stream = makeStream() else {
            throw ModelFileError(.unreadable, "there is no memory to unpack the file")
        }
        var used = 0
        while true {
            let room = try output.room()
            switch stream.unpack(UnsafeRawBufferPointer(rebasing: bytes[used...]), to: room) {
            case .step(let consumed, let produced):
                used += consumed
                output.add(produced)
                guard consumed > 0 || produced > 0 else { throw damaged("is cut off") }
            case .end(let consumed, let produced):
                output.add(produced)
                // A member that takes nothing would be read for ever.
                guard used + consumed > 0 else { throw damaged("is damaged") }
                return used + consumed
            case .damaged: throw damaged("is damaged")
            case .needsTooMuchMemory:
                throw ModelFileError(.tooLarge, "the \(rawValue) file needs too much memory to be unpacked")
            }
        }
    }

    private func makeStream() -> (any UnpackingStream)? {
        switch self {
        case .zlib, .gzip: ZlibStream()
        case .bzip2: BZip2Stream()
        case .xz: LZMAStream(isOldFormat: false)
        case .lzma: LZMAStream(isOldFormat: true)
        case .lz4: LZ4Stream()
        }
    }

    private func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "the \(rawValue) file \(what)")
    }
}

/// Unpacks one member step by step; a wrapper of a C library.
protocol UnpackingStream {
    /// Unpacks some bytes.
    func unpack(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> UnpackingResult
}

/// What a step of unpacking did.
enum UnpackingResult {
    case step(consumed: Int, produced: Int)
    case end(consumed: Int, produced: Int)
    case damaged
    case needsTooMuchMemory
}
