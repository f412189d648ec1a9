// sys and platform: a Linux machine with CPython 3.11 and nothing else to tell.
#include <limits>
#include <string>

#include "library/host/environment.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/impl.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Str* module_name(Interpreter& in, const Value& key) {
  Str* name = as_str(key);
  if (name == nullptr) in.raise(in.exception("KeyError"), in.repr(key));
  return name;
}

Module* loaded(Interpreter& in, const Value& key) {
  auto found = in.impl->modules.find(std::string(module_name(in, key)->view()));
  return found == in.impl->modules.end() ? nullptr : found->second;
}

// ---- sys.modules

Value modules_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = bind<"self, key">(in, "__getitem__", arguments);
  if (key.unknown()) return key;
  if (Module* found = loaded(in, key)) return Value::of(found);
  in.raise(in.exception("KeyError"), in.repr(key));
}

Value modules_get(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, fallback] = by_position<"self, key, default=">(arguments);
  if (key.unknown()) return key;
  if (Module* found = loaded(in, key)) return Value::of(found);
  return fallback.missing() ? Value::none() : fallback;
}

Value modules_contains(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key] = bind<"self, key">(in, "__contains__", arguments);
  if (key.unknown()) return key;
  return Value::of(as_str(key) != nullptr && loaded(in, key) != nullptr);
}

// A module may put another one in its place; what is no module (a lazy stand-in) is looked through (lazy_packages).
Value modules_set(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, value] = by_position<"self, key, value">(arguments);
  if (value.is(Kind::kModule)) in.impl->modules[std::string(module_name(in, key)->view())] = value.as<Module>();
  return Value::none();
}

Value modules_set_default(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, key, value] = by_position<"self, key, default">(arguments);
  if (key.unknown()) return key;
  if (Module* found = loaded(in, key)) return Value::of(found);
  if (value.is(Kind::kModule)) in.impl->modules[std::string(module_name(in, key)->view())] = value.as<Module>();
  return value;
}

Value modules_keys(Interpreter& in, const Arguments&, const Value& what) {
  std::vector<std::string> names;
  for (const auto& [name, module] : in.impl->modules) names.push_back(name);
  std::sort(names.begin(), names.end());
  List* list = in.list(names.size());
  for (const std::string& name : names) {
    Value key = in.string(name), module = Value::of(in.impl->modules[name]);
    list->items.push(in.arena, what.integer == 0 ? key : what.integer == 1 ? module : in.tuple({key, module}));
  }
  return Value::of(list);
}

Value modules_iter(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.call(in.import_name("builtins", "iter"), {modules_keys(in, arguments, Value::of(0))});
}

Value make_modules(Interpreter& in) {
  Class* type = in.make_class("dict", {in.classes.object});
  in.method(type, "__getitem__", modules_item);
  in.method(type, "__setitem__", modules_set);
  in.method(type, "__delitem__", return_none);
  in.method(type, "__contains__", modules_contains);
  in.method(type, "__iter__", modules_iter);
  in.method(type, "get", modules_get);
  in.method(type, "setdefault", modules_set_default);
  in.method(type, "pop", modules_get);
  in.method(type, "keys", modules_keys, Value::of(0));
  in.method(type, "values", modules_keys, Value::of(1));
  in.method(type, "items", modules_keys, Value::of(2));
  return Value::of(in.instance(type));
}

// ---- the rest of sys

Value sys_exit(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [status] = bind<"status=">(in, "exit", arguments);
  in.raise(in.exception("SystemExit"), status.missing() ? "" : in.str(status));
}

Value sys_intern(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [string] = bind<"string">(in, "intern", arguments);
  Str* text = as_str(string);
  return text == nullptr ? string : Value::of(in.intern(text->view()));
}

Value sys_exc_info(Interpreter& in, const Arguments&, const Value&) {
  if (in.impl->handling.empty() || !in.impl->handling.back().is(Kind::kInstance))
    return in.tuple({Value::none(), Value::none(), Value::none()});
  Value raised = in.impl->handling.back();
  return in.tuple({Value::of(raised.as<Instance>()->type), raised, Value::none()});
}

Value constant(Interpreter&, const Arguments&, const Value& data) { return data; }
Value not_told_of_process(Interpreter& in, const Arguments&, const Value& what) {
  return in.unknown(as_str(what)->view());
}

// A named tuple with its values: sys.version_info, float_info, ...
Value record(Interpreter& in, const char* name, std::initializer_list<std::pair<const char*, Value>> fields) {
  std::vector<Value> names, values;
  for (const auto& [field, value] : fields) {
    names.push_back(in.string(field));
    values.push_back(value);
  }
  Value type =
      in.call(in.import_name("_named_tuples", "namedtuple"), {in.string(name), in.tuple(names.data(), names.size())});
  return in.call(type, Arguments{values.data(), values.size(), nullptr, 0});
}

