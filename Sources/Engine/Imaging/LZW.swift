/// Unpacks the variable-length codes of GIF: each stands for a run of palette indices.
struct LZW {
    private static let mostCodes = 4096

    private let clear: Int
    private let end: Int
    private let codeSize: Int
    /// Each code is another one, its prefix, followed by a last index.
    private var prefixes = [UInt16](repeating: 0, count: mostCodes)
    private var suffixes = (0..<mostCodes).map { UInt8(truncatingIfNeeded: $0) }
    private var firsts = (0..<mostCodes).map { UInt8(truncatingIfNeeded: $0) }
    private var lengths = [Int](repeating: 1, count: mostCodes)
    /// The code to be defined next, how many bits codes have, and the code read last.
    private var next = 0
    private var width = 0
    private var previous: Int?

    private init(codeSize: Int) {
        self.codeSize = codeSize
        clear = 1 << codeSize
        end = clear + 1
        reset()
    }

    /// Unpacks `count` indices.
    static func unpack(_ data: [UInt8], codeSize: Int, count: Int) throws(ImageError) -> [UInt8] {
        guard (1...11).contains(codeSize) else { throw .corrupt(.gif, reason: "its code size is \(codeSize)") }
        var codes = LZW(codeSize: codeSize)
        var output = [UInt8](repeating: 0, count: count)
        var (bits, bitCount, offset, written) = (0, 0, 0, 0)
        while written < count {
            while bitCount < codes.width {
                guard offset < data.count else { throw .truncated(.gif) }
                bits |= Int(data[offset]) << bitCount
                bitCount += 8
                offset += 1
            }
            let code = bits & (1 << codes.width - 1)
            bits >>= codes.width
            bitCount -= codes.width
            if code == codes.clear {
                codes.reset()
            } else if code == codes.end {
                throw .truncated(.gif)
            } else {
                try codes.define(after: code)
                codes.write(code, into: &output, at: written)
                written += codes.lengths[code]
            }
        }
        return output
    }

    private mutating func reset() {
        next = end + 1
        width = codeSize + 1
        previous = nil
    }

    /// Defines the next code by the previous one and the one just read, which may be the one being defined.
    private mutating func define(after code: Int) throws(ImageError) {
        guard let previous else {
            guard code < clear else { throw .corrupt(.gif, reason: "it uses a code before it is defined") }
            self.previous = code
            return
        }
        guard code < next || code == next && next < Self.mostCodes else {
            throw .corrupt(.gif, reason: "it uses a code before it is defined")
        }
        if next < Self.mostCodes {
            prefixes[next] = UInt16(previous)
            suffixes[next] = code == next ? firsts[previous] : firsts[code]
            firsts[next] = firsts[previous]
            lengths[next] = lengths[previous] + 1
            next += 1
            if next == 1 << width, width < 12 { width += 1 }
        }
        self.previous = code
    }

    /// Writes the run of a code from its end; what would lie behind the picture is left out.
    private func write(_ code: Int, into output: inout [UInt8], at start: Int) {
        var walk = code
        for place in stride(from: start + lengths[code] - 1, through: start, by: -1) {
            if place < output.count { output[place] = suffixes[walk] }
            walk = Int(prefixes[walk])
        }
    }
}
