import ONNX
import Tensors

extension KerasGraph {
    // MARK: Kinds of elements

    /// The value as truth: whatever is not 0.
    mutating func truth(_ name: String) -> String {
        node("Cast", [name], ["to": .int(ONNXElementType.bool.rawValue)])
    }

    /// The value as floats.
    mutating func floats(_ name: String) -> String {
        node("Cast", [name], ["to": .int(ONNXElementType.float.rawValue)])
    }

    /// The value as 64-bit integers, rounded towards zero.
    mutating func wholeNumbers(_ name: String) -> String {
        node("Cast", [name], ["to": .int(ONNXElementType.int64.rawValue)])
    }

    // MARK: Shapes

    /// The length of an axis of the graph's value when it runs, as a list of one integer.
    mutating func dimension(_ axis: Int, of name: String) -> String {
        let shape = node("Shape", [name])
        return node("Slice", [shape, integers([axis]), integers([axis + 1]), integers([0])])
    }

    /// A list of integers: the known lengths of a shape, and those of a value where they are not known.
    ///
    /// - Parameter shape: for each axis its length, or the axis of the value to take it from.
    mutating func lengths(_ shape: [(length: Int?, axis: Int)], of name: String) -> String {
        let known = shape.compactMap(\.length)
        if known.count == shape.count { return integers(known) }
        let parts = shape.map { part in part.length.map { integers([$0]) } ?? dimension(part.axis, of: name) }
        return parts.count == 1 ? parts[0] : node("Concat", parts, ["axis": 0])
    }

    /// The value under another shape; 0 keeps the length of the axis of the same position, -1 takes the rest.
    mutating func reshaped(_ name: String, _ shape: [Int]) -> String {
        node("Reshape", [name, integers(shape)])
    }

    mutating func unsqueezed(_ name: String, _ axes: [Int]) -> String {
        axes.isEmpty ? name : node("Unsqueeze", [name, integers(axes)])
    }

    mutating func squeezed(_ name: String, _ axes: [Int]) -> String {
        axes.isEmpty ? name : node("Squeeze", [name, integers(axes)])
    }

    mutating func transposed(_ name: String, by order: [Int]) -> String {
        order == Array(order.indices) ? name : node("Transpose", [name], ["perm": .ints(order)])
    }

    /// The part of a value from one position to another along an axis; nil for up to the end.
    mutating func slice(_ name: String, axis: Int, from start: Int, to end: Int?) -> String {
        node("Slice", [name, integers([start]), integers([end ?? Int(Int32.max)]), integers([axis])])
    }

    /// The value with an axis in the opposite direction.
    mutating func reversed(_ name: String, axis: Int) -> String {
        node(
            "Slice", [name, integers([-1]), integers([-Int(Int32.max)]), integers([axis]), integers([-1])])
    }

    // MARK: Numbers

    mutating func sum(_ name: String, axes: [Int], keepsAxes: Bool) -> String {
        node("ReduceSum", [name, integers(axes)], ["keepdims": keepsAxes ? 1 : 0])
    }

    mutating func mean(_ name: String, axes: [Int], keepsAxes: Bool) -> String {
        node("ReduceMean", [name], ["axes": .ints(axes), "keepdims": keepsAxes ? 1 : 0])
    }

    mutating func square(_ name: String) -> String { node("Mul", [name, name]) }

    mutating func times(_ name: String, _ factor: Double) -> String { node("Mul", [name, scalar(factor)]) }

    mutating func plus(_ name: String, _ number: Double) -> String { node("Add", [name, scalar(number)]) }
}
