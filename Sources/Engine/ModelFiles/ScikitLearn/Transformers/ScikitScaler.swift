/// Scalers that treat every column alone: `(x − center) ÷ scale`, or `x × scale + offset`.
struct ScikitScaler: ScikitTransformer {
    private let center: [Double]?
    private let divisor: [Double]?
    private let factor: [Double]?
    private let offset: [Double]?
    private let clip: (low: Double, high: Double)?
    private let columns: Int?
    let inputRange: ScikitRange?

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        var (center, divisor, factor, offset): ([Double]?, [Double]?, [Double]?, [Double]?)
        var clip: (low: Double, high: Double)?
        var range: ScikitRange?
        switch estimator.name {
        case "StandardScaler":
            let mean = try estimator.optionalArray("mean_", rank: 1)?.values
            center = estimator.flag("with_mean") ? mean : nil
            divisor = estimator.flag("with_std") ? try estimator.array("scale_", rank: 1).values : nil
            // No mean lies near the largest value, but the largest mean of a picture's pixels tells which it is.
            if let mean { range = ScikitRange(mean, source: "the means of StandardScaler", knowsLow: false) }
        case "MinMaxScaler":
            factor = try estimator.array("scale_", rank: 1).values
            offset = try estimator.array("min_", rank: 1).values
            let ends = try [estimator.array("data_min_", rank: 1), estimator.array("data_max_", rank: 1)]
            range = ScikitRange(ends.flatMap(\.values), source: "the values seen by MinMaxScaler")
            if estimator.flag("clip"), let bounds = try estimator.optionalArray("feature_range"),
                bounds.values.count == 2
            {
                clip = (bounds.values[0], bounds.values[1])
            }
        case "MaxAbsScaler":
            divisor = try estimator.array("scale_", rank: 1).values
            range = ScikitRange(
                try estimator.array("max_abs_", rank: 1).values, source: "the values seen by MaxAbsScaler",
                knowsLow: false)
            if estimator.flag("clip") { clip = (-1, 1) }
        default:
            center = estimator.flag("with_centering") ? try estimator.array("center_", rank: 1).values : nil
            divisor = estimator.flag("with_scaling") ? try estimator.array("scale_", rank: 1).values : nil
            if let center { range = ScikitRange(center, source: "the medians of RobustScaler", knowsLow: false) }
        }
        let lengths = Set([center, divisor, factor, offset].compactMap { $0?.count })
        guard lengths.count <= 1 else { throw estimator.damaged("its arrays have different lengths") }
        guard divisor?.allSatisfy({ $0 != 0 }) ?? true else { throw estimator.damaged("'scale_' holds zeros") }
        (self.center, self.divisor, self.factor, self.offset) = (center, divisor, factor, offset)
        self.clip = clip
        columns = lengths.first
        inputRange = range
    }

    var featureCount: Int? { columns }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        var value = x.name
        if let center { value = graph.centred(x, center) }
        if let divisor { value = graph.multiply(value, graph.row(divisor.map { 1 / $0 })) }
        if let factor { value = graph.multiply(value, graph.row(factor)) }
        if let offset { value = graph.add(value, graph.row(offset)) }
        if let clip { value = graph.clip(value, clip.low, clip.high) }
        return ScikitMatrix(name: value, columns: x.columns)
    }
}
