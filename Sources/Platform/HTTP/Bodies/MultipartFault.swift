/// Faults of multipart bodies that some backends have words of their own for.
enum MultipartFault {
    static let noBoundary = "the content type states no boundary"
    static let noName = "a part has no name"
}
