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
            Works on any model file that is read, without a server. A file that is refused ends with status 65 and one
            line that says why.

            \(descriptionHelp)
            """,
        arguments: [modelArgument, Argument(name: "OUT", summary: "The ONNX file to write.")],
        options: [
            Option(name: "json", summary: "Show what the file holds, as JSON."), descriptionOption,
            Option(name: "with-external-data", summary: "Take weights of an ONNX model from files beside it."),
        ],
        run: { arguments in
            let model = try read(ModelPath(arguments.positional[0]), arguments)
            let output = URL(filePath: arguments.positional[1])
            do {
                try model.write(to: output)
            } catch {
                throw Exit.software("'\(arguments.positional[1])' cannot be written")
            }
            if arguments.has("json") { print(model.inspection.json.text()) }
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

    /// Reads a file within limits that hold for the rest of the process.
    private static func read(_ file: ModelPath, _ arguments: Arguments) throws -> ImportedModel {
        let description = try file.statement(arguments["description"]).map(ModelDescription.init(json:))
        try Confinement.enter(reading: file.url)
        do {
            return try ModelImporter.read(
                contentsOf: file.url, description: description ?? ModelDescription(),
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
        let present = mappedBytes()
        let (fileMemory, overflow) = size.multipliedReportingOverflow(by: 6)
        let memory = present + baseMemory + (overflow ? 0 : fileMemory)
        limit(RLIMIT_AS, rlim_t(memory))
        limit(RLIMIT_CPU, seconds)
        limit(RLIMIT_FSIZE, rlim_t(memory))
        limit(RLIMIT_NOFILE, 64)
        limit(RLIMIT_CORE, 0)
    }

    private static func limit(_ resource: __rlimit_resource, _ value: rlim_t) {
        var limit = rlimit(rlim_cur: value, rlim_max: value)
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
        return lines.joined(separator: "\n")
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
