/// Packages of which a pickle may name nothing but what `PicklePolicy.rules` lists.
enum PickleRefusals {
    /// Why a module is refused; nil where it is of no package that is known.
    static func reason(module: String, root: String) -> String? {
        if let reason = attacks[root] { return reason }
        if module.isEmpty { return "is in no module" }
        if standardLibrary.contains(root) {
            return "is a part of Python's standard library that no model needs"
        }
        if frameworks.contains(root) { return "is not known to be data" }
        return gadgets.contains { module == $0 || module.hasPrefix($0 + ".") } ? "can run code or open files" : nil
    }

    /// What malicious pickles use most, with what it does.
    static let attacks: [String: String] = {
        let groups: [(names: String, reason: String)] = [
            ("os posix nt _posixsubprocess subprocess popen2 commands pty platform", "can run commands"),
            ("builtins __builtin__ runpy code codeop timeit cProfile profile pdb bdb trace doctest", "can run code"),
            ("importlib imp pkgutil zipimport pydoc sys marshal types inspect gc site", "can load and run code"),
            ("operator _operator functools _functools itertools copyreg copy_reg", "can call any function"),
            ("pickle _pickle cPickle cloudpickle dill shelve", "can run code of a pickle inside"),
            ("shutil io _io tempfile glob fileinput linecache pathlib posixpath ntpath codecs", "can open files"),
            ("socket ssl http urllib urllib2 httplib ftplib smtplib webbrowser asyncio xmlrpc", "can open connections"),
            ("ctypes _ctypes mmap cffi", "can change memory"),
            ("pip setuptools pkg_resources ensurepip distutils", "can install and run code"),
        ]
        var reasons: [String: String] = [:]
        for (names, reason) in groups {
            for name in names.split(separator: " ") { reasons[String(name)] = reason }
        }
        return reasons
    }()

    /// Packages whose data is listed name by name.
    static let frameworks: Set<String> = ["numpy", "torch", "sklearn", "joblib", "__torch__"]

    /// Parts of other packages that are known to run code or to open files.
    static let gadgets = [
        "pandas.io", "pandas.core.computation", "scipy.weave", "IPython", "nose", "pytest", "_pytest", "requests",
        "paramiko", "yaml", "sh", "invoke", "fabric", "plumbum", "pexpect", "jinja2", "django", "werkzeug",
        "torchvision.datasets", "torchvision.io", "torchaudio", "tensorflow", "keras", "jax", "aiohttp", "httpx",
        "urllib3", "boto3", "huggingface_hub", "datasets", "fsspec", "nltk", "numba", "cython", "pyximport", "tornado",
    ]

    /// Modules of Python's standard library, of versions 2.7 and 3.8 to 3.14.
    ///
    /// - Source: `sys.stdlib_module_names`; `pkgutil.iter_modules` of Python 2.7 for the renamed ones.
    static let standardLibrary: Set<String> = Set(
        """
        __builtin__ __future__ _abc _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn
        _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle
        _compression _contextvars _crypt _csv _ctypes _curses _curses_panel _datetime _dbm _decimal _elementtree
        _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp _io _json _locale _lsprof
        _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode _operator _osx_support _overlapped
        _pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue _random _scproxy _sha1 _sha256 _sha3
        _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _symtable
        _thread _threading_local _tkinter _tokenize _tracemalloc _typing _uuid _warnings _weakref _weakrefset _winapi
        _winreg _zoneinfo abc aifc annotationlib antigravity anydbm argparse array ast asynchat asyncio asyncore
        atexit audioop base64 BaseHTTPServer Bastion bdb binascii bisect builtins bz2 calendar cgi CGIHTTPServer cgitb
        chunk cmath cmd code codecs codeop collections colorsys commands compileall compiler compression concurrent
        configparser ConfigParser contextlib contextvars Cookie cookielib copy copy_reg copyreg cPickle cProfile crypt
        cStringIO csv ctypes curses dataclasses datetime dbhash dbm decimal difflib dircache dis distutils doctest
        DocXMLRPCServer dumbdbm dummy_thread email encodings ensurepip enum errno exceptions faulthandler fcntl
        filecmp fileinput fnmatch fpformat fractions ftplib functools future_builtins gc gdbm genericpath getopt
        getpass gettext glob graphlib grp gzip hashlib heapq hmac hotshot html htmlentitydefs htmllib HTMLParser http
        httplib idlelib ihooks imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3
        linecache locale logging lzma mailbox mailcap markupbase marshal math md5 mhlib mimetools mimetypes MimeWriter
        mimify mmap modulefinder msilib msvcrt multifile multiprocessing mutex netrc new nis nntplib nt ntpath
        nturl2path numbers opcode operator optparse os os2emxpath ossaudiodev pathlib pdb pickle pickletools pipes
        pkgutil platform plistlib popen2 poplib posix posixfile posixpath pprint profile pstats pty pwd py_compile
        pyclbr pydoc pydoc_data pyexpat Queue queue quopri random re readline repr reprlib resource rexec rfc822
        rlcompleter robotparser runpy sched secrets select selectors sets sgmllib sha shelve shlex shutil signal
        SimpleHTTPServer SimpleXMLRPCServer site smtpd smtplib sndhdr socket socketserver SocketServer spwd sqlite3
        sre sre_compile sre_constants sre_parse ssl stat statistics statvfs string StringIO stringold stringprep strop
        struct subprocess sunau sunaudio symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
        textwrap this thread threading time timeit tkFileDialog tkinter Tkinter toaiff token tokenize tomllib trace
        traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib urllib2 urlparse user
        UserDict UserList UserString uu uuid venv warnings wave weakref webbrowser whichdb winreg winsound wsgiref
        xdrlib xml xmllib xmlrpc xmlrpclib zipapp zipfile zipimport zlib zoneinfo
        """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
