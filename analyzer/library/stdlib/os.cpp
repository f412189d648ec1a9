// os and os.path: path arithmetic and an empty environment.  What is on the disk is in files.cpp.
#include <string>
#include <vector>

#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/paths.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// The text of a path: a string, or what __fspath__ gives.  kMissing data where unknown.
bool path_text(Interpreter& in, const Value& value, std::string_view& out, Value& unknown) {
  Value path = value;
  if (value.is(Kind::kInstance) && as_str(value) == nullptr) {
    Value* hook = in.class_lookup(value.as<Instance>()->type, in.intern("__fspath__"));
    if (hook != nullptr) path = in.call(in.bind_to(*hook, value, value.as<Instance>()->type), {});
  }
  if (path.unknown()) {
    unknown = path;
    return false;
  }
  Str* text = as_str(path);
  if (text == nullptr) in.raise_type_error("expected str, bytes or os.PathLike object, not " + in.type_name(value));
  out = text->view();
  return true;
}

Value os_fspath(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = bind<"path">(in, "fspath", arguments);
  std::string_view text;
  Value unknown;
  if (!path_text(in, path, text, unknown)) return unknown;
  return in.string(text);
}

Value path_join(Interpreter& in, const Arguments& arguments, const Value&) {
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < arguments.count; ++i) {
    std::string_view text;
    Value unknown;
    bool path = as_str(arguments[i]) != nullptr || arguments[i].unknown() || arguments[i].is(Kind::kInstance);
    if (!path && i > 0)
      in.raise_type_error("join() argument must be str, bytes, or os.PathLike object, not '" +
                          in.type_name(arguments[i]) + "'");
    if (!path_text(in, arguments[i], text, unknown)) return unknown;
    parts.push_back(text);
  }
  if (parts.empty()) in.raise_type_error("join() missing 1 required positional argument: 'a'");
  return in.string(join_paths(parts));
}

using PathFunction = Value (*)(Interpreter&, std::string_view);
template <PathFunction function>
Value on_path(Interpreter& in, const Arguments& arguments, const Value&) {
  std::string_view text;
  Value unknown;
  const auto [path] = by_position<"path">(arguments);
  if (path.missing()) in.raise_type_error("a path is needed");
  if (!path_text(in, path, text, unknown)) return unknown;
  return function(in, text);
}

Value dirname(Interpreter& in, std::string_view path) { return in.string(split_path(path).first); }
Value basename(Interpreter& in, std::string_view path) { return in.string(split_path(path).second); }
Value split(Interpreter& in, std::string_view path) {
  auto parts = split_path(path);
  return in.tuple({in.string(parts.first), in.string(parts.second)});
}
Value splitext(Interpreter& in, std::string_view path) {
  auto parts = split_extension(path);
  return in.tuple({in.string(parts.first), in.string(parts.second)});
}
Value normpath(Interpreter& in, std::string_view path) { return in.string(normal_path(path)); }
// There is no working folder: a relative path is taken from "/".
Value abspath(Interpreter& in, std::string_view path) {
  return in.string(normal_path(!path.empty() && path.front() == '/' ? std::string(path) : "/" + std::string(path)));
}
Value isabs(Interpreter&, std::string_view path) { return Value::of(!path.empty() && path.front() == '/'); }
Value same_path(Interpreter& in, std::string_view path) { return in.string(path); }

Value relpath(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_path, given_start] = bind<"path, start=">(in, "relpath", arguments);
  std::string_view path, start = "/";
  Value unknown;
  if (!path_text(in, given_path, path, unknown)) return unknown;
  if (!given_start.missing() && !given_start.is_none() && !path_text(in, given_start, start, unknown)) return unknown;
  auto parts_of = [](std::string_view text) {
    std::string whole = normal_path("/" + std::string(text));
    std::vector<std::string> parts;
    for (std::size_t at = 1; at < whole.size();) {
      std::size_t next = std::min(whole.find('/', at), whole.size());
      if (next > at) parts.push_back(whole.substr(at, next - at));
      at = next + 1;
    }
    return parts;
  };
  std::vector<std::string> to = parts_of(path), from = parts_of(start);
  std::size_t common = 0;
  while (common < to.size() && common < from.size() && to[common] == from[common]) ++common;
  std::string result;
  for (std::size_t i = common; i < from.size(); ++i) result += result.empty() ? ".." : "/..";
  for (std::size_t i = common; i < to.size(); ++i) result += (result.empty() ? "" : "/") + to[i];
  return in.string(result.empty() ? "." : result);
}