Value make_stream(Interpreter& in) {
  Class* type = in.make_class("TextIOWrapper", {in.classes.object});
  for (const char* name : {"write", "flush", "close", "writelines", "reconfigure"}) in.method(type, name, return_none);
  in.method(type, "isatty", return_false);
  in.method(type, "fileno", constant, Value::of(1));
  in.set_class(type, "encoding", in.string("utf-8"));
  return Value::of(in.instance(type));
}

void install_platform(Interpreter& in, const std::string& version) {
  Module* module = in.native_module("platform", false);
  struct {
    const char* name;
    std::string value;
  } facts[] = {{"system", "Linux"},
               {"machine", "x86_64"},
               {"processor", ""},
               {"node", ""},
               {"release", ""},
               {"version", ""},
               {"platform", "Linux-x86_64"},
               {"python_version", version},
               {"python_implementation", "CPython"},
               {"python_branch", ""},
               {"python_compiler", ""},
               {"python_revision", ""}};
  for (const auto& fact : facts) in.define(module, fact.name, constant, in.string(fact.value));
  in.define(module, "architecture", constant, in.tuple({in.string("64bit"), in.string("ELF")}));
  in.define(
      module, "python_version_tuple", constant,
      in.tuple({in.string("3"), in.string(std::to_string(kPythonMinor)), in.string(std::to_string(kPythonMicro))}));
  for (const char* name : {"uname", "libc_ver", "mac_ver", "win32_ver", "freedesktop_os_release"}) {
    in.define(module, name, not_told_of_process, in.string("the machine"));
  }
}

}  // namespace

void install_sys(Interpreter& in) {
  Module* module = in.native_module("sys", false);
  std::string version = "3." + std::to_string(kPythonMinor) + "." + std::to_string(kPythonMicro);
  in.define(module, "version_info",
            record(in, "version_info",
                   {{"major", Value::of(3)},
                    {"minor", Value::of(kPythonMinor)},
                    {"micro", Value::of(kPythonMicro)},
                    {"releaselevel", in.string("final")},
                    {"serial", Value::of(0)}}));
  using Double = std::numeric_limits<double>;
  in.define(module, "float_info",
            record(in, "float_info",
                   {{"max", Value::of(Double::max())},
                    {"min", Value::of(Double::min())},
                    {"epsilon", Value::of(Double::epsilon())},
                    {"dig", Value::of(Double::digits10)},
                    {"mant_dig", Value::of(Double::digits)}}));
  in.define(module, "implementation",
            record(in, "implementation", {{"name", in.string("cpython")}, {"cache_tag", in.string("cpython-311")}}));
  in.define(module, "modules", make_modules(in));
  in.define(module, "version", in.string(version + " (main)"));
  in.define(module, "hexversion", Value::of((3 << 24) | (kPythonMinor << 16) | (kPythonMicro << 8) | 0xf0));
  in.define(module, "platform", in.string("linux"));
  in.define(module, "byteorder", in.string("little"));
  in.define(module, "maxsize", Value::of(std::numeric_limits<std::int64_t>::max()));
  in.define(module, "maxunicode", Value::of(0x10ffff));
  for (const char* name : {"executable", "prefix", "base_prefix", "exec_prefix"})
    in.define(module, name, in.string(""));
  for (const char* name : {"path", "meta_path", "path_hooks", "warnoptions", "argv", "orig_argv"})
    in.define(module, name, Value::of(in.list()));
  in.define(module, "path_importer_cache", Value::of(in.dict()));
  for (const char* name : {"stdout", "stderr", "stdin", "__stdout__", "__stderr__"})
    in.define(module, name, make_stream(in));
  in.define(module, "exit", sys_exit);
  in.define(module, "intern", sys_intern);
  in.define(module, "exc_info", sys_exc_info);
  in.define(module, "getrecursionlimit", constant, Value::of(1000));
  in.define(module, "getdefaultencoding", constant, in.string("utf-8"));
  in.define(module, "getfilesystemencoding", constant, in.string("utf-8"));
  for (const char* name :
       {"setrecursionlimit", "gettrace", "settrace", "getprofile", "setprofile", "excepthook", "displayhook"}) {
    in.define(module, name, return_none);
  }
  for (const char* name : {"getsizeof", "getrefcount", "_getframe", "_current_frames", "stdlib_module_names"}) {
    in.define(module, name, not_told_of_process, in.string("the running interpreter"));
  }
  install_platform(in, version);
}

}  // namespace ckptlint::python
