/// A place in the plane: x to the right, y down.
typealias Point = SIMD2<Float>

extension Point {
    /// Distance to another place.
    func distance(to other: Point) -> Float {
        let difference = self - other
        return (difference * difference).sum().squareRoot()
    }
}
