extension HDF5File {
    /// The most elements of an attribute that are read.
    private static let maximumElements = 1 << 20

    /// The text of an attribute of the object at a path (the root for an empty one); nil where there is none.
    func text(_ attribute: String, of path: String = "") throws(ModelFileError) -> String? {
        guard let texts = try texts(attribute, of: path) else { return nil }
        guard texts.count == 1, let text = texts.first else {
            throw ModelFileError(.damaged, "attribute '\(attribute)' of the HDF5 file is a list, not a text")
        }
        return text
    }

    /// The texts of a list attribute; nil where there is none.
    ///
    /// Keras splits lists beyond 64 KiB into attributes numbered from 0, which are joined here.
    func textList(_ attribute: String, of path: String) throws(ModelFileError) -> [String]? {
        if let whole = try texts(attribute, of: path) { return whole }
        var joined: [String]?
        var number = 0
        while let part = try texts("\(attribute)\(number)", of: path) {
            joined = (joined ?? []) + part
            number += 1
        }
        return joined
    }

    private func texts(_ attribute: String, of path: String) throws(ModelFileError) -> [String]? {
        let object = try object(path)
        if let info = try object.message(.attributeInfo) { try checkCompact(info) }
        for message in object.messages where message.type == .attribute {
            var content = message.content
            guard let parts = try HDF5Attribute(&content, named: attribute) else { continue }
            return try texts(parts)
        }
        return nil
    }

    private func checkCompact(_ info: HDF5Cursor) throws(ModelFileError) {
        var info = info
        try info.skip(1)
        if try info.byte() & 1 != 0 { try info.skip(2) }
        guard try info.address().offset == nil else {
            throw ModelFileError(
                .unsupported, "the HDF5 file keeps attributes in the form of newer versions, which is not supported")
        }
    }

    private func texts(_ attribute: HDF5Attribute) throws(ModelFileError) -> [String] {
        // An empty list has the type of an empty array of numbers.
        if attribute.space.count == 0 { return [] }
        guard attribute.space.count <= Self.maximumElements else { throw Self.damaged("has an endless attribute") }
        var content = attribute.content
        var texts: [String] = []
        switch attribute.type {
        case .text(let width):
            for _ in 0..<attribute.space.count {
                var part = try content.part(width)
                texts.append(try part.text())
            }
        case .variableText:
            for _ in 0..<attribute.space.count { texts.append(try variableText(&content)) }
        case .float, .brainFloat, .other:
            throw ModelFileError(.damaged, "attribute '\(attribute.name)' of the HDF5 file is no text")
        }
        return texts
    }

    /// A text in a heap: its length, the address of the heap, and its number there.
    private func variableText(_ content: inout HDF5Cursor) throws(ModelFileError) -> String {
        let length = try content.small(4)
        let address = try content.address()
        let number = try content.small(4)
        if length == 0 { return "" }
        var heap = try HDF5Cursor(bytes, at: address)
        try heap.expect("GCOL")
        try heap.skip(4)
        let size = try heap.length()
        heap = try HDF5Cursor(bytes, at: address, count: size)
        try heap.skip(16)
        while heap.remaining >= 16 {
            let index = try heap.small(2)
            try heap.skip(6)
            let size = try heap.length()
            if index == 0 { break }
            if index == number {
                guard length <= size else { break }
                var text = try heap.part(length)
                return try text.text()
            }
            try heap.skip(min(heap.remaining, (size + 7) / 8 * 8))
        }
        throw Self.damaged("has a text that is nowhere")
    }
}

/// An attribute of an object.
struct HDF5Attribute {
    let name: String
    let type: HDF5Datatype
    let space: HDF5Dataspace
    /// The elements.
    let content: HDF5Cursor

    /// Reads an attribute message; nil where it is of another name.
    init?(_ message: inout HDF5Cursor, named wanted: String) throws(ModelFileError) {
        let version = try message.byte()
        guard (1...3).contains(version) else { throw HDF5File.damaged("has an attribute of unknown version") }
        let flags = try message.byte()
        let nameSize = try message.small(2)
        let typeSize = try message.small(2)
        let spaceSize = try message.small(2)
        if version == 3 { try message.skip(1) }
        // The first version pads each part to eight bytes.
        func part(_ size: Int) throws(ModelFileError) -> HDF5Cursor {
            let start = message.position
            let part = try message.part(size)
            if version == 1 { message.align(from: start) }
            return part
        }
        var nameBytes = try part(nameSize)
        name = try nameBytes.text()
        guard name == wanted else { return nil }
        guard version == 1 || flags & 3 == 0 else {
            throw ModelFileError(.unsupported, "the HDF5 file shares descriptions between objects, not supported")
        }
        type = try HDF5Datatype(try part(typeSize))
        space = try HDF5Dataspace(try part(spaceSize))
        content = message
    }
}
