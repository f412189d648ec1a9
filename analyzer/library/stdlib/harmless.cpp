// Standard modules that construction code imports and hardly uses: the few names with an effect are in harmless.py,
// everything else in them is Unknown.
#include <fmt/format.h>

#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

struct Borrowed {
  const char* module;
  const char* name;
  const char* as;  // in harmless.py; null: the same
};

constexpr Borrowed kNames[] = {
    {"threading", "Lock", nullptr},
    {"threading", "RLock", "Lock"},
    {"threading", "Condition", "Lock"},
    {"threading", "Semaphore", "Lock"},
    {"threading", "BoundedSemaphore", "Lock"},
    {"threading", "Event", nullptr},
    {"threading", "Thread", nullptr},
    {"threading", "Timer", "Thread"},
    {"threading", "local", "Namespace"},
    {"threading", "current_thread", nullptr},
    {"threading", "main_thread", "current_thread"},
    {"threading", "get_ident", "zero"},
    {"threading", "active_count", "one"},
    {"argparse", "Namespace", nullptr},
    {"contextvars", "ContextVar", nullptr},
    {"weakref", "ref", "ReferenceType"},
    {"weakref", "ReferenceType", nullptr},
    {"weakref", "WeakMethod", "ReferenceType"},
    {"weakref", "proxy", "ProxyType"},
    {"weakref", "ProxyType", nullptr},
    {"weakref", "finalize", nullptr},
    {"weakref", "WeakSet", "identity_set"},
    {"weakref", "WeakKeyDictionary", "identity_dict"},
    {"weakref", "WeakValueDictionary", "identity_dict"},
    {"warnings", "warn", nullptr},
    {"warnings", "simplefilter", nullptr},
    {"warnings", "filterwarnings", nullptr},
    {"warnings", "resetwarnings", nullptr},
    {"warnings", "catch_warnings", nullptr},
    {"warnings", "WarningMessage", nullptr},
    {"gc", "collect", "zero"},
    {"gc", "disable", "nothing"},
    {"gc", "enable", "nothing"},
    {"gc", "isenabled", "true"},
    {"gc", "freeze", "nothing"},
    {"io", "StringIO", nullptr},
    {"io", "BytesIO", nullptr},
    {"io", "IOBase", "Base"},
    {"io", "TextIOBase", "Base"},
    {"io", "TextIOWrapper", "Base"},
    {"io", "BufferedIOBase", "Base"},
    {"io", "RawIOBase", "Base"},
    {"traceback", "format_exc", "empty_text"},
    {"traceback", "print_exc", "nothing"},
    {"traceback", "print_stack", "nothing"},
    {"textwrap", "dedent", nullptr},
    {"textwrap", "indent", nullptr},
    {"shutil", "get_terminal_size", nullptr},
    {"shutil", "which", "nothing"},
    {"shutil", "rmtree", "nothing"},
    {"atexit", "register", "identity"},
    {"atexit", "unregister", "nothing"},
    {"fnmatch", "fnmatch", nullptr},
    {"fnmatch", "fnmatchcase", "fnmatch"},
    {"fnmatch", "filter", "fnmatch_filter"},
    {"fractions", "Fraction", nullptr},
    {"inspect", "getclosurevars", nullptr},
    {"numbers", "Number", nullptr},
    {"numbers", "Complex", nullptr},
    {"numbers", "Real", nullptr},
    {"numbers", "Rational", nullptr},
    {"numbers", "Integral", nullptr},
    {"keyword", "iskeyword", nullptr},
    {"time", "sleep", "nothing"},
    {"faulthandler", "enable", "nothing"},
    {"tqdm", "tqdm", nullptr},
    {"tqdm.auto", "tqdm", nullptr},
    {"tqdm", "trange", nullptr},
    {"tqdm.auto", "trange", nullptr},
    {"filelock", "FileLock", "Lock"},
    {"filelock", "SoftFileLock", "Lock"},
    {"unittest", "TestCase", "Base"},
};

// What sequences.py has.
constexpr Borrowed kSequences[] = {
    {"bisect", "bisect_left", nullptr}, {"bisect", "bisect_right", nullptr}, {"bisect", "bisect", "bisect_right"},
    {"bisect", "insort_left", nullptr}, {"bisect", "insort_right", nullptr}, {"bisect", "insort", "insort_right"},
    {"heapq", "heappush", nullptr},     {"heapq", "heappop", nullptr},       {"heapq", "heapify", nullptr},
    {"heapq", "heapreplace", nullptr},  {"heapq", "heappushpop", nullptr},   {"heapq", "nsmallest", nullptr},
    {"heapq", "nlargest", nullptr},     {"heapq", "merge", nullptr},         {"queue", "Queue", nullptr},
    {"queue", "SimpleQueue", "Queue"},  {"queue", "LifoQueue", nullptr},     {"queue", "PriorityQueue", nullptr},
    {"queue", "Empty", nullptr},        {"queue", "Full", nullptr},
};

