import Tensors

extension Tensor {
    /// The tensor with its axes in another order: axis `i` of the result is axis `order[i]` of this one.
    ///
    /// - Precondition: `order` holds every axis once.
    /// - Complexity: O(elements), with one allocation.
    func permuted(_ order: [Int]) -> Tensor {
        precondition(order.sorted() == Array(shape.indices), "an order of axes names each one once")
        let newShape = order.map { shape[$0] }
        let plan = AxisPlan(shape, order)
        guard !values.isEmpty, plan.axes.count > 1 else { return Tensor(shape: newShape, values: values) }
        let result = [Float](unsafeUninitializedCapacity: values.count) { target, count in
            count = values.count
            values.withUnsafeBufferPointer { plan.move($0, to: target) }
        }
        return Tensor(shape: newShape, values: result)
    }
}

/// How elements move when axes change their order.
///
/// Axes of length 1 are left out, and axes that stay neighbours count as one: the kernel of a convolution has three,
/// that of a convolution of one pixel two. Elements are moved in strips along the innermost axis of the source, so
/// that every line of memory that is fetched is used whole.
private struct AxisPlan {
    /// An axis of the result: its length, and how far apart its elements lie in the source and in the result.
    struct Axis {
        var length: Int
        var from: Int
        var to: Int
    }

    /// In the order of the result; empty where nothing moves.
    private(set) var axes: [Axis] = []

    /// Floats of a line of memory.
    private static let strip = 16

    init(_ shape: [Int], _ order: [Int]) {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        for axis in order where shape[axis] != 1 {
            if let last = axes.last, last.from == strides[axis] * shape[axis] {
                axes[axes.count - 1].length *= shape[axis]
                axes[axes.count - 1].from = strides[axis]
            } else {
                axes.append(Axis(length: shape[axis], from: strides[axis], to: 0))
            }
        }
        var step = 1
        for index in axes.indices.reversed() {
            axes[index].to = step
            step *= axes[index].length
        }
    }

    /// Moves all elements; both buffers hold as many as the lengths of the axes give.
    func move(_ source: UnsafeBufferPointer<Float>, to target: UnsafeMutableBufferPointer<Float>) {
        guard let source = source.baseAddress, let target = target.baseAddress,
            let inner = axes.firstIndex(where: { $0.from == 1 })
        else { return }
        var others = axes
        let along = others.remove(at: inner)
        for start in stride(from: 0, to: along.length, by: Self.strip) {
            let length = min(Self.strip, along.length - start)
            var position = [Int](repeating: 0, count: others.count)
            var from = start
            var to = start * along.to
            repeat {
                let reading = source + from
                var writing = target + to
                for element in 0..<length {
                    writing.pointee = reading[element]
                    writing += along.to
                }
            } while Self.advance(&position, &from, &to, others)
        }
    }

    /// Goes to the next position, the last axis first; false behind the last position.
    private static func advance(_ position: inout [Int], _ from: inout Int, _ to: inout Int, _ axes: [Axis]) -> Bool {
        var axis = axes.count - 1
        while axis >= 0 {
            position[axis] += 1
            from += axes[axis].from
            to += axes[axis].to
            if position[axis] < axes[axis].length { return true }
            from -= axes[axis].from * axes[axis].length
            to -= axes[axis].to * axes[axis].length
            position[axis] = 0
            axis -= 1
        }
        return false
    }
}
