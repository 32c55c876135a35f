import Foundation
import Imaging

/// The 28×28 grey picture a model was given, for people to look at.
enum SeenPicture {
    /// A one, for the documentation.
    static let example = dataURL(
        (0..<DigitReader.side * DigitReader.side).map { pixel in
            let (row, column) = pixel.quotientAndRemainder(dividingBy: DigitReader.side)
            return (4..<24).contains(row) && (13..<15).contains(column) ? 255 : 0
        })

    /// The picture as a PNG in a data URL.
    static func dataURL(_ pixels: [UInt8]) -> String {
        let picture = PixelImage(width: DigitReader.side, height: DigitReader.side, format: .gray, pixels: pixels)
        return "data:image/png;base64," + Data(PNGEncoder.encode(picture)).base64EncodedString()
    }
}
