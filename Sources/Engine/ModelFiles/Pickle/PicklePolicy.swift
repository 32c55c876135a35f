/// What a pickle may name, and what becomes of it: the whole policy, as a table.
///
/// Nothing that a pickle names is ever called; this decides what is rebuilt as data, what is kept as an inert object,
/// and what shows that the file wants to run code.
enum PicklePolicy {
    /// What becomes of a name.
    enum Ruling: Equatable, Sendable {
        /// Rebuilt as the data it stands for.
        case rebuilt(PickleConstructor)
        /// Calls and instances are kept as inert objects.
        case data
        /// Instances are kept as inert objects; calls are refused.
        case instances
        /// Only the bare name may occur.
        case name
        /// A class of a package that is not known: as `instances`, and marked as foreign.
        case foreign
        /// Refused wherever it occurs.
        case refused(reason: String)
    }

    /// One line of the table; the first that matches counts.
    struct Rule: Sendable {
        /// Names of modules; `torch.optim.*` stands for the module and all below it.
        let modules: [String]
        let names: Names
        let ruling: Ruling
    }

    /// Names in a module.
    enum Names: Sendable {
        case these([String])
        /// Those that look like classes: a capital letter first, after underscores.
        case classes
        case ending(String)
        case starting(String)
        case all
    }

    /// What becomes of a name.
    static func ruling(on global: PickleGlobal) -> Ruling {
        if global.name.contains(".") {
            // Python follows the dots through attributes, to modules that a module has imported.
            let parts = global.name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.allSatisfy({ looksLikeClass($0) }) else {
                return .refused(reason: "reaches through one name for another")
            }
        }
        if let rule = rules.first(where: { $0.covers(global) }) { return rule.ruling }
        let root = global.module.prefix { $0 != "." }
        if let reason = PickleRefusals.reason(module: global.module, root: String(root)) {
            return .refused(reason: reason)
        }
        return .foreign
    }

    static func looksLikeClass(_ name: some StringProtocol) -> Bool {
        name.first { $0 != "_" }?.isUppercase == true
    }

    private static func rule(_ modules: [String], _ names: Names, _ ruling: Ruling) -> Rule {
        Rule(modules: modules, names: names, ruling: ruling)
    }

    /// The table.
    static let rules: [Rule] = python + numPy + joblib + scientific + torch

    private static let builtins = ["builtins", "__builtin__"]

    private static let python: [Rule] = [
        rule(builtins, .these(["set"]), .rebuilt(.set)),
        rule(builtins, .these(["frozenset"]), .rebuilt(.set)),
        rule(builtins, .these(["list"]), .rebuilt(.list)),
        rule(builtins, .these(["dict"]), .rebuilt(.dictionary)),
        rule(builtins, .these(["tuple"]), .rebuilt(.tuple)),
        rule(builtins, .these(["bytes", "bytearray"]), .rebuilt(.bytes)),
        rule(builtins, .these(["complex", "range", "xrange", "slice", "object"]), .data),
        rule(
            builtins, .these(["int", "long", "float", "bool", "str", "unicode", "basestring", "NoneType"]), .name),
        rule(["copyreg", "copy_reg"], .these(["_reconstructor"]), .rebuilt(.reconstructedObject)),
        rule(["copyreg", "copy_reg"], .these(["__newobj__"]), .rebuilt(.newObject)),
        rule(["copyreg", "copy_reg"], .these(["__newobj_ex__"]), .rebuilt(.newObjectWithNames)),
        rule(["_codecs"], .these(["encode"]), .rebuilt(.encodedText)),
        rule(["collections"], .these(["OrderedDict", "Counter"]), .rebuilt(.dictionary)),
        rule(["collections"], .these(["defaultdict"]), .rebuilt(.defaultDictionary)),
        rule(["collections"], .these(["deque"]), .rebuilt(.deque)),
        rule(["argparse"], .these(["Namespace"]), .data),
        rule(["types"], .these(["SimpleNamespace"]), .data),
        rule(
            ["pathlib", "pathlib._local"],
            .these([
                "Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath",
            ]), .data),
        rule(["datetime"], .these(["datetime", "date", "time", "timedelta", "timezone"]), .data),
        rule(["decimal"], .these(["Decimal"]), .data),
        rule(["fractions"], .these(["Fraction"]), .data),
        rule(["uuid"], .these(["UUID", "SafeUUID"]), .data),
        rule(["typing"], .these(["Any", "Union", "Optional", "List", "Dict", "Tuple"]), .name),
    ]

