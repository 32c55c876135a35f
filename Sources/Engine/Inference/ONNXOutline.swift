/// An ONNX file without its large weights, which it says lie in another file: the one it was made from.
///
/// The library copies every weight that lies inside a file it reads, several times on the way, but maps those of another
/// file into memory and computes with them in place. The other file is always the model itself, at places found in it,
/// and only whoever makes the outline names it: models that name files are refused by `ONNXGuard` before.
struct ONNXOutline {
    /// The file.
    let bytes: [UInt8]

    /// Constants of fewer bytes stay inside.
    private static let leastConstant = 4096
    /// Models with fewer bytes in such constants are not worth a second file.
    private static let leastWeights = 1 << 20
    /// The weights must lie at multiples of this, in bytes, as code that computes with floats expects.
    private static let alignment = 4

    /// Makes the outline of a complete model that `ONNXGuard` has passed.
    ///
    /// - Parameters:
    ///   - model: the bytes of the file.
    ///   - name: the file's name, by which it is going to be found in the outline's folder.
    /// - Returns: nil where most of the weights cannot be used in place, or are few.
    init?(of model: UnsafeRawBufferPointer, named name: String) {
        var outline = Writer(model: model, name: name)
        guard let bytes = try? outline.write(), outline.outlined >= Self.leastWeights,
            outline.outlined / 4 * 5 >= model.count
        else { return nil }
        self.bytes = bytes
    }

    private struct Writer {
        let model: UnsafeRawBufferPointer
        let name: String
        /// Bytes of weights left out.
        private(set) var outlined = 0

        init(model: UnsafeRawBufferPointer, name: String) {
            self.model = model
            self.name = name
        }

        mutating func write() throws(InferenceError) -> [UInt8] {
            let fields = try fields(0..<model.count)
            // Several graphs would count as one, piled up.
            guard fields.count(where: { $0.number == 7 }) == 1 else { throw ProtobufField.malformed }
            var output: [UInt8] = []
            for field in fields {
                if field.number == 7, field.isBytes {
                    output.appendMessage(7, try graph(field.content))
                } else {
                    output += model[field.range]
                }
            }
            return output
        }

        private mutating func graph(_ range: Range<Int>) throws(InferenceError) -> [UInt8] {
            var output: [UInt8] = []
            var position = range.lowerBound
            while position < range.upperBound {
                let field = try model.protobufField(at: &position, before: range.upperBound)
                if field.number == 5, field.isBytes, let tensor = try outline(field.content) {
                    output.appendMessage(5, tensor)
                } else {
                    output += model[field.range]
                }
            }
            return output
        }

        /// A constant whose elements are said to lie in the model's file; nil for one that stays as it is.
        private mutating func outline(_ range: Range<Int>) throws(InferenceError) -> [UInt8]? {
            guard range.count >= ONNXOutline.leastConstant else { return nil }
            let fields = try fields(range)
            // Shape, type, name, elements and remark, and nothing else that could say what the elements are.
            guard fields.allSatisfy({ [1, 2, 8, 9, 12].contains($0.number) }),
                fields.count(where: { $0.number == 2 && $0.value == 1 }) == 1,
                fields.count(where: { $0.number == 2 }) == 1,
                let elements = fields.first(where: { $0.number == 9 }), elements.isBytes,
                fields.count(where: { $0.number == 9 }) == 1,
                elements.content.lowerBound % ONNXOutline.alignment == 0,
                elements.content.count >= ONNXOutline.leastConstant,
                try byteCount(fields.filter { $0.number == 1 }) == elements.content.count
            else { return nil }
            outlined += elements.content.count
            var output: [UInt8] = []
            for field in fields where [1, 2, 8].contains(field.number) { output += model[field.range] }
            let place = [
                ("location", name), ("offset", "\(elements.content.lowerBound)"),
                ("length", "\(elements.content.count)"),
            ]
            for (key, value) in place {
                var entry: [UInt8] = []
                entry.appendMessage(1, Array(key.utf8))
                entry.appendMessage(2, Array(value.utf8))
                output.appendMessage(13, entry)
            }
            // Field 14: the elements are elsewhere.
            output += [14 << 3, 1]
            return output
        }

        /// Bytes of the floats of a shape; nil where they are too many to count.
        private func byteCount(_ lengths: [ProtobufField]) throws(InferenceError) -> Int? {
            var count = 4
            func take(_ length: UInt64) -> Bool {
                guard let length = Int(exactly: length) else { return false }
                let (product, overflow) = count.multipliedReportingOverflow(by: length)
                count = product
                return !overflow
            }
            for field in lengths {
                if !field.isBytes {
                    guard take(field.value) else { return nil }
                    continue
                }
                var position = field.content.lowerBound
                while position < field.content.upperBound {
                    guard take(try model.varint(at: &position, before: field.content.upperBound)) else { return nil }
                }
            }
            return count
        }

        private func fields(_ range: Range<Int>) throws(InferenceError) -> [ProtobufField] {
            var fields: [ProtobufField] = []
            var position = range.lowerBound
            while position < range.upperBound {
                fields.append(try model.protobufField(at: &position, before: range.upperBound))
            }
            return fields
        }
    }
}

extension [UInt8] {
    /// Writes a field of bytes, of a number below 16.
    fileprivate mutating func appendMessage(_ field: UInt8, _ content: [UInt8]) {
        append(field << 3 | 2)
        var rest = content.count
        while rest >= 0x80 {
            append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
        self += content
    }
}
