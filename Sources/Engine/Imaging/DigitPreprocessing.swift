public import Tensors

/// Turns a drawing or a scan of one digit into what networks trained on MNIST expect.
///
/// The picture is laid on white and turned grey; when its corners are light it is inverted, so that ink is bright on
/// black. What is clearly ink is framed, scaled so that its longer side has 20 pixels, and moved by whole pixels so
/// that its centre of mass lies at (14, 14) of a 28 × 28 picture.
///
/// Two cases the plain rule would lose are caught. Paper that is not quite white would stay as haze around the ink:
/// its level is subtracted. White strokes on a transparent canvas would vanish on white: when nothing
/// is found there, the picture is laid on black instead.
public struct DigitPreprocessing: Sendable, Equatable {
    /// Side of the result in pixels.
    public static let side = 28

    /// Length of the digit's longer side in the result, in pixels.
    public static let digitSide = 20

    /// A pixel belongs to the digit when it is brighter than this, of 255, after inversion.
    public var threshold: UInt8 = 30

    /// Whether the brightness of the background, after inversion, is taken off the whole picture.
    public var removesBackground = true

    /// What reads picture files.
    public var decoder: ImageDecoder

    /// Makes the preprocessing with the limits of a decoder.
    public init(decoder: ImageDecoder = ImageDecoder()) {
        self.decoder = decoder
    }

    /// The network's input for a picture file.
    ///
    /// - Returns: shape `[1, 28, 28, 1]`, values 0...1; all zero for a blank picture.
    public func tensor(from bytes: [UInt8]) throws(ImageError) -> Tensor {
        Self.tensor(try picture(from: bytes))
    }

    /// The network's input for a decoded picture.
    public func tensor(from image: PixelImage) -> Tensor {
        Self.tensor(picture(from: image))
    }

    /// The 28 × 28 grey picture that the network sees, for a picture file.
    public func picture(from bytes: [UInt8]) throws(ImageError) -> PixelImage {
        let gray = try decoder.decode(bytes, as: .gray, alpha: .compositeOnWhite)
        if let found = centred(gray) { return found }
        guard try decoder.header(of: bytes).hasAlpha else { return Self.blank }
        return centred(try decoder.decode(bytes, as: .gray, alpha: .compositeOnBlack)) ?? Self.blank
    }

    /// The 28 × 28 grey picture that the network sees, for a decoded picture.
    public func picture(from image: PixelImage) -> PixelImage {
        if let found = centred(image.gray(alpha: .compositeOnWhite)) { return found }
        guard image.format == .rgba else { return Self.blank }
        return centred(image.gray(alpha: .compositeOnBlack)) ?? Self.blank
    }

    private static var blank: PixelImage { PixelImage(width: side, height: side, format: .gray) }

    private static func tensor(_ picture: PixelImage) -> Tensor {
        Tensor(shape: [1, side, side, 1], values: picture.pixels.map { Float($0) / 255 })
    }

    /// The digit in its place, or nil when there is no ink.
    private func centred(_ gray: PixelImage) -> PixelImage? {
        let corners = Self.cornerMeans(gray)
        let isInverted = corners.reduce(0, +) > 4 * 127
        let level = removesBackground ? Self.background(corners, isInverted: isInverted) : 0
        let levels = Self.levels(isInverted: isInverted, background: level)
        let flip: UInt8 = isInverted ? 255 : 0
        // Levels rise with the flipped brightness, so that one comparison finds ink.
        guard let lowestInk = (0...255).first(where: { levels[Int(UInt8($0) ^ flip)] > threshold }) else { return nil }
        guard let box = InkBox(gray, flip: flip, lowestInk: UInt8(lowestInk)) else { return nil }
        var digit = gray.cropped(x: box.left, y: box.top, width: box.width, height: box.height)
        for index in digit.pixels.indices { digit.pixels[index] = levels[Int(digit.pixels[index])] }
        let longest = max(box.width, box.height)
        return Self.placed(
            digit.resized(
                width: Self.scaled(box.width, longest), height: Self.scaled(box.height, longest), filter: .lanczos))
    }