    private static let arrayModules = ["numpy.core.multiarray", "numpy._core.multiarray"]

    private static let numPy: [Rule] = [
        rule(arrayModules, .these(["_reconstruct"]), .rebuilt(.array)),
        rule(arrayModules, .these(["scalar"]), .rebuilt(.scalar)),
        rule(["numpy.core.numeric", "numpy._core.numeric"], .these(["_frombuffer"]), .rebuilt(.arrayOfBuffer)),
        rule(["numpy"], .these(["dtype"]), .rebuilt(.elementType)),
        rule(["numpy"], .these(["ndarray", "matrix", "memmap", "recarray"]), .name),
        rule(["numpy.matrixlib.defmatrix", "numpy.core.memmap", "numpy._core.memmap"], .classesOfArrays, .name),
        rule(["numpy.rec", "numpy.core.records", "numpy._core.records"], .these(["recarray", "record"]), .name),
        rule(
            ["numpy"],
            .these([
                "bool", "bool_", "bool8", "int8", "int16", "int32", "int64", "intc", "intp", "int_", "longlong", "uint",
                "uint8", "uint16", "uint32", "uint64", "uintc", "uintp", "ulonglong", "float16", "float32", "float64",
                "float128", "float_", "half", "single", "double", "longdouble", "complex64", "complex128", "str_",
                "string_", "unicode_", "bytes_", "object_", "void", "generic", "number", "integer", "floating", "nan",
                "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "square", "abs", "absolute", "sign", "tanh",
                "mean", "median",
                "sum", "min", "max", "std", "var",
            ]), .name),
        rule(["numpy.ma.core"], .these(["_mareconstruct"]), .data),
        rule(["numpy.ma", "numpy.ma.core"], .these(["MaskedArray"]), .name),
        rule(
            ["numpy.random", "numpy.random._pickle", "numpy.random.mtrand"],
            .these([
                "__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor", "__RandomState_ctor", "RandomState",
                "Generator",
            ]), .data),
        rule(
            ["numpy.random._mt19937", "numpy.random._pcg64", "numpy.random._philox", "numpy.random._sfc64"], .classes,
            .data),
        rule(["numpy.random.bit_generator"], .these(["SeedSequence", "__pyx_unpickle_SeedSequence"]), .data),
    ]

    private static let joblib: [Rule] = ["joblib", "sklearn.externals.joblib"].flatMap { package in
        [
            rule([package + ".numpy_pickle"], .these(["NumpyArrayWrapper"]), .data),
            rule(
                [package + ".numpy_pickle", package + ".numpy_pickle_compat"],
                .these(["NDArrayWrapper", "ZNDArrayWrapper"]),
                .refused(
                    reason:
                        "keeps its arrays in other files, as joblib did before 0.10; save the model again with a newer joblib"
                )),
        ]
    }

