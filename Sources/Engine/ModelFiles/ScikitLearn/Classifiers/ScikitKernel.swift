import ONNX

/// The kernel of a support vector machine.
enum ScikitKernel: Equatable {
    case linear
    case radial(gamma: Double)
    case polynomial(gamma: Double, offset: Double, degree: Int)
    case sigmoid(gamma: Double, offset: Double)

    /// Differences and products above these numbers are summed plainly: the sums of large machines, which are many, would
    /// cost more than the rest.
    private static let maximumPreciseDifferences = 1 << 15
    private static let maximumPreciseProducts = 1 << 16

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        switch estimator.text("kernel") {
        case "linear": self = .linear
        case "rbf": self = .radial(gamma: try estimator.number("_gamma"))
        case "poly":
            let degree = try estimator.integer("degree")
            guard (0...64).contains(degree) else { throw estimator.unsupported("has a kernel of degree \(degree)") }
            self = .polynomial(
                gamma: try estimator.number("_gamma"), offset: try estimator.number("coef0"), degree: degree)
        case "sigmoid":
            self = .sigmoid(gamma: try estimator.number("_gamma"), offset: try estimator.number("coef0"))
        case let other:
            throw estimator.unsupported(
                "has the kernel '\(other ?? "a function")', which is not supported; supported are linear, rbf, poly and "
                    + "sigmoid")
        }
    }

    /// Writes the sums of kernel values times coefficients.
    ///
    /// - Parameters:
    ///   - vectors: one row for each vector.
    ///   - coefficients: shape `[vectors, results]`.
    func products(
        _ x: ScikitMatrix, vectors: ScikitArray, coefficients: ScikitArray, _ graph: inout ScikitGraph
    ) -> String {
        let values: String
        switch self {
        case .linear:
            return graph.matrixProduct(x.name, graph.constant(collapsed(vectors, coefficients)))
        case .radial(let gamma) where vectors.values.count <= Self.maximumPreciseDifferences:
            let shape = [1, vectors.rows, vectors.columns]
            let differences = graph.preciseDifference(graph.unsqueeze(x.name, axis: 1), vectors.values, shape)
            let distances = graph.preciseSum(graph.square(differences), length: vectors.columns)
            let exponent = graph.product(graph.renormalized(distances), graph.pair([-gamma], [1, 1]))
            let rough = graph.node("Exp", [exponent.high])
            values = graph.add(rough, graph.multiply(rough, exponent.low))
        case .radial(let gamma):
            let distances = squaredDistances(x, vectors, &graph)
            values = graph.node("Exp", [graph.multiply(distances, graph.scalar(-gamma))])
        case .polynomial(let gamma, let offset, let degree):
            let base = affine(x, vectors, gamma, offset, &graph)
            values = power(base, degree, &graph)
        case .sigmoid(let gamma, let offset):
            values = graph.node("Tanh", [affine(x, vectors, gamma, offset, &graph)])
        }
        guard coefficients.values.count > Self.maximumPreciseProducts else {
            let kernels = ScikitMatrix(name: values, columns: vectors.rows)
            let zeros = [Double](repeating: 0, count: coefficients.columns)
            return graph.sum(graph.precise(kernels, times: coefficients, plus: zeros))
        }
        return graph.matrixProduct(values, graph.constant(coefficients))
    }

    /// The weights of all columns, shape `[columns, results]`.
    private func collapsed(_ vectors: ScikitArray, _ coefficients: ScikitArray) -> ScikitArray {
        let results = coefficients.columns
        var values = [Double](repeating: 0, count: vectors.columns * results)
        for vector in 0..<vectors.rows {
            for result in 0..<results {
                let factor = coefficients[vector, result]
                if factor == 0 { continue }
                for column in 0..<vectors.columns {
                    values[column * results + result] += factor * vectors[vector, column]
                }
            }
        }
        return ScikitArray(shape: [vectors.columns, results], values: values)
    }

    private func affine(
        _ x: ScikitMatrix, _ vectors: ScikitArray, _ gamma: Double, _ offset: Double, _ graph: inout ScikitGraph
    ) -> String {
        let products = graph.matrixProduct(x.name, graph.constant(vectors.transposed))
        return graph.add(graph.multiply(products, graph.scalar(gamma)), graph.scalar(offset))
    }

    /// By multiplication, since the engine's powers are not made for negative numbers.
    private func power(_ base: String, _ degree: Int, _ graph: inout ScikitGraph) -> String {
        var (square, rest) = (base, degree)
        var result: String?
        while rest > 0 {
            if !rest.isMultiple(of: 2) { result = result.map { graph.multiply($0, square) } ?? square }
            rest /= 2
            if rest > 0 { square = graph.multiply(square, square) }
        }
        return result ?? graph.add(graph.multiply(base, graph.scalar(0)), graph.scalar(1))
    }

    /// |x|² + |y|² − 2 x·y with the middle of the vectors at zero, which keeps the sums small.
    private func squaredDistances(_ x: ScikitMatrix, _ vectors: ScikitArray, _ graph: inout ScikitGraph) -> String {
        let columns = vectors.columns
        var center = [Double](repeating: 0, count: columns)
        for row in 0..<vectors.rows {
            for (column, value) in vectors.row(row).enumerated() { center[column] += value / Double(vectors.rows) }
        }
        // Coarse steps leave whole numbers whole, whose products are exact.
        let largest = vectors.values.reduce(0) { max($0, abs($1)) }
        let step =
            largest > 0 && largest.isFinite ? Double(sign: .plus, exponent: largest.exponent - 6, significand: 1) : 1
        center = center.map { ($0 / step).rounded() * step }
        let moved = ScikitArray(
            shape: vectors.shape, values: vectors.values.enumerated().map { $1 - center[$0 % columns] })
        let squares = (0..<vectors.rows).map { moved.row($0).reduce(0) { $0 + $1 * $1 } }
        let input = graph.centred(x, center)
        let own = graph.sum(graph.multiply(input, input), axis: 1)
        let products = graph.matrixProduct(input, graph.constant(moved.transposed.map { -2 * $0 }))
        let sum = graph.add(graph.add(products, graph.row(squares)), own)
        return graph.node("Max", [sum, graph.scalar(0)])
    }
}
