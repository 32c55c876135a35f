/// Picture files that tests make up.
public enum BitmapFile {
    /// A square BMP file of 24 bits a pixel with one colour for each pixel.
    public static func bytes(
        side: Int, _ color: (_ x: Int, _ y: Int) -> (red: UInt8, green: UInt8, blue: UInt8)
    ) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) } }
        let rowSize = (3 * side + 3) / 4 * 4
        var bytes = Array("BM".utf8) + little(54 + rowSize * side, 4) + little(0, 4) + little(54, 4)
        bytes += little(40, 4) + little(side, 4) + little(side, 4) + little(1, 2) + little(24, 2) + little(0, 24)
        for y in (0..<side).reversed() {
            var row: [UInt8] = []
            for x in 0..<side {
                let (red, green, blue) = color(x, y)
                row += [blue, green, red]
            }
            bytes += row + [UInt8](repeating: 0, count: rowSize - row.count)
        }
        return bytes
    }
}
