import Tensors

extension Tensor {
    /// The tensor with its axes in another order: axis `i` of the result is axis `order[i]` of this one.
    ///
    /// - Precondition: `order` holds every axis once.
    func permuted(_ order: [Int]) -> Tensor {
        precondition(order.sorted() == Array(shape.indices), "an order of axes names each one once")
        guard let innerAxis = order.last, order != Array(shape.indices) else { return self }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let newShape = order.map { shape[$0] }
        let steps = order.map { strides[$0] }
        let innerLength = shape[innerAxis]
        let innerStep = strides[innerAxis]
        let outer = newShape.count - 1
        let result = [Float](unsafeUninitializedCapacity: values.count) { target, count in
            count = values.count
            guard count > 0 else { return }
            values.withUnsafeBufferPointer { source in
                var position = [Int](repeating: 0, count: outer)
                var start = 0
                for row in stride(from: 0, to: count, by: innerLength) {
                    var from = start
                    for column in 0..<innerLength {
                        target[row + column] = source[from]
                        from += innerStep
                    }
                    var axis = outer - 1
                    while axis >= 0 {
                        position[axis] += 1
                        start += steps[axis]
                        if position[axis] < newShape[axis] { break }
                        start -= steps[axis] * newShape[axis]
                        position[axis] = 0
                        axis -= 1
                    }
                }
            }
        }
        return Tensor(shape: newShape, values: result)
    }
}
