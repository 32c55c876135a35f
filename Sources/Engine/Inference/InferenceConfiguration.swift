public import Foundation

/// Arithmetic in which a model runs.
public enum Precision: String, Sendable, CaseIterable {
    /// 32-bit floats: the same results as the frameworks the models come from.
    case f32
    /// 16-bit brain floats where the processor has them: about twice as fast, two to three significant digits.
    case bf16
}

/// Where a model comes from.
public enum ModelSource: Sendable {
    /// A model in memory: ONNX, TensorFlow Lite, or an OpenVINO IR in one piece as the module ModelFiles writes it.
    case bytes([UInt8])
    /// A file with what `bytes` may hold, or an OpenVINO IR (`.xml` beside its `.bin`).
    ///
    /// It must not be changed while the model is in use. Large models need less memory this way, least of all where an
    /// ONNX file is called `….onnx` and `mayWriteBeside` says that its folder is free to write into: while the model is
    /// read `outline(of:)` lies there.
    case file(URL, mayWriteBeside: Bool = false)

    /// The file that is written beside a model file and removed again; it stays if the process ends meanwhile.
    public static func outline(of file: URL) -> URL {
        file.appendingPathExtension("outline.onnx")
    }
}

/// How the cores are shared between predictions.
public enum Parallelism: Sendable {
    /// One core a prediction, as many predictions at once as there are workers: most predictions a second.
    case acrossPredictions
    /// All cores for each prediction, one prediction at a time: the soonest answer when few are asked for.
    case withinPrediction
}

/// Settings of an `InferenceRuntime`; every default is meant for a server that shares its machine with nothing else.
public struct InferenceConfiguration: Sendable {
    /// Threads that prepare inputs and run models; 1 to 256, default: the number of cores.
    ///
    /// Fewer leave cores to other work; more than cores do not help.
    public var workers = ProcessInfo.processInfo.activeProcessorCount
    /// Predictions that may wait for a worker; 1 or more, default 512.
    ///
    /// Beyond it predictions are refused with `InferenceError.queueFull`. A longer queue rides out longer bursts and
    /// makes the last in it wait longer.
    public var queueLimit = 512
    /// Models that may wait to be loaded; 1 or more, default 64.
    ///
    /// Beyond it loads are refused with `InferenceError.queueFull`.
    public var loadQueueLimit = 64
    /// Predictions of one model that may run as one batch; 1 or more, default 1, which is no batching.
    ///
    /// Only models whose first dimension is open can be batched. Worth it for models that spend their time fetching
    /// weights (wide dense layers); convolutions on few cores gain little.
    public var maximumBatch = 1
    /// How long a worker waits for a batch to fill up; default zero: it takes what is there.
    public var batchDelay: Duration = .zero
    /// How cores are shared between predictions of models above `smallModelBytes`.
    public var parallelism = Parallelism.acrossPredictions
    /// Largest model file, in bytes, of which every worker gets a compiled copy of its own; default 4 MiB.
    ///
    /// A copy runs on the worker's own thread, which spares two thread switches (half of the time of a small model),
    /// and costs its weights in memory once per worker. Larger models are compiled once and share their weights.
    public var smallModelBytes = 4 << 20
    /// Largest input or output of a model, in bytes; default 256 MiB.
    ///
    /// Protects the process from a model or a prediction that asks for absurd shapes.
    public var maximumTensorBytes = 256 << 20
    /// Folder for compiled models; nil, the default, compiles at every load.
    ///
    /// Loading a compiled model takes a fraction of the time and of the memory, since the reader of the model's format
    /// is not needed. The folder is made if need be; losing it or parts of it costs time only. It must not be writable
    /// by strangers, because compiled models are trusted once their checksum fits.
    public var cacheFolder: URL?
    /// Size in bytes above which the compiled models used longest ago are removed; default 1 GiB.
    public var cacheLimitBytes = 1 << 30

    /// The default settings.
    public init() {}

    /// The settings brought into their ranges.
    var normalized: InferenceConfiguration {
        var result = self
        result.workers = min(max(workers, 1), 256)
        result.queueLimit = max(queueLimit, 1)
        result.loadQueueLimit = max(loadQueueLimit, 1)
        result.maximumBatch = max(maximumBatch, 1)
        result.batchDelay = max(batchDelay, .zero)
        return result
    }
}
