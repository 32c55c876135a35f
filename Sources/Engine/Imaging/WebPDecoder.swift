import CWebP

/// Decodes WebP, lossy and lossless, with libwebp; of an animation the first frame on its canvas.
struct WebPDecoder: PictureSource {
    let header: ImageHeader
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        guard let size = bytes.little32(at: 4), size + 8 <= bytes.count else { throw .truncated(.webp) }
        var features = WebPBitstreamFeatures()
        let status = bytes.withUnsafeBufferPointer { WebPGetFeatures($0.baseAddress, $0.count, &features) }
        guard status == VP8_STATUS_OK else { throw Self.error(status) }
        header = ImageHeader(
            format: .webp, width: Int(features.width), height: Int(features.height),
            orientation: Self.orientation(bytes), hasAlpha: features.has_alpha != 0,
            isAnimated: features.has_animation != 0)
    }

    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        if header.isAnimated { return try decodeAnimation(converter) }
        let format: PixelFormat = header.hasAlpha && converter.needsAlpha ? .rgba : .rgb
        var image = PixelImage(width: header.width, height: header.height, format: format)
        let stride = Int32(header.width * format.channels)
        let isDecoded = bytes.withUnsafeBufferPointer { source in
            image.pixels.withUnsafeMutableBufferPointer { target in
                let decode = format == .rgba ? WebPDecodeRGBAInto : WebPDecodeRGBInto
                return decode(source.baseAddress, source.count, target.baseAddress, target.count, stride) != nil
            }
        }
        guard isDecoded else { throw .corrupt(.webp, reason: "the pixel data is cut or damaged") }
        return image.converted(to: converter.format, alpha: converter.alpha)
    }

    private func decodeAnimation(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        let frame: [UInt8]? = bytes.withUnsafeBufferPointer { source in
            var data = WebPData(bytes: source.baseAddress, size: source.count)
            var options = WebPAnimDecoderOptions()
            guard WebPAnimDecoderOptionsInit(&options) != 0 else { return nil }
            options.color_mode = MODE_RGBA
            guard let decoder = WebPAnimDecoderNew(&data, &options) else { return nil }
            defer { WebPAnimDecoderDelete(decoder) }
            var canvas: UnsafeMutablePointer<UInt8>?
            var timestamp: Int32 = 0
            guard WebPAnimDecoderGetNext(decoder, &canvas, &timestamp) != 0, let canvas else { return nil }
            return Array(UnsafeBufferPointer(start: canvas, count: header.width * header.height * 4))
        }
        guard let frame else { throw .corrupt(.webp, reason: "the first frame is cut or damaged") }
        return PixelImage(width: header.width, height: header.height, format: .rgba, pixels: frame)
            .converted(to: converter.format, alpha: header.hasAlpha ? converter.alpha : .drop)
    }

    /// Looks for an `EXIF` chunk among the chunks of the RIFF container.
    private static func orientation(_ bytes: [UInt8]) -> Orientation {
        var offset = 12
        while let length = bytes.little32(at: offset + 4) {
            let start = offset + 8
            guard start + length <= bytes.count else { break }
            if bytes.holds("EXIF", at: offset) { return Orientation(exif: bytes, in: start..<start + length) }
            offset = start + length + length & 1
        }
        return .upright
    }

    private static func error(_ status: VP8StatusCode) -> ImageError {
        switch status {
        case VP8_STATUS_NOT_ENOUGH_DATA: .truncated(.webp)
        case VP8_STATUS_UNSUPPORTED_FEATURE: .unsupported("this kind of WebP")
        default: .corrupt(.webp, reason: "the header cannot be read")
        }
    }
}
