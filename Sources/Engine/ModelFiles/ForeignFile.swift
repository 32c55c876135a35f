/// Files of other programs that people take for model files, or that are models in formats that are not read.
enum ForeignFile {
    /// What to do with a model that TensorFlow saved as a folder.
    static let savedModelAdvice =
        "save the model as .keras or .h5, or convert its folder by "
        + "`python -m tf2onnx.convert --saved-model FOLDER --output model.onnx`"

    /// What a file is, and what to do about it, by its first bytes.
    ///
    /// - Returns: nil for files that are none of these.
    static func description(_ file: FileBytes) -> String? {
        let start = file.prefix(4096)
        return binary(start) ?? text(start)
    }

    /// Whether a file starts as ONNX does but is something else.
    static func isLikeONNX(_ file: FileBytes) -> Bool { message(file.prefix(8)) != nil }

    // MARK: By bytes

    private static func binary(_ start: [UInt8]) -> String? {
        func begins(_ text: String, at place: Int = 0) -> Bool { start.dropFirst(place).starts(with: text.utf8) }
        switch start.first {
        case 0x50 where start.starts(with: [0x50, 0x4B, 0x03, 0x04]):
            return "an archive of something else; unpack it and give the model file in it"
        case 0x93 where begins("NUMPY", at: 1): return "a NumPy array; an array alone is no model"
        case 0x47 where begins("GGUF"): return "a language model in GGUF"
        case 0x7B where begins("{L"): return "a model of XGBoost, which is not read"
        case 0x0A where isGraph(start):
            return "a frozen graph of TensorFlow; convert it by "
                + "`python -m tf2onnx.convert --graphdef FILE --inputs … --outputs … --output model.onnx`"
        case 0x08: return message(start)
        default: return nil
        }
    }

    /// Protocol buffers that start with a version, as ONNX does.
    private static func message(_ start: [UInt8]) -> String? {
        guard start.count > 6, start[2] == 0x12 else { return nil }
        // The version of a SavedModel is 1; ONNX with a version that low is older than all that is read.
        if start[1] == 1 { return "a SavedModel of TensorFlow; \(savedModelAdvice)" }
        // Where ONNX has the name of a program, Core ML has a message.
        let content = start[3] < 0x80 ? 4 : start[4] < 0x80 ? 5 : 6
        guard start[content] == 0x0A else { return nil }
        return "a model of Core ML, which is not read; give the model that it was made from"
    }

    /// Whether nodes with names and operations come first, as in a `GraphDef`.
    private static func isGraph(_ start: [UInt8]) -> Bool {
        guard start.count > 8 else { return false }
        let content = start[1] < 0x80 ? 2 : start[2] < 0x80 ? 3 : 4
        guard start[content] == 0x0A else { return false }
        let text = String(decoding: start, as: UTF8.self)
        return text.contains("Placeholder") || text.contains("Const")
    }

    // MARK: By text

    private static let beginnings = [
        (
            "version https://git-lfs",
            "a pointer of Git LFS instead of the file; fetch the file itself by `git lfs pull`"
        ),
        ("tree\nversion=", "a model of LightGBM, which is not read"),
        ("model_checkpoint_path:", "the list of checkpoints of TensorFlow; save the model as .keras or .h5"),
        ("[net]", "a description of a network for Darknet, which is not read"),
        ("import ", "a program in Python; give the file that it saves"),
        ("from ", "a program in Python; give the file that it saves"),
    ]

    private static func text(_ start: [UInt8]) -> String? {
        if let known = beginnings.first(where: { start.starts(with: $0.0.utf8) }) { return known.1 }
        switch start.first {
        case 0x7B: return json(String(decoding: start, as: UTF8.self))
        case 0x3C:
            return String(decoding: start, as: UTF8.self).contains("<PMML")
                ? "a model in PMML, which is not read" : "an HTML or XML page; the download may have failed"
        default: return nil
        }
    }

    private static func json(_ text: String) -> String {
        if text.contains("\"modelTopology\"") {
            return "a model of TensorFlow.js; give the Keras model that it was made from"
        }
        if text.contains("\"learner\"") { return "a model of XGBoost, which is not read" }
        if text.contains("\"class_name\""), text.contains("\"config\"") {
            return
                "the layers of a Keras model without their weights; give the file of the weights, with these layers as "
                + "\"architecture\" in its description"
        }
        return text.contains("\"cells\"") ? "a notebook; give the file that it saves" : "JSON text"
    }
}
