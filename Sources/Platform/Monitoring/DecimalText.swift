import Foundation

/// Numbers as texts with a fixed number of digits after the point, written by the C library itself.
///
/// The ways of Foundation to the same text cost ten times as much, which shows where each prediction writes some.
public enum DecimalText {
    /// The number rounded to the nearest, half to even as Python's formats do where it lies exactly between two.
    ///
    /// - Parameter digits: after the point; 0 to 17.
    public static func of(_ number: Double, digits: Int) -> String {
        // The largest number has 309 digits before the point; a sign, the point, 17 digits and the end make 329.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 336) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            let written = withVaList([Int32(clamping: min(max(0, digits), 17)), number]) {
                vsnprintf(start, buffer.count, "%.*f", $0)
            }
            guard written > 0 else { return "" }
            return String(decoding: UnsafeRawBufferPointer(start: start, count: Int(written)), as: UTF8.self)
        }
    }
}
