/// All products of the columns up to a degree.
struct ScikitPolynomialFeatures: ScikitTransformer {
    private let columns: Int
    /// The columns that are multiplied, for each result of a degree from 1 on.
    private let products: [[[Int]]]
    private let hasBias: Bool

    private static let maximumResults = 200_000

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        columns = try estimator.integer("n_features_in_", "n_input_features_")
        var degrees = (0, 2)
        if let degree = try? estimator.integer("degree") {
            degrees = (0, degree)
        } else {
            let ends = try estimator.array("degree", rank: 1).values.compactMap { Int(exactly: $0) }
            degrees = ends.count == 2 ? (ends[0], ends[1]) : (-1, -1)
        }
        guard (0...16).contains(degrees.0), (degrees.0...16).contains(degrees.1),
            (1...Self.maximumResults).contains(columns)
        else { throw estimator.damaged("'degree' makes no sense") }
        hasBias = estimator.flag("include_bias")
        let isInteraction = estimator.flag("interaction_only")
        var products: [[[Int]]] = []
        var previous: [[Int]] = [[]]
        var count = 0
        for degree in stride(from: 1, through: degrees.1, by: 1) {
            var next: [[Int]] = []
            for product in previous {
                let first = product.last.map { $0 + (isInteraction ? 1 : 0) } ?? 0
                for column in first..<max(columns, first) {
                    next.append(product + [column])
                    count += 1
                    guard count <= Self.maximumResults else {
                        throw ModelFileError(
                            .tooLarge, "PolynomialFeatures makes more than \(Self.maximumResults) products")
                    }
                }
            }
            previous = next
            if degree >= max(degrees.0, 1), !next.isEmpty { products.append(next) }
        }
        self.products = products
        guard hasBias || !products.isEmpty else { throw estimator.damaged("it makes no columns") }
    }

    var featureCount: Int? { columns }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        var parts = hasBias ? [graph.repeated([1], like: x)] : []
        var count = parts.count
        for products in products {
            var value: String?
            for factor in 0..<products[0].count {
                let part = graph.columns(products.map { $0[factor] }, of: x.name)
                value = value.map { graph.multiply($0, part) } ?? part
            }
            if let value { parts.append(value) }
            count += products.count
        }
        return ScikitMatrix(name: graph.concatenate(parts), columns: count)
    }
}
