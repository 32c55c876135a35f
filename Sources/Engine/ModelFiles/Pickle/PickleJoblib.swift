/// Arrays as joblib writes them: their bytes lie in the file between two instructions.
extension PickleInterpreter {
    /// Pickles inside each other that are read.
    private static let maximumNesting = 4

    /// The array that a wrapper stands for, read from where the instructions have got to; nil for other objects.
    ///
    /// - Source: `NumpyArrayWrapper` in `joblib/numpy_pickle.py`.
    mutating func joblibArray(_ object: PickleObject) throws(ModelFileError) -> PickleItem? {
        guard object.type.name == "NumpyArrayWrapper", object.type.module.hasSuffix("joblib.numpy_pickle") else {
            return nil
        }
        guard case .elementType(let type)? = object["dtype"], let shapeValue = object["shape"],
            let order = object["order"]?.text
        else { throw PickleReader.damaged("an array of joblib does not tell its shape and type") }
        if type.kind == .object { return try nestedArray() }
        let shape = try Self.shape(shapeValue)
        let count = try Self.elementCount(shape, of: type)
        // Since joblib 1.2, a byte tells how many follow it before the data.
        if let alignment = object["numpy_array_alignment_bytes"], alignment.wholeNumber != nil {
            try cursor.skip(Int(try cursor.byte()))
        }
        let size = count * type.size
        guard size <= cursor.remaining else {
            throw PickleReader.damaged("an array of joblib claims \(size) bytes, more than the file holds")
        }
        try memory.take(32 + size)
        let bytes = try cursor.bytes(size)
        return PickleItem(
            .array(NumPyArray(shape: shape, type: type, isColumnMajor: order == "F", bytes: bytes)))
    }

    /// An array of objects, which is a pickle of its own.
    private mutating func nestedArray() throws(ModelFileError) -> PickleItem {
        guard nesting < Self.maximumNesting else {
            throw ModelFileError(.refused, "the pickle holds pickles inside each other, which is refused")
        }
        var inner = PickleInterpreter(cursor, memory: memory, nesting: nesting + 1)
        let item = try inner.run()
        cursor = inner.cursor
        guard case .array = item.value else {
            throw PickleReader.damaged("joblib wrote something else in the place of an array of objects")
        }
        return item
    }
}
