import Foundation
import Testing

@testable import ModelFiles

/// Pickles that would run code in Python: each names what it wants, and is refused by that name.
@Suite("Pickles that want to run code")
struct HostilePickleTests {
    private typealias Write = PickleAssembler

    struct Attack: Sendable, CustomTestStringConvertible {
        let name: String
        let pickle: [UInt8]
        /// What the message names.
        let named: String
        var testDescription: String { name }

        init(_ name: String, _ pickle: [UInt8], names named: String) {
            self.name = name
            self.pickle = pickle + PickleAssembler.op(.stop)
            self.named = named
        }
    }

    static func refusal(_ bytes: [UInt8]) -> ModelFileError? {
        do throws(ModelFileError) {
            _ = try PickledFile.read(FileBytes(bytes), limits: .standard)
            return nil
        } catch {
            return error
        }
    }

    private static let touch = Write.text("touch /tmp/pwned")

    static let functions: [Attack] = [
        ("os", "system"), ("posix", "system"), ("nt", "system"), ("os", "popen"), ("os", "execv"),
        ("commands", "getoutput"),
        ("subprocess", "Popen"), ("subprocess", "check_output"), ("builtins", "eval"), ("builtins", "exec"),
        ("__builtin__", "eval"), ("__builtin__", "execfile"), ("__builtin__", "apply"), ("builtins", "compile"),
        ("builtins", "getattr"), ("builtins", "__import__"), ("builtins", "open"), ("builtins", "map"),
        ("builtins", "type"), ("builtins", "breakpoint"), ("builtins", "print"), ("builtins", "super"),
        ("importlib", "import_module"), ("runpy", "run_path"), ("runpy", "_run_code"), ("pty", "spawn"),
        ("shutil", "rmtree"), ("socket", "create_connection"), ("ctypes", "CDLL"), ("webbrowser", "open"),
        ("code", "interact"), ("timeit", "timeit"), ("pdb", "run"), ("bdb", "Bdb"), ("cProfile", "run"),
        ("pickle", "loads"), ("_pickle", "loads"), ("cPickle", "loads"), ("marshal", "loads"), ("dill", "loads"),
        ("cloudpickle.cloudpickle", "_make_function"), ("types", "FunctionType"), ("types", "CodeType"),
        ("operator", "attrgetter"), ("operator", "methodcaller"), ("_operator", "itemgetter"),
        ("functools", "partial"), ("functools", "reduce"), ("itertools", "starmap"), ("sys", "exit"),
        ("gc", "get_objects"),
        ("multiprocessing.util", "spawnv_passfds"), ("asyncio.unix_events", "_UnixSubprocessTransport"),
        ("distutils.spawn", "spawn"), ("pip", "main"), ("pip._internal", "main"), ("setuptools", "setup"),
        ("numpy.testing._private.utils", "runstring"), ("numpy.testing", "runstring"), ("numpy", "load"),
        ("numpy.lib.npyio", "load"), ("numpy", "fromfile"), ("numpy.f2py", "compile"),
        ("numpy.distutils", "exec_command"),
        ("numpy.core._ufunc_reconstruct", "x"), ("numpy", "vectorize"), ("numpy.ma.core", "_MaskedBinaryOperation"),
        ("torch", "load"), ("torch.hub", "load"), ("torch.hub", "_import_module"),
        ("torch.utils.cpp_extension", "load"),
        ("torch.utils.data.datapipes.utils.decoder", "basichandlers"), ("torch.serialization", "load"),
        ("torch.jit", "load"), ("torch.ops", "load_library"), ("torch._inductor.codecache", "compile_file"),
        ("torch.storage", "open"), ("torch.fx.graph", "CodeGen"), ("torch.nn.modules.module", "eval"),
        ("joblib", "load"), ("joblib.numpy_pickle", "load"), ("sklearn.externals.joblib", "load"),
        ("sklearn.utils", "os"), ("sklearn.datasets", "load_svmlight_file"), ("pandas.io.pickle", "read_pickle"),
        ("pandas", "read_pickle"), ("scipy.io", "loadmat"), ("collections", "namedtuple"), ("copyreg", "add_extension"),
        ("copyreg", "pickle"), ("_codecs", "lookup"), ("codecs", "open"), ("io", "open"), ("_io", "FileIO"),
        ("pathlib", "os"), ("logging", "FileHandler"), ("logging.config", "dictConfig"), ("tempfile", "mkstemp"),
        ("urllib.request", "urlopen"), ("http.client", "HTTPSConnection"), ("smtplib", "SMTP"), ("ssl", "wrap_socket"),
        ("zipimport", "zipimporter"), ("pydoc", "locate"), ("pkgutil", "get_loader"), ("profile", "Profile"),
        ("doctest", "debug_script"), ("trace", "Trace"), ("idlelib.run", "Executive"), ("lib2to3.pgen2.pgen", "open"),
        ("test.support.script_helper", "assert_python_ok"), ("__main__", "system"), ("mypackage.os", "system"),
    ].flatMap { module, name in
        let named = "\(module).\(name)"
        return [
            Attack("\(named) by GLOBAL", Write.call(Write.global(module, name), touch), names: named),
            Attack("\(named) by STACK_GLOBAL", Write.call(Write.stackGlobal(module, name), touch), names: named),
        ]
    }

