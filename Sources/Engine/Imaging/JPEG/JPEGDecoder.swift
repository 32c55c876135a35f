import CTurboJPEG

/// Decodes JPEG with libjpeg-turbo.
///
/// Damage inside a scan is repaired by the codec as far as it goes, as in Pillow; a file that ends before its end
/// marker is refused, also as in Pillow.
struct JPEGDecoder: PictureSource {
    let header: ImageHeader
    private let bytes: [UInt8]
    private let markers: JPEGMarkers

    /// A Huffman code has at least one bit and a block 64 pixels, so an honest file has no more pixels a byte.
    private static let mostPixelsPerByte = 512

    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        markers = try JPEGMarkers(bytes)
        header = ImageHeader(
            format: .jpeg, width: markers.width, height: markers.height, orientation: markers.orientation)
    }

    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        try decode(converter, atLeast: nil)
    }

    /// Decodes at full size, or at the smallest of 1/2, 1/4 and 1/8 that is not below a size.
    func decode(
        _ converter: RowConverter, atLeast minimum: (width: Int, height: Int)?
    ) throws(ImageError) -> PixelImage {
        guard markers.hasEnd else { throw .truncated(.jpeg) }
        guard markers.isArithmetic || header.width * header.height / Self.mostPixelsPerByte <= bytes.count else {
            throw .truncated(.jpeg)
        }
        let codec = try TurboJPEG()
        try codec.check(width: header.width, height: header.height, of: bytes)
        let (width, height) = scaledSize(atLeast: minimum)
        var image = PixelImage(width: width, height: height, format: converter.format)
        switch (markers.components, converter.format) {
        case (1, .gray):
            try codec.decode(bytes, as: TJPF_GRAY, width: width, height: height, into: &image.pixels)
        case (1, .rgb), (3, .rgb):
            try codec.decode(bytes, as: TJPF_RGB, width: width, height: height, into: &image.pixels)
        case (1, .rgba), (3, .rgba):
            try codec.decode(bytes, as: TJPF_RGBA, width: width, height: height, into: &image.pixels)
        case (3, .gray):
            var colors = PixelImage(width: width, height: height, format: .rgb)
            try codec.decode(bytes, as: TJPF_RGB, width: width, height: height, into: &colors.pixels)
            image = colors.converted(to: .gray)
        default:
            var inks = [UInt8](repeating: 0, count: width * height * 4)
            try codec.decode(bytes, as: TJPF_CMYK, width: width, height: height, into: &inks)
            Self.replaceInks(in: &inks)
            image = PixelImage(width: width, height: height, format: .rgba, pixels: inks)
                .converted(to: converter.format)
        }
        return image
    }

    private func scaledSize(atLeast minimum: (width: Int, height: Int)?) -> (width: Int, height: Int) {
        var best = (width: header.width, height: header.height)
        guard let minimum else { return best }
        for shift in 1...3 {
            let (width, height) = (Self.scaled(header.width, shift), Self.scaled(header.height, shift))
            guard width >= minimum.width, height >= minimum.height else { break }
            best = (width, height)
        }
        return best
    }

    /// The side as the codec scales it: rounded up.
    private static func scaled(_ side: Int, _ shift: Int) -> Int {
        (side + (1 << shift) - 1) >> shift
    }

    /// Turns inverted CMYK (the convention of Adobe, which every writer follows) into opaque RGBA.
    ///
    /// With inverted inks `c' = 255 − c` the product `c' · k' / 255` is what Pillow computes as
    /// `(255 − k) − c · (255 − k) / 255`, up to the rounding of the quotient, which is done on the inks as there.
    private static func replaceInks(in pixels: inout [UInt8]) {
        pixels.withUnsafeMutableBufferPointer { pixels in
            for index in stride(from: 0, to: pixels.count, by: 4) {
                let paper = Int(pixels[index + 3])
                for channel in index..<index + 3 {
                    let ink = 255 - Int(pixels[channel])
                    pixels[channel] = UInt8(max(0, paper - Int(dividedBy255(ink * paper))))
                }
                pixels[index + 3] = 255
            }
        }
    }
}

/// One decompressor of libjpeg-turbo; its handle never leaves it.
private final class TurboJPEG {
    private let handle: tjhandle

    init() throws(ImageError) {
        guard let handle = tjInitDecompress() else {
            throw .corrupt(.jpeg, reason: "no memory for its decoder")
        }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    /// Makes sure that the codec finds the same size as the header reader, on which buffers are sized.
    func check(width: Int, height: Int, of bytes: [UInt8]) throws(ImageError) {
        var (foundWidth, foundHeight, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        // The result is ignored: it also fails for subsamplings that have no name and decode well.
        _ = bytes.withUnsafeBufferPointer {
            tjDecompressHeader3(
                handle, $0.baseAddress, UInt($0.count), &foundWidth, &foundHeight, &subsampling, &space)
        }
        guard foundWidth == width, foundHeight == height else {
            throw .corrupt(.jpeg, reason: failure)
        }
    }

    /// Decodes into a buffer of exactly `width × height` pixels; the codec scales down to that size.
    func decode(
        _ bytes: [UInt8], as format: TJPF, width: Int, height: Int, into pixels: inout [UInt8]
    ) throws(ImageError) {
        // A file may have thousands of tiny progressive scans over a large picture: limit them to 500.
        let flags = TJFLAG_LIMITSCANS
        let pitch = pixels.count / height
        let result = bytes.withUnsafeBufferPointer { source in
            pixels.withUnsafeMutableBufferPointer { target in
                tjDecompress2(
                    handle, source.baseAddress, UInt(source.count), target.baseAddress, Int32(width), Int32(pitch),
                    Int32(height), format.rawValue, flags)
            }
        }
        guard result != 0 else { return }
        // The codec says "warning" for a failure too when a warning came before it, so its words decide.
        if Self.harmless.contains(where: failure.hasPrefix) { return }
        throw failure.hasPrefix("Premature end") ? .truncated(.jpeg) : .corrupt(.jpeg, reason: failure)
    }

    /// How the messages begin after which the codec goes on with what it could decode, as it does in Pillow.
    private static let harmless = [
        "Corrupt JPEG data", "Inconsistent progression", "Invalid SOS parameters", "Unknown Adobe color transform",
        "Warning:",
    ]

    private var failure: String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown reason"
    }
}