// The other standard modules of Python 3.11: importing them works, and nothing in them is known.
constexpr const char* kUnknown[] = {
    "_thread",
    "aifc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "audioop",
    "base64",
    "bdb",
    "binascii",
    "bisect",
    "bz2",
    "cProfile",
    "calendar",
    "cgi",
    "cmath",
    "cmd",
    "code",
    "codecs",
    "codeop",
    "colorsys",
    "compileall",
    "concurrent",
    "concurrent.futures",
    "configparser",
    "copyreg",
    "crypt",
    "csv",
    "ctypes",
    "ctypes.util",
    "curses",
    "dbm",
    "difflib",
    "dis",
    "distutils",
    "doctest",
    "email",
    "encodings",
    "errno",
    "fcntl",
    "filecmp",
    "fileinput",
    "ftplib",
    "getopt",
    "getpass",
    "gettext",
    "graphlib",
    "grp",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "html.parser",
    "http",
    "http.client",
    "http.server",
    "imaplib",
    "imghdr",
    "imp",
    "ipaddress",
    "itertools",
    "linecache",
    "locale",
    "lzma",
    "mailbox",
    "marshal",
    "math",
    "mimetypes",
    "mmap",
    "modulefinder",
    "multiprocessing",
    "multiprocessing.pool",
    "netrc",
    "ntpath",
    "opcode",
    "operator",
    "optparse",
    "pdb",
    "pickle",
    "pickletools",
    "pkgutil",
    "plistlib",
    "poplib",
    "posix",
    "pprint",
    "profile",
    "pstats",
    "pty",
    "pwd",
    "py_compile",
    "pyclbr",
    "pydoc",
    "queue",
    "quopri",
    "re",
    "readline",
    "reprlib",
    "resource",
    "rlcompleter",
    "runpy",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shlex",
    "signal",
    "site",
    "smtplib",
    "sndhdr",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "stat",
    "statistics",
    "stringprep",
    "subprocess",
    "symtable",
    "sysconfig",
    "syslog",
    "tarfile",
    "telnetlib",
    "termios",
    "timeit",
    "tkinter",
    "token",
    "tokenize",
    "tomllib",
    "trace",
    "tracemalloc",
    "tty",
    "turtle",
    "unicodedata",
    "unittest.mock",
    "urllib",
    "urllib.request",
    "urllib.error",
    "uu",
    "uuid",
    "venv",
    "wave",
    "webbrowser",
    "xml",
    "xml.etree",
    "xml.etree.ElementTree",
    "xmlrpc",
    "zipapp",
    "zipfile",
    "zipimport",
    "zlib",
    "zoneinfo",
};

// __all__ of standard modules, as Python 3.11 has it.
struct Exported {
  const char* module;
  const char* names;
};
constexpr Exported kExported[] = {
#include "library/stdlib/exported_names.inc"
};

struct NamedText {
  const char* name;
  const char* value;
};
constexpr NamedText kStringConstants[] = {
    {"ascii_lowercase", "abcdefghijklmnopqrstuvwxyz"},
    {"ascii_uppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    {"ascii_letters", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    {"digits", "0123456789"},
    {"hexdigits", "0123456789abcdefABCDEF"},
    {"octdigits", "01234567"},
    {"punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
    {"whitespace", " \t\n\r\v\f"},
};

// What a module of this folder that is written in Python does not know.
Value value_not_known(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [what] = bind<"what">(in, "value", arguments);
  return in.unknown(in.str(what));
}

bool known(Interpreter& in, const char* module) {
  return in.impl->modules.count(module) != 0 || in.impl->embedded.count(module) != 0;
}

}  // namespace

// Runs behind the other parts of the library: what they define stays as it is.
void install_harmless(Interpreter& in) {
  in.embedded_module("_harmless", embedded_text("stdlib/harmless.py"), false);
  in.embedded_module("_sequences", embedded_text("stdlib/sequences.py"), false);
  in.embedded_module("urllib.parse", embedded_text("stdlib/urllib_parse.py"), true);
  in.define(in.native_module("_unknown", false), "value", value_not_known);
  for (const char* name : {"datetime", "decimal", "struct", "tempfile"})
    in.embedded_module(name, embedded_text(fmt::format("stdlib/{}.py", name)), true);
  const auto borrow = [&](const Borrowed& each, const char* from) {
    Module* module = in.native_module(each.module, true);
    if (dict_find(module->attributes, in.intern(each.name)) != nullptr) return;
    define_lazy(in, module, each.name, from, each.as == nullptr ? each.name : each.as);
  };
  for (const Borrowed& each : kNames) borrow(each, "_harmless");
  for (const Borrowed& each : kSequences) borrow(each, "_sequences");
  Module* string = in.native_module("string", true);
  for (const NamedText& each : kStringConstants) in.define(string, each.name, in.string(each.value));
  in.define(
      string, "printable",
      in.string("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
                "\t\n\r\v\f"));
  Module* future = in.native_module("__future__", true);
  in.define(future, "annotations", Value::none());
  for (const char* name : kUnknown) {
    if (!known(in, name)) in.native_module(name, true);
  }
  for (const Exported& each : kExported) {
    if (in.impl->embedded.count(each.module) != 0) continue;  // evaluated code says it itself
    List* names = in.list();
    for (std::string_view rest = each.names; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      names->items.push(in.arena, Value::of(in.intern(rest.substr(0, end))));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    in.define(in.native_module(each.module, true), "__all__", Value::of(names));
  }
}

}  // namespace ckptlint::python
