public import JSON

extension ModelDescription {
    public init(json: JSONValue) throws(ModelFileError) { self.init(); throw ModelFileError(.damaged, "x") }
}