    @Test("a function is refused by its name, however it is named", arguments: functions)
    func function(attack: Attack) {
        let error = Self.refusal(attack.pickle)
        #expect(error?.kind == .refused)
        #expect(error?.message.contains("'\(attack.named)'") == true, "\(error?.message ?? "read")")
        #expect(error?.message.hasSuffix("; nothing in it was run") == true, "\(error?.message ?? "read")")
    }

    static let ways: [Attack] = {
        let system = Write.global("os", "system")
        return [
            Attack("a bare name", system, names: "os.system"),
            Attack("a name thrown away", system + Write.op(.pop, .none), names: "os.system"),
            Attack("protocol 0", Array("cos\nsystem\n(S'id'\ntR".utf8), names: "os.system"),
            Attack("INST", Array("(S'id'\nios\nsystem\n".utf8), names: "os.system"),
            Attack("OBJ", Write.op(.mark) + system + touch + Write.op(.object), names: "os.system"),
            Attack("NEWOBJ", Write.instance(Write.global("subprocess", "Popen"), touch), names: "subprocess.Popen"),
            Attack(
                "NEWOBJ_EX",
                Write.global("subprocess", "Popen") + Write.tuple(touch) + Write.dictionary()
                    + Write.op(.newObjectWithNames), names: "subprocess.Popen"),
            Attack(
                "copyreg.__newobj__",
                Write.call(Write.global("copyreg", "__newobj__"), Write.global("subprocess", "Popen"), touch),
                names: "subprocess.Popen"),
            Attack(
                "copy_reg._reconstructor",
                Write.call(
                    Write.global("copy_reg", "_reconstructor"), Write.global("subprocess", "Popen"),
                    Write.global("builtins", "object"), Write.op(.none)), names: "subprocess.Popen"),
            Attack(
                "dots in a name", Write.call(Write.stackGlobal("builtins", "object.__init__"), touch),
                names: "builtins.object.__init__"),
            Attack(
                "dots to a module", Write.call(Write.stackGlobal("os", "path.os.system"), touch),
                names: "os.path.os.system"),
            Attack(
                "dots in a package", Write.call(Write.stackGlobal("sklearn.base", "os.system"), touch),
                names: "sklearn.base.os.system"),
            Attack(
                "dots in a bare name", Write.stackGlobal("sklearn.base", "os.system"), names: "sklearn.base.os.system"),
            Attack(
                "an extension code", Write.op(.extension1) + [1] + Write.tuple(touch) + Write.op(.reduce),
                names: "extension registry"),
            Attack("a long extension code", Write.op(.extension4) + [1, 0, 0, 0], names: "extension registry"),
            Attack(
                "a name put together from what was thrown away",
                Write.text("system") + Write.put(1) + Write.text("posix") + Write.put(2) + Write.op(.pop, .pop)
                    + Write.get(2) + Write.get(1) + Write.op(.stackGlobal) + Write.tuple(touch) + Write.op(.reduce),
                names: "posix.system"),
            Attack(
                "a module as the state of an estimator",
                Write.instance(Write.global("sklearn.svm._classes", "SVC"))
                    + Write.dictionary(Write.text("classes_"), Write.global("builtins", "exec")) + Write.op(.build),
                names: "builtins.exec"),
            Attack(
                "code as the dictionary of a tensor's class",
                Write.call(
                    Write.global("torch._tensor", "_rebuild_from_type_v2"), Write.global("builtins", "eval"),
                    Write.global("torch", "Tensor"), Write.tuple(touch), Write.op(.none)), names: "builtins.eval"),
            Attack(
                "a constructor of the author", Write.call(Write.global("__main__", "Net"), touch), names: "__main__.Net"
            ),
            Attack(
                "a factory", Write.call(Write.global("collections", "defaultdict"), system), names: "os.system"),
            Attack(
                "a class given as state",
                Write.instance(Write.global("__main__", "Net"))
                    + Write.dictionary(Write.text("__class__"), Write.global("argparse", "Namespace"))
                    + Write.op(.build),
                names: "__class__"),
            Attack(
                "a function given as state",
                Write.instance(Write.global("argparse", "Namespace"))
                    + Write.dictionary(Write.text("__setstate__"), Write.op(.none)) + Write.op(.build),
                names: "__setstate__"),
            Attack(
                "slots given as state",
                Write.instance(Write.global("sklearn.base", "BaseEstimator"))
                    + Write.tuple(Write.op(.none), Write.dictionary(Write.text("__reduce__"), Write.op(.none)))
                    + Write.op(.build), names: "__reduce__"),
            Attack(
                "a class that is changed",
                Write.global("__main__", "Net") + Write.dictionary(Write.text("x"), Write.op(.none)) + Write.op(.build),
                names: "__main__.Net"),
            Attack(
                "a call of an element type class", Write.call(Write.global("numpy", "float64"), touch),
                names: "numpy.float64"),
            Attack(
                "a ufunc by its module",
                Write.call(Write.global("numpy.core", "_ufunc_reconstruct"), Write.text("os"), Write.text("system")),
                names: "numpy.core._ufunc_reconstruct"),
        ]
    }()

