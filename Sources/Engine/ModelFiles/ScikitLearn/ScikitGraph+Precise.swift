import ONNX

/// A value as the sum of two 32-bit numbers, which together hold about 48 bits.
struct ScikitPair {
    var high: String
    var low: String
}

/// Arithmetic with about twice the precision of the engine, for differences of large sums.
///
/// scikit-learn computes in 64 bits and the engine in 32. Sources: T. J. Dekker, "A floating-point technique for
/// extending the available precision" (1971); T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product" (2005).
extension ScikitGraph {
    /// A constant in two parts.
    mutating func pair(_ values: [Double], _ shape: [Int]) -> ScikitPair {
        let high = values.map(Float.saturating)
        return ScikitPair(
            high: constant(high.map(Double.init), shape),
            low: constant(zip(values, high).map { $0 - Double($1) }, shape))
    }

    /// The sum of two values and its rounding error.
    mutating func preciseSum(_ left: String, _ right: String) -> ScikitPair {
        let sum = add(left, right)
        let part = subtract(sum, left)
        let error = add(subtract(left, subtract(sum, part)), subtract(right, part))
        return ScikitPair(high: sum, low: error)
    }

    /// The difference between 32-bit values and a constant of 64 bits.
    mutating func preciseDifference(_ value: String, _ constant: [Double], _ shape: [Int]) -> ScikitPair {
        let negative = pair(constant.map { -$0 }, shape)
        var result = preciseSum(value, negative.high)
        result.low = add(result.low, negative.low)
        return result
    }

    /// A value in two parts of 12 bits.
    private mutating func split(_ value: String) -> ScikitPair {
        let scaled = multiply(value, scalar(4097))
        let high = subtract(scaled, subtract(scaled, value))
        return ScikitPair(high: high, low: subtract(value, high))
    }

    /// The product of two values and its rounding error.
    mutating func preciseProduct(_ left: String, _ right: String) -> ScikitPair {
        let product = multiply(left, right)
        let (a, b) = (split(left), split(right))
        var error = subtract(multiply(a.high, b.high), product)
        error = add(error, multiply(a.high, b.low))
        error = add(error, multiply(a.low, b.high))
        error = add(error, multiply(a.low, b.low))
        return ScikitPair(high: product, low: error)
    }

    /// The product of two pairs.
    mutating func product(_ left: ScikitPair, _ right: ScikitPair) -> ScikitPair {
        var result = preciseProduct(left.high, right.high)
        let cross = add(multiply(left.high, right.low), multiply(left.low, right.high))
        result.low = add(result.low, cross)
        return result
    }

    /// The square of a pair.
    mutating func square(_ value: ScikitPair) -> ScikitPair {
        var result = preciseProduct(value.high, value.high)
        result.low = add(result.low, multiply(multiply(value.high, value.low), scalar(2)))
        return result
    }

    /// The sum over the last of three axes, as if computed with twice the precision.
    ///
    /// - Parameter length: length of that axis.
    mutating func preciseSum(_ value: ScikitPair, length: Int) -> ScikitPair {
        var errors = sum(value.low, axis: 2, keepsAxis: false)
        var high = value.high
        var length = length
        while length > 1 {
            if !length.isMultiple(of: 2) {
                // Pads one zero behind.
                high = node("Pad", [high, indices([0, 0, 0, 0, 0, 1]), scalar(0)])
                length += 1
            }
            length /= 2
            let halves = node("Split", [high, indices([length, length])], ["axis": 2], results: 2)
            let pair = preciseSum(halves[0], halves[1])
            high = pair.high
            errors = add(errors, sum(pair.low, axis: 2, keepsAxis: false))
        }
        return ScikitPair(high: node("Squeeze", [high, indices([2])]), low: errors)
    }

    /// A pair whose second part is smaller than the last bit of the first.
    mutating func renormalized(_ value: ScikitPair) -> ScikitPair { preciseSum(value.high, value.low) }

    /// Products of the rows of a value with the columns of a constant, plus a constant row.
    ///
    /// - Parameter weights: shape `[x.columns, outputs]`.
    mutating func precise(_ x: ScikitMatrix, times weights: ScikitArray, plus bias: [Double]) -> ScikitPair {
        let constants = pair(weights.transposed.values, [1, weights.columns, weights.rows])
        let values = unsqueeze(x.name, axis: 1)
        var products = preciseProduct(values, constants.high)
        products.low = add(products.low, multiply(values, constants.low))
        return add(preciseSum(products, length: x.columns), bias)
    }

    /// Adds a constant row to a pair.
    mutating func add(_ value: ScikitPair, _ bias: [Double]) -> ScikitPair {
        let bias = pair(bias, [1, bias.count])
        let sum = preciseSum(value.high, bias.high)
        return ScikitPair(high: sum.high, low: add(add(value.low, sum.low), bias.low))
    }

    /// A pair rounded to 32 bits.
    mutating func sum(_ value: ScikitPair) -> String { add(value.high, value.low) }

    /// The rows of a pair less their largest value, so that what is common to all columns does not round the rest.
    mutating func relativeToLargest(_ value: ScikitPair) -> String {
        let value = renormalized(value)
        let largest = reduce("ReduceMax", value.high, axis: 1)
        return add(subtract(value.high, largest), value.low)
    }

    /// Values less a constant row, where the difference may be much smaller than both.
    mutating func centred(_ x: ScikitMatrix, _ mean: [Double]) -> String {
        let difference = preciseDifference(x.name, mean, [1, mean.count])
        return add(difference.high, difference.low)
    }
}
