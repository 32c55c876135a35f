/// What the shape of an input tells about the pictures it takes.
enum PictureShape {
    /// Grey or colour; nil for what takes no pictures.
    ///
    /// - Parameter shape: with the batch first; channels first or last, or a picture without channels.
    static func channels(of shape: [Int?]) -> InputConvention.Channels? {
        switch shape.count {
        case 4:
            // Last before first: a picture of three rows is rarer than one of three channels.
            for case let length? in [shape[3], shape[1]] {
                if length == 3 { return .rgb }
                if length == 1 { return .gray }
            }
            return nil
        case 3:
            // Rows and columns; sequences have one long axis.
            guard let height = shape[1], let width = shape[2] else { return nil }
            return height == width ? .gray : nil
        case 2: return shape[1] == 784 ? .gray : nil
        default: return nil
        }
    }
}
