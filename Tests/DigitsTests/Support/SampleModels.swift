import ONNX
import Tensors

/// Small networks whose answers are known beforehand.
enum SampleModels {
    /// Tells upright strokes (1) from level ones (0) and blank pictures (9); as `Golden/make.py` writes it for Keras.
    static let strokes: [UInt8] = {
        var weights = [Float](repeating: 0, count: 784 * 10)
        for row in 0..<28 {
            for column in 0..<28 {
                let (down, right) = (abs(row - 14), abs(column - 14))
                if right <= 4 && down > 5 { weights[(row * 28 + column) * 10 + 1] = 1 }
                if down <= 4 && right > 5 { weights[(row * 28 + column) * 10] = 1 }
            }
        }
        return dense(weights: weights, bias: [0, 0, -4, -4, -4, -4, -4, -4, -4, 2])
    }()

    /// Always answers the same digit, with probability 0.91.
    static func always(_ digit: Int) -> [UInt8] {
        constant((0..<10).map { $0 == digit ? 0.91 : 0.01 })
    }

    /// Gives the same values whatever the picture, without a softmax.
    static func constant(_ values: [Float], shape: [ONNXDimension] = ["N", 28, 28, 1]) -> [UInt8] {
        var builder = GraphBuilder(name: "constant")
        let pixels = builder.input("pixels", shape: shape)
        let flat = builder.add("Flatten", [pixels], ["axis": 1])
        let known = shape.dropFirst().compactMap(\.length).reduce(1, *)
        let weights = builder.constant(Tensor(zeros: [known, values.count]))
        let sums = builder.add("MatMul", [flat, weights])
        let biased = builder.add("Add", [sums, builder.constant(Tensor(shape: [values.count], values: values))])
        builder.output("scores", from: biased, shape: ["N", .fixed(values.count)])
        return builder.model().encoded()
    }

    /// Divides by zero, so that every score is no number.
    static let notNumbers: [UInt8] = {
        var builder = GraphBuilder(name: "nan")
        let pixels = builder.input("pixels", shape: ["N", 784])
        let zeros = builder.add("MatMul", [pixels, builder.constant(Tensor(zeros: [784, 10]))])
        let scores = builder.add("Div", [zeros, builder.constant(Tensor(zeros: [10]))])
        builder.output("scores", from: scores, shape: ["N", 10])
        return builder.model().encoded()
    }()

    /// Two inputs, of which a picture can only fill one.
    static let twoInputs: [UInt8] = {
        var builder = GraphBuilder(name: "two")
        let (first, second) = (builder.input("a", shape: ["N", 10]), builder.input("b", shape: ["N", 10]))
        builder.output("sum", from: builder.add("Add", [first, second]), shape: ["N", 10])
        return builder.model().encoded()
    }()

    private static func dense(weights: [Float], bias: [Float]) -> [UInt8] {
        var builder = GraphBuilder(name: "dense")
        let pixels = builder.input("pixels", shape: ["N", 28, 28, 1])
        let flat = builder.add("Flatten", [pixels], ["axis": 1])
        let sums = builder.add("MatMul", [flat, builder.constant(Tensor(shape: [784, 10], values: weights))])
        let biased = builder.add("Add", [sums, builder.constant(Tensor(shape: [10], values: bias))])
        let probabilities = builder.add("Softmax", [biased], ["axis": 1])
        builder.output("probabilities", from: probabilities, shape: ["N", 10])
        return builder.model().encoded()
    }
}