    @Test("other ways to the same are refused too", arguments: ways)
    func way(attack: Attack) {
        let error = Self.refusal(attack.pickle)
        #expect(error?.kind == .refused)
        #expect(error?.message.contains(attack.named) == true, "\(error?.message ?? "read")")
    }

    @Test("a name that is computed is no name")
    func computedName() {
        let encoded = Write.call(Write.global("_codecs", "encode"), Write.text("posix"), Write.text("latin1"))
        let error = Self.refusal(encoded + Write.text("system") + Write.op(.stackGlobal))
        #expect(error?.message.contains("names a class by what is no text") == true, "\(error?.message ?? "read")")
    }

    @Test("a pickle inside bytes stays bytes")
    func nested() throws {
        let inner = PickleAssembler(Write.call(Write.global("os", "system"), Self.touch)).finished
        let outer = Write.call(Write.global("torch.storage", "_load_from_bytes"), Write.bytes(inner)) + Write.op(.stop)
        guard case .object(let object) = try PickledFile.read(FileBytes(outer), limits: .standard),
            case .bytes(let bytes)? = object.arguments.first
        else {
            Issue.record("not kept as an object")
            return
        }
        #expect(bytes == inner)
    }

    @Test("what a class of the author holds is kept, marked as foreign, and never called")
    func foreign() throws {
        let state = Write.dictionary(Write.text("weight"), Write.int(3))
        let net = Write.instance(Write.global("mypackage.models", "Net"), Write.int(1)) + state + Write.op(.build)
        guard case .object(let object) = try PickleReader.read(FileBytes(net + Write.op(.stop))).value else {
            Issue.record("not an object")
            return
        }
        #expect(object.isForeign)
        #expect(object["weight"]?.wholeNumber == 3)
        let known = Write.instance(Write.global("sklearn.svm._classes", "SVC")) + Write.op(.stop)
        guard case .object(let estimator) = try PickleReader.read(FileBytes(known)).value else {
            Issue.record("not an object")
            return
        }
        #expect(!estimator.isForeign)
    }

    @Test("a name cannot break the line of the message, nor fill a screen")
    func names() throws {
        let odd = Write.stackGlobal("os\nAll is well\u{1B}[2J\u{202E}", String(repeating: "x", count: 900))
        let error = try #require(Self.refusal(Write.call(odd, Self.touch) + Write.op(.stop)))
        #expect(!error.message.contains { $0.isNewline || $0 == "\u{1B}" || $0 == "\u{202E}" })
        #expect(error.message.count < 250)
        let long = Write.stackGlobal("os", String(repeating: "x", count: 100_000)) + Write.op(.stop)
        #expect(Self.refusal(long)?.kind == .refused)
    }

    @Test("every module of the standard library is closed but for what the table lists")
    func standardLibrary() {
        for module in PickleRefusals.standardLibrary {
            for name in ["system", "Thing", "load"] {
                guard case .refused = PicklePolicy.ruling(on: PickleGlobal(module: module, name: name)) else {
                    Issue.record("\(module).\(name) is not refused")
                    continue
                }
            }
        }
        #expect(PickleRefusals.standardLibrary.count > 300)
    }
}