Value commonprefix(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [m] = bind<"m">(in, "commonprefix", arguments);
  std::string prefix;
  bool first = true;
  for (const Value& item : in.collect(m)->items) {
    std::string_view text;
    Value unknown;
    if (!path_text(in, item, text, unknown)) return unknown;
    if (first) prefix = text;
    first = false;
    std::size_t same = 0;
    while (same < prefix.size() && same < text.size() && prefix[same] == text[same]) ++same;
    prefix.resize(same);
  }
  return in.string(prefix);
}

// os.getenv(key, default=None): nothing is set but what evaluated code has set itself.
Value os_getenv(Interpreter& in, const Arguments& arguments, const Value& environ_dict) {
  const auto [key, fallback] = bind<"key, default=">(in, "getenv", arguments);
  if (key.unknown()) return key;
  if (Value* found = hashable(key) ? dict_find(environ_dict.as<Dict>(), key) : nullptr) return *found;
  return fallback.missing() ? Value::none() : fallback;
}

Value not_told(Interpreter& in, const Arguments&, const Value& what) { return in.unknown(as_str(what)->view()); }

}  // namespace

void install_os(Interpreter& in) {
  Module* module = in.native_module("os", false);
  Module* path = in.native_module("os.path", false);
  in.native_module("posixpath", false)->attributes = path->attributes;
  Value environ_dict = Value::of(in.dict());
  in.define(module, "environ", environ_dict);
  in.define(module, "getenv", os_getenv, environ_dict);
  in.define(module, "putenv", return_none);
  in.define(module, "unsetenv", return_none);
  in.define(module, "fspath", os_fspath);
  struct {
    const char* name;
    const char* value;
  } texts[] = {{"sep", "/"},    {"pathsep", ":"}, {"linesep", "\n"}, {"name", "posix"},
               {"curdir", "."}, {"pardir", ".."}, {"extsep", "."},   {"devnull", "/dev/null"}};
  for (const auto& text : texts) {
    in.define(module, text.name, in.string(text.value));
    in.define(path, text.name, in.string(text.value));
  }
  in.define(module, "altsep", Value::none());
  Class* path_like = in.make_class("PathLike", {in.classes.object});
  path_like->metaclass = in.classes.abc_meta;
  in.class_method(path_like, "__class_getitem__", return_first);
  in.define(module, "PathLike", Value::of(path_like));
  in.define(module, "error", Value::of(in.exception("OSError")));
  for (const char* name : {"chmod", "utime", "umask", "sync", "register_at_fork"}) in.define(module, name, return_none);
  for (const char* name :
       {"getcwd", "cpu_count", "getpid", "getppid", "urandom", "uname", "getlogin", "getuid", "system", "popen", "kill",
        "times", "walk", "sched_getaffinity", "get_terminal_size", "fork", "access", "open"}) {
    in.define(module, name, not_told, in.string("the machine (os." + std::string(name) + ")"));
  }
  in.define(path, "join", path_join);
  in.define(path, "dirname", on_path<dirname>);
  in.define(path, "basename", on_path<basename>);
  in.define(path, "split", on_path<split>);
  in.define(path, "splitext", on_path<splitext>);
  in.define(path, "normpath", on_path<normpath>);
  in.define(path, "abspath", on_path<abspath>);
  in.define(path, "realpath", on_path<abspath>);
  in.define(path, "isabs", on_path<isabs>);
  for (const char* name : {"expanduser", "expandvars", "normcase"}) in.define(path, name, on_path<same_path>);
  in.define(path, "relpath", relpath);
  in.define(path, "commonprefix", commonprefix);
  for (const char* name : {"islink", "ismount", "samefile"}) in.define(path, name, return_false);
  in.embedded_module("pathlib", embedded_text("stdlib/pathlib.py"), false);
}

}  // namespace ckptlint::python
