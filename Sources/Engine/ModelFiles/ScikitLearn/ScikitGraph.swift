import ONNX
import Tensors

/// The ONNX graph that is written for an estimator.
///
/// Everything runs in 32 bits; see `ScikitGraph+Precise` for what that would spoil.
struct ScikitGraph {
    private(set) var builder: GraphBuilder
    /// Name of the step that is being written; names of its values start with it.
    var scope = ""

    init(name: String) {
        builder = GraphBuilder(name: name)
    }

    // MARK: Inputs, outputs, constants

    mutating func input(_ name: String, columns: Int) -> ScikitMatrix {
        ScikitMatrix(name: builder.input(name, shape: ["N", .fixed(columns)]), columns: columns)
    }

    mutating func output(_ name: String, _ value: String, columns: Int) -> TensorSpec {
        TensorSpec(name: builder.output(name, from: value, shape: ["N", .fixed(columns)]), shape: [nil, columns])
    }

    /// Adds a constant; values beyond the range of 32 bits become the largest of it.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    mutating func constant(_ values: [Double], _ shape: [Int]) -> String {
        builder.constant(Tensor(shape: shape, values: values.map(Float.saturating)), name: "\(scope)/constant")
    }

    mutating func constant(_ array: ScikitArray) -> String { constant(array.values, array.shape) }

    /// Adds one row, to be combined with every row of a value.
    mutating func row(_ values: [Double]) -> String { constant(values, [1, values.count]) }

    mutating func scalar(_ value: Double) -> String { constant([value], []) }

    /// Adds whole numbers as indices take them.
    mutating func indices(_ values: [Int]) -> String { builder.constant(values, name: "\(scope)/indices") }

    /// Adds a table of whole numbers of one axis.
    mutating func table(_ values: [Int32]) -> String {
        builder.constant(table: values, shape: [values.count], name: "\(scope)/table")
    }

    // MARK: Operations

    mutating func node(_ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
        builder.add(operation, inputs, attributes, name: "\(scope)/\(operation)")
    }

    /// Adds an operation with several results.
    mutating func node(
        _ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], results: Int
    ) -> [String] {
        builder.add(operation, inputs, attributes, results: results, name: "\(scope)/\(operation)")
    }

    /// Writes the body of a `Loop`; the first result is whether it goes on.
    mutating func body(
        inputs: [ONNXValue], _ write: (inout ScikitGraph, [String]) -> [String]
    ) -> ONNXGraph {
        var own = self
        var body = builder.body("\(scope)/body", inputs: inputs) { builder, names in
            own.builder = builder
            let results = write(&own, names)
            builder = own.builder
            return results
        }
        body.outputs[0].elementType = .bool
        return body
    }

    mutating func add(_ left: String, _ right: String) -> String { node("Add", [left, right]) }
    mutating func subtract(_ left: String, _ right: String) -> String { node("Sub", [left, right]) }
    mutating func multiply(_ left: String, _ right: String) -> String { node("Mul", [left, right]) }
    mutating func divide(_ left: String, _ right: String) -> String { node("Div", [left, right]) }
    mutating func matrixProduct(_ left: String, _ right: String) -> String { node("MatMul", [left, right]) }

    mutating func reduce(_ operation: String, _ value: String, axis: Int, keepsAxis: Bool = true) -> String {
        let keep = ONNXAttribute.int(keepsAxis ? 1 : 0)
        // Operator set 17 takes the axes of sums as an input and those of other reductions as an attribute.
        guard operation == "ReduceSum" else {
            return node(operation, [value], ["axes": .ints([axis]), "keepdims": keep])
        }
        return node(operation, [value, indices([axis])], ["keepdims": keep])
    }

    mutating func sum(_ value: String, axis: Int, keepsAxis: Bool = true) -> String {
        reduce("ReduceSum", value, axis: axis, keepsAxis: keepsAxis)
    }

    mutating func softmax(_ value: String) -> String { node("Softmax", [value], ["axis": 1]) }

    mutating func concatenate(_ values: [String], axis: Int = 1) -> String {
        values.count == 1 ? values[0] : node("Concat", values, ["axis": .int(axis)])
    }

    mutating func cast(_ value: String, to type: ONNXElementType) -> String {
        node("Cast", [value], ["to": .int(type.rawValue)])
    }

    mutating func reshape(_ value: String, _ shape: [Int]) -> String { node("Reshape", [value, indices(shape)]) }

    mutating func unsqueeze(_ value: String, axis: Int) -> String { node("Unsqueeze", [value, indices([axis])]) }

    /// Some of the columns, in the given order.
    mutating func columns(_ wanted: [Int], of value: String) -> String {
        node("Gather", [value, indices(wanted)], ["axis": 1])
    }

    mutating func clip(_ value: String, _ low: Double, _ high: Double) -> String {
        node("Clip", [value, scalar(low), scalar(high)])
    }

    // MARK: What many classifiers need

    /// The columns −d and d of one column.
    mutating func mirrored(_ value: String) -> String { concatenate([node("Neg", [value]), value]) }

    /// The columns 1 − p and p of the logistic function of one column.
    mutating func logisticPair(_ value: String) -> String { node("Sigmoid", [mirrored(value)]) }

    /// The columns 1 − p and p of one column.
    mutating func complementPair(_ value: String) -> String {
        concatenate([subtract(scalar(1), value), value])
    }

    /// Rows divided by their sum; rows of zeros become uniform.
    mutating func normalized(_ value: String, columns: Int) -> String {
        let sum = sum(value, axis: 1)
        let isZero = cast(node("Equal", [sum, scalar(0)]), to: .float)
        let filled = add(value, multiply(isZero, scalar(1 / Double(columns))))
        return divide(filled, add(sum, isZero))
    }

    /// 1 in the column of the first largest value, 0 elsewhere.
    mutating func firstLargest(_ value: String, columns: Int) -> String {
        let isLargest = node("Equal", [value, reduce("ReduceMax", value, axis: 1)])
        let numbers = row((0..<columns).map(Double.init))
        let first = reduce("ReduceMin", node("Where", [isLargest, numbers, scalar(Double(columns))]), axis: 1)
        return cast(node("Equal", [numbers, first]), to: .float)
    }

    /// The same row for every input of the batch.
    mutating func repeated(_ values: [Double], like x: ScikitMatrix) -> String {
        let zero = multiply(columns([0], of: x.name), scalar(0))
        return add(row(values), zero)
    }
}

extension Float {
    // Functions rather than initializers, so that `Float.init` stays unambiguous.

    /// The nearest value; what is too large becomes the largest.
    static func saturating(_ value: Double) -> Float {
        let nearest = Float(value)
        guard nearest.isInfinite, value.isFinite else { return nearest }
        return value > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
    }

    /// The largest number that is not above another: for every 32-bit number x, `x <= t` and `x <= below(t)` say the
    /// same.
    static func below(_ value: Double) -> Float {
        let nearest = Float(value)
        return Double(nearest) > value ? nearest.nextDown : nearest
    }
}