    /// The means of four patches at the corners, each a tenth of the sides.
    private static func cornerMeans(_ gray: PixelImage) -> [Double] {
        let (width, height) = (max(1, gray.width / 10), max(1, gray.height / 10))
        let places = [(0, 0), (1, 0), (0, 1), (1, 1)]
        return places.map { right, down in
            var sum = 0
            for y in 0..<height {
                let start = (down * (gray.height - height) + y) * gray.width + right * (gray.width - width)
                for value in gray.pixels[start..<start + width] { sum += Int(value) }
            }
            return Double(sum) / Double(width * height)
        }
    }

    /// The level of the second darkest corner after inversion: ink may reach into two corners and does not count.
    private static func background(_ corners: [Double], isInverted: Bool) -> Int {
        let levels = corners.map { isInverted ? 255 - $0 : $0 }.sorted()
        return Int(levels[1].rounded(.toNearestOrEven))
    }

    /// The level of ink for each grey value: inverted, the background taken off, the rest stretched to 255.
    private static func levels(isInverted: Bool, background: Int) -> [UInt8] {
        (0...255).map { value in
            let bright = isInverted ? 255 - value : value
            return UInt8(max(0, bright - background) * 255 / (255 - background))
        }
    }

    private static func scaled(_ length: Int, _ longest: Int) -> Int {
        max(1, Int((Double(length * digitSide) / Double(longest)).rounded(.toNearestOrEven)))
    }

    /// Pastes a digit into the middle and then moves it so that its centre of mass comes to (14, 14).
    private static func placed(_ digit: PixelImage) -> PixelImage {
        var (mass, momentX, momentY) = (0, 0, 0)
        let (left, top) = ((side - digit.width) / 2, (side - digit.height) / 2)
        for y in 0..<digit.height {
            for x in 0..<digit.width {
                let value = Int(digit.pixels[y * digit.width + x])
                mass += value
                momentX += (left + x) * value
                momentY += (top + y) * value
            }
        }
        var result = blank
        guard mass > 0 else { return result }
        let middle = Double(side / 2)
        let right = Int((middle - Double(momentX) / Double(mass)).rounded(.toNearestOrEven))
        let down = Int((middle - Double(momentY) / Double(mass)).rounded(.toNearestOrEven))
        for y in 0..<digit.height {
            for x in 0..<digit.width {
                let (newX, newY) = (left + x + right, top + y + down)
                guard (0..<side).contains(newX), (0..<side).contains(newY) else { continue }
                result.pixels[newY * side + newX] = digit.pixels[y * digit.width + x]
            }
        }
        return result
    }
}

/// The smallest rectangle that holds all ink.
private struct InkBox {
    let left: Int
    let top: Int
    let width: Int
    let height: Int

    /// - Parameters:
    ///   - flip: 255 when dark is ink, else 0.
    ///   - lowestInk: the least flipped value that is ink.
    init?(_ gray: PixelImage, flip: UInt8, lowestInk: UInt8) {
        let (width, height) = (gray.width, gray.height)
        var brightest = [UInt8](repeating: 0, count: width)
        var (top, bottom) = (-1, -1)
        gray.pixels.withUnsafeBufferPointer { pixels in
            brightest.withUnsafeMutableBufferPointer { brightest in
                for y in 0..<height {
                    var rowBrightest: UInt8 = 0
                    for x in 0..<width {
                        let value = pixels[y &* width &+ x] ^ flip
                        rowBrightest = max(rowBrightest, value)
                        brightest[x] = max(brightest[x], value)
                    }
                    if rowBrightest >= lowestInk {
                        if top < 0 { top = y }
                        bottom = y
                    }
                }
            }
        }
        guard top >= 0, let left = brightest.firstIndex(where: { $0 >= lowestInk }),
            let right = brightest.lastIndex(where: { $0 >= lowestInk })
        else { return nil }
        self.left = left
        self.top = top
        self.width = right - left + 1
        self.height = bottom - top + 1
    }
}
