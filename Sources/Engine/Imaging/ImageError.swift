/// Why bytes did not become a picture.
///
/// The descriptions are meant for whoever sent the picture.
public enum ImageError: Error, Equatable, CustomStringConvertible {
    /// There are no bytes.
    case empty
    /// The first bytes are those of no known picture format.
    case unknownFormat
    /// A picture of a kind that is not read: another format, or a rare variant of one that is read.
    case unsupported(String)
    /// The file is larger than `ImageLimits.maximumBytes`.
    case tooManyBytes(Int, limit: Int)
    /// The area by the header is larger than `ImageLimits.maximumPixels`.
    case tooManyPixels(width: Int, height: Int, limit: Int)
    /// A side by the header is longer than `ImageLimits.maximumSide`.
    case sideTooLong(width: Int, height: Int, limit: Int)
    /// The data ends before the picture does.
    case truncated(ImageFormat)
    /// The data breaks the rules of its format.
    case corrupt(ImageFormat, reason: String)

    public var description: String {
        switch self {
        case .empty: "the picture is empty"
        case .unknownFormat: "the data is not a picture in a known format (JPEG, PNG, GIF, WebP, BMP or TIFF)"
        case .unsupported(let kind): "\(kind) is not supported; send a common JPEG, PNG, GIF, WebP, BMP or TIFF picture"
        case .tooManyBytes(let count, let limit): "the picture has \(count) bytes; at most \(limit) are allowed"
        case .tooManyPixels(let width, let height, let limit):
            "the picture is \(width) × \(height) pixels; at most \(limit) pixels are allowed"
        case .sideTooLong(let width, let height, let limit):
            "the picture is \(width) × \(height) pixels; a side may have at most \(limit)"
        case .truncated(let format): "the \(format.rawValue.uppercased()) picture ends too early"
        case .corrupt(let format, let reason): "the \(format.rawValue.uppercased()) picture is damaged: \(reason)"
        }
    }
}
