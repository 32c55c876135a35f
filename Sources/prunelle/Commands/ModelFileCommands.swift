import Foundation
import JSON
import ModelFiles
import Registry

extension Command {
    static let inspectModel = Command(
        name: "inspect", summary: "Show what a model file holds; nothing in it is executed.",
        discussion: descriptionHelp,
        arguments: [modelArgument],
        options: [Option(name: "json", summary: "As JSON."), descriptionOption],
        run: { arguments in
            let inspection = try read(ModelPath(arguments.positional[0]), arguments).inspection
            print(arguments.has("json") ? inspection.json.text(style: .pretty) : inspection.page)
        })

    static let convertModel = Command(
        name: "convert", summary: "Write the ONNX graph of a model file.",
        discussion: """
            Works on any model file that is read, without a server. The graph is compiled and run once before it is
            written. A file that is refused ends with status 65 and one line that says why.

            \(descriptionHelp)
            """,
        arguments: [modelArgument, Argument(name: "OUT", summary: "The ONNX file to write.")],
        options: [
            Option(name: "json", summary: "Show what the file holds, as JSON."), descriptionOption,
            Option(name: "with-external-data", summary: "Take weights of an ONNX model from files beside it."),
        ],
        run: { arguments in
            let output = URL(filePath: arguments.positional[1])
            let name = ".\(output.lastPathComponent).\(UUID()).part"
            var part = output.deletingLastPathComponent().appending(path: name)
            // The engine reads what has the ending of its format without a copy; it tells the other formats by content.
            part.appendPathExtension("onnx")
            let inspection = try convert(ModelPath(arguments.positional[0]), arguments, to: part, for: output)
            defer { unlink(part.path) }
            try GraphTrial.run(part)
            guard rename(part.path, output.path) == 0 else { throw unwritable(arguments) }
            if arguments.has("json") {
                print(inspection.json.text())
            } else {
                let notes = inspection.notes.map { "note: \($0)\n" }.joined()
                FileHandle.standardError.write(Data(notes.utf8))
            }
        })

    static let supportedModels = Command(
        name: "supported", summary: "List the layers, networks and estimators that are read.",
        options: [Option(name: "markdown", summary: "As the tables of the documentation.")],
        run: { arguments in
            print(arguments.has("markdown") ? SupportTable.markdown : SupportTable.page)
        })

    static let modelArgument = Argument(
        name: "FILE", summary: "ONNX, Keras, PyTorch, safetensors, scikit-learn, TensorFlow Lite or OpenVINO.")
    static let descriptionOption = Option(
        name: "description", value: "JSON", summary: "File that says what the model file does not tell.")
    static let descriptionHelp = """
        What a file does not tell, such as the network its weights belong to, stands in a small JSON file beside it
        (model.pt.json for model.pt) or in the one named by --description; the refusal says what to write.
        """

    /// Reads a file and writes its graph; the memory of both is free again on return.
    private static func convert(
        _ file: ModelPath, _ arguments: Arguments, to part: URL, for output: URL
    ) throws -> ModelInspection {
        let model = try read(file, arguments)
        guard model.graph.isONNX || output.pathExtension.lowercased() != "onnx" else {
            throw Exit.data("the engine runs this format as it is, so there is no ONNX graph of it")
        }
        do {
            try model.write(to: part)
        } catch {
            throw unwritable(arguments)
        }
        return model.inspection
    }

    private static func unwritable(_ arguments: Arguments) -> Exit {
        Exit.software("'\(arguments.positional[1])' cannot be written")
    }

    /// Reads a file within limits that hold for the rest of the process.
    private static func read(_ file: ModelPath, _ arguments: Arguments) throws -> ImportedModel {
        let statement = try file.statement(arguments["description"])
        try Confinement.enter(reading: file.url)
        do {
            let description = try statement.map(ModelDescription.init(json:)) ?? ModelDescription()
            return try ModelImporter.read(
                contentsOf: file.url, description: description,
                externalDataFolder: arguments.has("with-external-data") ? file.url.deletingLastPathComponent() : nil)
        } catch {
            throw Exit(status: ConfinedConversion.refusalStatus, message: "\(error)")
        }
    }
}

