import ONNX
import Tensors

/// Small networks whose answers are known beforehand.
enum SampleModels {
    static let side = 4

    /// One value: near 1 (dog) for red pictures, near 0 (cat) for blue ones, 0.5 where both are alike.
    static let redIsDog: [UInt8] = {
        var weights = [Float](repeating: 0, count: side * side * 3)
        for pixel in 0..<side * side {
            // Pixels come as 0…1, so that full red sums up to 4.
            weights[pixel * 3] = 4 / Float(side * side)
            weights[pixel * 3 + 2] = -4 / Float(side * side)
        }
        var builder = GraphBuilder(name: "red")
        let flat = flattened(&builder)
        let sums = builder.add("MatMul", [flat, builder.constant(Tensor(shape: [weights.count, 1], values: weights))])
        builder.output("dog", from: builder.add("Sigmoid", [sums]), shape: ["N", 1])
        return builder.model().encoded()
    }()

    /// Gives the same values whatever the picture.
    static func constant(_ values: [Float]) -> [UInt8] {
        var builder = GraphBuilder(name: "constant")
        let flat = flattened(&builder)
        let zeros = builder.constant(Tensor(zeros: [side * side * 3, values.count]))
        let sums = builder.add("MatMul", [flat, zeros])
        let biased = builder.add("Add", [sums, builder.constant(Tensor(shape: [values.count], values: values))])
        builder.output("scores", from: biased, shape: ["N", .fixed(values.count)])
        return builder.model().encoded()
    }

    /// Takes grey digits, which no pets model does.
    static let digits: [UInt8] = {
        var builder = GraphBuilder(name: "digits")
        let pixels = builder.input("pixels", shape: ["N", 784])
        builder.output(
            "scores", from: builder.add("MatMul", [pixels, builder.constant(Tensor(zeros: [784, 10]))]),
            shape: ["N", 10])
        return builder.model().encoded()
    }()

    private static func flattened(_ builder: inout GraphBuilder) -> String {
        let pixels = builder.input("pixels", shape: ["N", .fixed(side), .fixed(side), 3])
        return builder.add("Flatten", [pixels], ["axis": 1])
    }
}

/// Pictures of one colour.
enum Picture {
    static let red = bmp(red: 255, green: 0, blue: 0)
    static let blue = bmp(red: 0, green: 0, blue: 255)
    static let grey = bmp(red: 128, green: 128, blue: 128)

    /// A BMP file of 24 bits a pixel.
    static func bmp(red: UInt8, green: UInt8, blue: UInt8, width: Int = 8, height: Int = 8) -> [UInt8] {
        let row = Array(repeatElement([blue, green, red], count: width).joined())
        let padded = row + [UInt8](repeating: 0, count: (4 - row.count % 4) % 4)
        let pixels = Array(repeatElement(padded, count: height).joined())
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return Array("BM".utf8) + little(54 + pixels.count, 4) + little(0, 4) + little(54, 4) + little(40, 4)
            + little(width, 4) + little(height, 4) + little(1, 2) + little(24, 2) + little(0, 24) + pixels
    }
}
