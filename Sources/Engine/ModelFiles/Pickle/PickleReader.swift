/// Reads Python pickles of protocols 0 to 5 as data.
///
/// A pickle is a program that builds objects by calling functions it names. This reader runs none of them: it knows
/// by name what rebuilds data (see `PicklePolicy`), keeps instances of classes as inert objects, and refuses the rest
/// at the first mention. Memory is bounded by the length of the file, time by the number of its bytes.
enum PickleReader {
    /// Reads the pickle that starts at a place of a file.
    ///
    /// Arrays that joblib has put between the instructions are read too.
    ///
    /// - Parameter offset: where the pickle starts; files of old PyTorch hold several one after another.
    /// - Returns: what the pickle holds, and where it ends.
    /// - Throws: `ModelFileError`; `.refused` names what the pickle asked for.
    static func read(_ file: FileBytes, from offset: Int = 0) throws(ModelFileError) -> (value: PickleValue, end: Int) {
        let memory = PickleMemory(pickleBytes: file.count)
        do throws(ModelFileError) {
            var interpreter = PickleInterpreter(try PickleCursor(file, at: offset), memory: memory)
            let value = try interpreter.run().value
            try memory.finish(value)
            return (value, interpreter.cursor.position)
        } catch {
            memory.dismantle()
            throw error
        }
    }

    static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "the pickle is damaged: \(what)")
    }

    /// A text of the file, fit for a message of one line.
    static func quoted(_ text: String) -> String {
        let isTooLong = text.unicodeScalars.count > 100
        let safe = text.unicodeScalars.prefix(100).map { scalar -> Character in
            let isPrintable =
                scalar.value > 0x20 && scalar.value != 0x7F && !scalar.properties.isDefaultIgnorableCodePoint
            let isControl =
                scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029
            return isPrintable && !isControl ? Character(scalar) : "?"
        }
        return "'\(String(safe))\(isTooLong ? "…" : "")'"
    }
}