/// Limits that a process puts on itself before it reads a file from a stranger.
enum Confinement {
    /// Memory beside what the file itself may need, in bytes.
    private static let baseMemory = 1 << 30
    /// Processor time in seconds.
    private static let seconds: rlim_t = 100

    /// Bounds memory, processor time, files written and opened, and core dumps of this process for good.
    static func enter(reading file: URL) throws {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        let memory = limitMemory(forFile: size, beside: baseMemory)
        limit(RLIMIT_CPU, seconds)
        limit(RLIMIT_FSIZE, memory)
        limit(RLIMIT_NOFILE, 64)
        limit(RLIMIT_CORE, 0)
    }

    /// Bounds what the process may use from now on, beside what it uses already.
    static func allow(memoryFor size: Int, beside base: Int, secondsFromNow: Int) {
        limitMemory(forFile: size, beside: base)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let used = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        limit(RLIMIT_CPU, min(seconds - 1, rlim_t(used + secondsFromNow)), hard: seconds)
    }

    /// Bounds the address space; raisable, as a packed file may hold more than its size tells.
    ///
    /// - Returns: the bound in bytes.
    @discardableResult
    private static func limitMemory(forFile size: Int, beside base: Int) -> rlim_t {
        let (fileMemory, overflow) = size.multipliedReportingOverflow(by: 6)
        let memory = rlim_t(mappedBytes() + base + (overflow ? 0 : fileMemory))
        limit(RLIMIT_AS, memory, hard: rlim_t.max)
        return memory
    }

    /// Sets a limit, and one below which it can be raised again.
    private static func limit(_ resource: __rlimit_resource, _ value: rlim_t, hard: rlim_t? = nil) {
        var limit = rlimit(rlim_cur: value, rlim_max: hard ?? value)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }

    /// Address space in use, in bytes: libraries and stacks that are mapped before the file is read.
    private static func mappedBytes() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
        return (pages.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}

extension ModelInspection {
    /// The inspection for people.
    var page: String {
        func shape(_ shape: [Int?]) -> String { shape.map { $0.map(String.init) ?? "N" }.joined(separator: "×") }
        var lines = ["format      \(format.rawValue)"]
        if let frameworkVersion { lines.append("written by  \(frameworkVersion)") }
        lines += inputs.map { "input       \($0.name)  \(shape($0.shape))  \($0.elementType)" }
        lines += outputs.map { "output      \($0.name)  \(shape($0.shape))  \($0.elementType)" }
        lines.append("parameters  \(parameterCount)")
        if let preprocessing {
            lines.append("values      \(preprocessing.convention.summary) (\(preprocessing.certainty.rawValue))")
            lines.append("            \(preprocessing.reason)")
        }
        lines += notes.map { "note        \($0)" }
        if let labels { lines.append("labels      \(labels.joined(separator: ", "))") }
        lines.append("layers      \(layers.count)")
        lines += layers.map { layer in
            "  \(layer.name)  \(layer.type)  \(layer.outputShape.map(shape) ?? "")  \(layer.parameters)"
        }
        // Names come from the file.
        return lines.map { OneLine.text($0, maximumLength: 1 << 16) }.joined(separator: "\n")
    }
}

extension SupportTable {
    /// The tables for people.
    fileprivate static var page: String {
        sections.map { section in
            let rows = section.rows.map { "  \($0.kind): \($0.names.joined(separator: ", "))" }
            return ([section.title] + rows).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}

extension InputConvention {
    /// One line for people.
    var summary: String {
        func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
        let range = abs(scale * 255 - 1) < 1e-9 ? "0…1" : scale == 1 ? "0…255" : "pixels × \(scale)"
        let isPlain = mean.allSatisfy { $0 == 0 } && standardDeviation.allSatisfy { $0 == 1 }
        let rest = isPlain ? "" : ", less \(list(mean)), divided by \(list(standardDeviation))"
        return "\(channels.rawValue) \(range)\(rest)"
    }
}
