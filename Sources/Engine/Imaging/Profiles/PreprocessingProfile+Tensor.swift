public import Tensors

extension PreprocessingProfile {
    /// Prepares a picture file.
    ///
    /// - Returns: a tensor of `shape`.
    /// - Precondition: `problems()` is empty, as for every profile read from JSON.
    public func tensor(from bytes: [UInt8], decoder: ImageDecoder = ImageDecoder()) throws(ImageError) -> Tensor {
        let header = try decoder.header(of: bytes)
        let turn = orientation == .apply ? header.orientation : .upright
        let size = turn.swapsSides ? (header.height, header.width) : (header.width, header.height)
        // Twice the size wanted leaves enough to average that the first reduction does not show.
        let useful = usefulSize(width: size.0, height: size.1)
        let geometry = Geometry(self, width: useful.width, height: useful.height)
        let reduced = (width: 2 * geometry.width, height: 2 * geometry.height)
        let image = try decoder.decode(
            bytes, as: pixelFormat, orientation: orientation, alpha: alpha,
            atLeast: reducesLargeJPEG && filter.isAntialiased ? reduced : nil)
        return tensor(of: image.middle(usefulSize(width: image.width, height: image.height)), geometry)
    }

    /// Prepares a decoded picture that is upright already.
    ///
    /// - Returns: a tensor of `shape`.
    /// - Precondition: `problems()` is empty.
    public func tensor(from image: PixelImage) -> Tensor {
        let size = usefulSize(width: image.width, height: image.height)
        let image = image.middle(size).converted(to: pixelFormat, alpha: alpha)
        return tensor(of: image, Geometry(self, width: image.width, height: image.height))
    }

    private var pixelFormat: PixelFormat { color == .gray ? .gray : .rgb }

    /// The middle part of a picture that the fit can use, with a wide margin.
    ///
    /// Only for very long pictures that are to be covered is it not all: resizing those as a whole would take
    /// memory without bound, for pixels that are then cut off.
    private func usefulSize(width: Int, height: Int) -> (width: Int, height: Int) {
        guard fit == .cover else { return (width, height) }
        let margin = 8
        let ratio = (width: (self.width - 1) / self.height + 1, height: (self.height - 1) / self.width + 1)
        return (min(width, margin * ratio.width * height), min(height, margin * ratio.height * width))
    }

    private func tensor(of image: PixelImage, _ geometry: Geometry) -> Tensor {
        let resized = image.resized(width: geometry.width, height: geometry.height, filter: filter)
        let x = max(0, geometry.cropX)
        let y = max(0, geometry.cropY)
        let part = resized.cropped(
            x: x, y: y, width: min(width, resized.width - x), height: min(height, resized.height - y))
        return tensor(of: part, atX: max(0, -geometry.cropX), y: max(0, -geometry.cropY))
    }

    /// Places a picture on the padding and scales its values.
    private func tensor(of part: PixelImage, atX left: Int, y top: Int) -> Tensor {
        let channels = color.channels
        let (pixelStep, rowStep, channelStep) =
            layout == .nchw ? (1, width, width * height) : (channels, width * channels, 1)
        let isPadded = part.width < width || part.height < height
        var tensor = Tensor(zeros: shape)
        tensor.values.withUnsafeMutableBufferPointer { target in
            part.pixels.withUnsafeBufferPointer { source in
                for channel in 0..<channels {
                    let table = values(ofChannel: channel)
                    let sourceChannel = color == .bgr ? 2 - channel : channel
                    if isPadded {
                        let fill = table[Int(padding[padding.count == 1 ? 0 : channel])]
                        for index in 0..<width * height { target[channel * channelStep + index * pixelStep] = fill }
                    }
                    for y in 0..<part.height {
                        var write = channel * channelStep + (top + y) * rowStep + left * pixelStep
                        var read = y * part.width * channels + sourceChannel
                        for _ in 0..<part.width {
                            target[write] = table[Int(source[read])]
                            write += pixelStep
                            read += channels
                        }
                    }
                }
            }
        }
        return tensor
    }

    /// The model's value for each of the 256 levels.
    private func values(ofChannel channel: Int) -> [Float] {
        let mean = mean[self.mean.count == 1 ? 0 : channel]
        let deviation = standardDeviation[standardDeviation.count == 1 ? 0 : channel]
        return (0..<256).map { Float((Double($0) * scale - mean) / deviation) }
    }
}

extension PixelImage {
    fileprivate func middle(_ size: (width: Int, height: Int)) -> PixelImage {
        cropped(
            x: (width - size.width) / 2, y: (height - size.height) / 2, width: size.width, height: size.height)
    }
}

/// To which size a picture is resized, and where in it the model's input starts (negative: where padding is).
private struct Geometry {
    var width: Int
    var height: Int
    var cropX = 0
    var cropY = 0

    /// - Parameters:
    ///   - width: width of the upright picture at full size.
    ///   - height: its height.
    init(_ profile: PreprocessingProfile, width: Int, height: Int) {
        let (targetWidth, targetHeight) = (Double(profile.width), Double(profile.height))
        let scales = [targetWidth / Double(width), targetHeight / Double(height)]
        (self.width, self.height) = (profile.width, profile.height)
        switch profile.fit {
        case .stretch: return
        case .cover:
            if let shorterSide = profile.shorterSide {
                // The longer side is cut down to whole pixels, as in torchvision's Resize.
                let shortest = min(width, height)
                self.width = width == shortest ? shorterSide : shorterSide * width / shortest
                self.height = height == shortest ? shorterSide : shorterSide * height / shortest
            } else {
                let scale = max(scales[0], scales[1])
                self.width = max(profile.width, Self.rounded(Double(width) * scale))
                self.height = max(profile.height, Self.rounded(Double(height) * scale))
            }
        case .contain:
            let scale = min(scales[0], scales[1])
            self.width = min(profile.width, max(1, Self.rounded(Double(width) * scale)))
            self.height = min(profile.height, max(1, Self.rounded(Double(height) * scale)))
        }
        cropX = Self.rounded(Double(self.width - profile.width) / 2)
        cropY = Self.rounded(Double(self.height - profile.height) / 2)
    }

    /// Ties to even, as in Python, where the pictures models were trained on are prepared.
    private static func rounded(_ value: Double) -> Int {
        Int(value.rounded(.toNearestOrEven))
    }
}
