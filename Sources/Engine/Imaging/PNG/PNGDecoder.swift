/// Decodes PNG: every colour type and depth, interlaced or not; of an animation the default picture.
///
/// Written here because unpacking whole buffers with libdeflate takes a small part of the time of streaming
/// decoders, and drawings sent as PNG are what the `digits` app lives on.
struct PNGDecoder: PictureSource {
    let header: ImageHeader
    private let bytes: [UInt8]
    private let chunks: PNGChunks

    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        chunks = try PNGChunks(bytes)
        header = ImageHeader(
            format: .png, width: chunks.width, height: chunks.height, orientation: chunks.orientation,
            hasAlpha: chunks.transparency != nil || [.grayAlpha, .rgba].contains(chunks.color),
            isAnimated: chunks.isAnimated)
    }

    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        let passes = Pass.all(width: chunks.width, height: chunks.height, isInterlaced: chunks.isInterlaced)
        let bitsPerPixel = chunks.depth * chunks.color.channels
        var total = 0
        for pass in passes {
            guard let bits = checkedProduct(pass.width, bitsPerPixel), bits < Int.max - 8,
                let size = checkedProduct(pass.height, (bits + 7) / 8 + 1), size < Int.max / 2 - total
            else { throw .corrupt(.png, reason: "its size is \(chunks.width) × \(chunks.height) pixels") }
            total += size
        }
        let unpacked = try PNGInflater(bytes, data: chunks.data, count: total)
        let samples = PNGSamples(chunks, bytes, converter)
        var image = PixelImage(width: chunks.width, height: chunks.height, format: converter.format)
        let isDecoded = image.pixels.withUnsafeMutableBufferPointer { target in
            Self.decode(
                unpacked.rows, passes, samples, bitsPerPixel: bitsPerPixel, isInterlaced: chunks.isInterlaced,
                into: target)
        }
        guard isDecoded else { throw .corrupt(.png, reason: "a row has a filter that does not exist") }
        return image
    }

    private static func decode(
        _ rows: UnsafeMutableBufferPointer<UInt8>, _ passes: [Pass], _ samples: PNGSamples, bitsPerPixel: Int,
        isInterlaced: Bool,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        var samples = samples
        let channels = samples.converter.format.channels
        let isWhole = !isInterlaced
        var passRow = [UInt8](repeating: 0, count: isWhole ? 0 : (passes.map(\.width).max() ?? 0) * channels)
        var offset = 0
        for pass in passes {
            let length = (pass.width * bitsPerPixel + 7) / 8
            var above: UnsafeMutableBufferPointer<UInt8>?
            for y in 0..<pass.height {
                let row = UnsafeMutableBufferPointer(rebasing: rows[offset + 1..<offset + 1 + length])
                guard PNGFilter.restore(rows[offset], row, above: above, step: max(1, bitsPerPixel / 8)) else {
                    return false
                }
                above = row
                offset += 1 + length
                if isWhole {
                    let start = y * pass.width * channels
                    samples.convert(
                        row, count: pass.width,
                        into: UnsafeMutableBufferPointer(rebasing: target[start..<start + pass.width * channels]))
                } else {
                    passRow.withUnsafeMutableBufferPointer { passRow in
                        samples.convert(row, count: pass.width, into: passRow)
                        pass.spread(passRow, row: y, channels: channels, into: target)
                    }
                }
            }
        }
        return true
    }

    /// One of the pictures an interlaced file is made of: every `stepX`-th pixel of every `stepY`-th row.
    private struct Pass {
        let startX: Int
        let startY: Int
        let stepX: Int
        let stepY: Int
        let imageWidth: Int
        let width: Int
        let height: Int

        init(_ grid: (x: Int, y: Int, stepX: Int, stepY: Int), width: Int, height: Int) {
            (startX, startY, stepX, stepY) = grid
            imageWidth = width
            self.width = (width - grid.x + grid.stepX - 1) / grid.stepX
            self.height = (height - grid.y + grid.stepY - 1) / grid.stepY
        }

        static func all(width: Int, height: Int, isInterlaced: Bool) -> [Pass] {
            let adam7 = [
                (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
            ]
            // Of small pictures some passes are empty: they have no rows in the file, not even filter bytes.
            return (isInterlaced ? adam7 : [(0, 0, 1, 1)]).map { Pass($0, width: width, height: height) }
                .filter { $0.width > 0 && $0.height > 0 }
        }

        /// Writes a row of this pass to its places in the picture.
        func spread(
            _ pixels: UnsafeMutableBufferPointer<UInt8>, row: Int, channels: Int,
            into target: UnsafeMutableBufferPointer<UInt8>
        ) {
            var write = ((startY + row * stepY) * imageWidth + startX) * channels
            for x in 0..<width {
                for channel in 0..<channels { target[write + channel] = pixels[x * channels + channel] }
                write += stepX * channels
            }
        }
    }
}