    private static let scientific: [Rule] = [
        rule(["sklearn.externals.*"], .all, .refused(reason: "is no part of a model")),
        rule(["sklearn.*"], .these(["newObj"]), .rebuilt(.emptyInstance)),
        rule(["sklearn.*"], .starting("__pyx_unpickle_"), .data),
        // A module of scikit-learn 1.5 to 1.7 that forgot its package.
        rule(["_loss"], .starting("__pyx_unpickle_Cy"), .data),
        rule(["_loss"], .starting("Cy"), .data),
        rule(["sklearn.*"], .classes, .data),
        rule(["sklearn.*"], .all, .name),
        rule(["scipy.sparse.*"], .ending("_matrix"), .instances),
        rule(["scipy.sparse.*"], .ending("_array"), .instances),
        rule(
            ["lightning.*", "pytorch_lightning.*", "lightning_fabric.*", "lightning_utilities.*", "omegaconf.*"],
            .classes, .data),
        rule(["lightning.*", "pytorch_lightning.*", "lightning_fabric.*"], .these(["_FunctionWrap"]), .data),
    ]

    private static let torch: [Rule] = [
        rule(["torch"], .these(["Size"]), .rebuilt(.tuple)),
        rule(["torch"], .these(["device", "Tensor"]), .data),
        rule(["torch", "torch.cuda", "torch.storage"], .ending("Storage"), .name),
        rule(
            ["torch"],
            .these([
                "float", "float16", "float32", "float64", "half", "double", "bfloat16", "uint8", "uint16", "uint32",
                "uint64", "int8", "int16", "int32", "int64", "short", "int", "long", "bool", "complex32", "complex64",
                "complex128", "cfloat", "cdouble", "float8_e4m3fn", "float8_e5m2", "strided", "contiguous_format",
                "channels_last", "preserve_format", "relu", "tanh", "sigmoid", "qint8", "quint8", "qint32",
            ]), .name),
        rule(
            ["torch._utils"],
            .these([
                "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
                "_rebuild_parameter_with_state", "_rebuild_device_tensor_from_numpy",
            ]), .data),
        rule(
            ["torch._utils"], .these(["_rebuild_qtensor"]),
            .refused(reason: "makes a quantized tensor; only tensors of plain numbers are read")),
        rule(
            ["torch._utils"],
            .these(["_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_nested_tensor"]),
            .refused(reason: "makes a sparse tensor; only dense ones are read")),
        rule(["torch._tensor"], .these(["_rebuild_from_type_v2", "_rebuild_from_type"]), .data),
        rule(["torch.storage"], .these(["_load_from_bytes"]), .data),
        rule(["torch.serialization"], .these(["_get_layout"]), .data),
        rule(["torch.nn.parameter", "torch.nn"], .these(["Parameter", "Buffer"]), .data),
        rule(["torch.nn.backends.thnn"], .these(["_get_thnn_function_backend"]), .data),
        rule(["torch.nn.modules.*"], .classes, .instances),
        rule(["torch.nn.parallel.data_parallel"], .these(["DataParallel"]), .instances),
        rule(["torch.nn.parallel.distributed"], .these(["DistributedDataParallel"]), .instances),
        rule(["torch.nn.functional", "torch._C._nn"], .all, .name),
        rule(["torch.optim.*"], .classes, .instances),
        rule(["torch.jit._pickle"], .starting("build_"), .data),
        rule(["torch.jit._pickle"], .these(["restore_type_tag"]), .data),
        rule(["__torch__.*"], .all, .instances),
    ]
}

extension PicklePolicy.Names {
    /// Subclasses of arrays, which add nothing to the data.
    fileprivate static let classesOfArrays = PicklePolicy.Names.these(["matrix", "memmap"])
}

extension PicklePolicy.Rule {
    func covers(_ global: PickleGlobal) -> Bool {
        let isModule = modules.contains { module in
            guard module.hasSuffix(".*") else { return module == global.module }
            return global.module == module.dropLast(2) || global.module.hasPrefix(module.dropLast())
        }
        guard isModule else { return false }
        switch names {
        case .these(let names): return names.contains(global.name)
        case .classes: return PicklePolicy.looksLikeClass(global.name)
        case .ending(let ending): return global.name.hasSuffix(ending)
        case .starting(let start): return global.name.hasPrefix(start)
        case .all: return true
        }
    }
}
