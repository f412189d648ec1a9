// Functions that look up names, run text or make paths; and what decides whether a dangerous one is worth a word.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conduct/code_walk.h"
#include "python/syntax/nodes.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {

using python::Expr;

namespace {

constexpr int kMostTexts = 4;  // text that is run by text that is run

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Whether a path that is written out leads out of the repo.
bool leads_out(std::string_view path) {
  if (path.empty()) return false;
  for (const std::string_view harmless :
       {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/proc/cpuinfo", "/proc/meminfo"}) {
    if (path == harmless) return false;
  }
  const bool cache = path.find("/.cache/") != std::string_view::npos && path.find("token") == std::string_view::npos;
  if (cache) return false;
  const bool drive = path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
  return path.front() == '/' || path.front() == '~' || path.starts_with("..") || path.starts_with("\\\\") || drive ||
         path.find("/../") != std::string_view::npos;
}

// Whether a variable of the environment is likely to hold a secret.
bool is_secret(std::string_view name) {
  std::string upper;
  for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const char* word : {"SECRET", "PASSWORD", "PASSWD", "APIKEY", "CREDENTIAL", "PRIVATE_KEY", "ACCESS_KEY"}) {
    if (upper.find(word) != std::string::npos) return true;
  }
  std::string word;
  std::string last;
  bool secret = false;
  for (const char c : upper + "_") {
    if (c != '_' && c != '-') {
      word += c;
      continue;
    }
    secret |= word == "TOKEN" || word == "PAT" || (word == "PWD" && !last.empty() && last != "OLD");
    last = word;
    word.clear();
  }
  return secret || (last == "KEY" && upper.size() > 3);
}

std::string quoted_start(std::string_view text) {
  constexpr std::size_t kMost = 60;
  const std::size_t end = std::min({kMost, text.find('\n'), text.size()});
  std::string shown(text.substr(0, end));
  if (end < text.size()) shown += "...";
  return fmt::format("`{}`", shown);
}

bool tells_of_pip(std::string_view text) {
  for (const std::string_view program : {"pip install", "pip3 install", "conda install", "apt install",
                                         "apt-get install", "uv add", "easy_install", "npm install", "pip download"}) {
    if (text.find(program) != std::string_view::npos) return true;
  }
  return false;
}

// The words of a command, as far as they are known.
std::string command_of(const Meanings& meanings, int depth = 0) {
  std::string text;
  if (depth > 3) return text;
  for (const Meaning& each : meanings) {
    std::string part;
    if (each.is_text()) {
      part = text_of(each);
    } else if (each.is(Means::kKnown) && (each.value.is(python::Kind::kList) || each.value.is(python::Kind::kTuple))) {
      const auto add = [&](const python::Value& value) {
        if (!value.is(python::Kind::kStr)) return;
        if (!part.empty()) part += ' ';
        part += value.as<python::Str>()->view();
      };
      if (each.value.is(python::Kind::kList)) {
        for (const python::Value& value : each.value.as<python::List>()->items) add(value);
      } else {
        for (const python::Value& value : *each.value.as<python::Tuple>()) add(value);
      }
    } else if (each.is(Means::kContainer)) {
      for (const Meaning& inside : *each.parts) {
        std::string word =
            inside.is(Means::kExternal) && inside.name == "sys.executable" ? "python" : command_of({inside}, depth + 1);
        if (word.empty()) word = "...";
        if (!part.empty()) part += ' ';
        part += word;
      }
    } else {
      part = each.starts;
    }
    if (part.size() > text.size()) text = std::move(part);
  }
  return text;
}

// What unpacks the text, which is not known therefore; empty for all other texts.
std::string unpacker_of(const Meaning& text) {
  constexpr std::array<std::string_view, 8> kModules = {"bz2.",    "lzma.",   "zlib.",     "gzip.",
                                                        "codecs.", "base64.", "binascii.", "marshal."};
  const bool packed = text.is(Means::kExternal) && std::any_of(kModules.begin(), kModules.end(), [&](auto module) {
                        return text.name.starts_with(module);
                      });
  return packed ? text.name.substr(0, text.name.find('(')) : "";
}

}  // namespace

Place CodeWalk::place_of(const Meanings& path, std::string& detail) const {
  for (const Meaning& each : path) {
    const std::string_view text = text_of(each).empty() ? std::string_view(each.starts) : text_of(each);
    if (leads_out(text)) {
      detail = quoted_start(text);
      return Place::kOutside;
    }
    if (each.place == Place::kOutside) {
      detail = "a path in the user's folder";
      return Place::kOutside;
    }
  }
  for (const Meaning& each : path) {
    if (each.place == Place::kInside) return Place::kInside;
  }
  return Place::kAnywhere;
}

void CodeWalk::judge(const python::Call& call, const Danger& danger, const Meaning& callee, const Given& given) {
  std::string detail;
  const Meanings self = {callee};
  const bool of_path = danger.name.starts_with("pathlib.Path()");
  const auto argument = [&](std::size_t position, std::string_view name) -> const Meanings* {
    if (of_path) return position == 0 ? &self : given.at(position - 1, name);
    return given.at(position, name);
  };
  const auto text_at = [&](std::size_t position, std::string_view name) {
    const Meanings* meanings = argument(position, name);
    return meanings == nullptr || meanings->empty() ? std::string_view() : text_of(meanings->front());
  };
  const auto is_at = [&](std::string_view name, bool value) {
    const Meanings* meanings = given.at(100, name);
    return meanings != nullptr && meanings->size() == 1 && meanings->front().is(Means::kKnown) &&
           meanings->front().value.is(python::Kind::kBool) && meanings->front().value.boolean == value;
  };
  const auto outside = [&](std::size_t position, std::string_view name, bool writes) {
    const Meanings* path = argument(position, name);
    if (path == nullptr) return false;
    const Place place = place_of(*path, detail);
    if (place == Place::kOutside) return true;
    if (!writes || place == Place::kInside) return false;
    for (const Meaning& each : *path) {
      if (each.is_text() && !text_of(each).empty() && !text_of(each).starts_with("/")) {
        detail = fmt::format("{} of the working folder", quoted_start(text_of(each)));
        return true;
      }
    }
    return false;
  };
  switch (danger.check) {
    case Check::kAlways:
      // A copy of what was there.
      if (const Meanings* given_bytes = argument(0, "data");
          danger.kind == DeedKind::kUnpickling && given_bytes != nullptr &&
          std::any_of(given_bytes->begin(), given_bytes->end(), [](const Meaning& each) {
            return each.is(Means::kExternal) && each.name.find(".dumps()") != std::string::npos;
          }))
        return;
      if (const std::string_view text = text_at(0, "url");
          !text.empty() && (danger.kind == DeedKind::kNetwork || danger.kind == DeedKind::kNative))
        detail = fmt::format("given {}", quoted_start(text));
      return add_deed(danger, callee, &call, detail);
    case Check::kCommand: {
      Meanings all;
      for (const Meanings& each : given.positional) add_meanings(all, each);
      if (const Meanings* args = given.at(100, "args")) add_meanings(all, *args);
      const std::string command = command_of(all);
      if (!command.empty()) detail = fmt::format("given {}", quoted_start(command));
      add_deed(danger, callee, &call, detail);
      if (tells_of_pip(command) && !routine_.acts.empty() && routine_.acts.back().danger == &danger)
        routine_.acts.back().deed = DeedKind::kInstallation;
      return;
    }
    case Check::kText: {
      const Meanings* source = argument(0, danger.name == "timeit.timeit" ? "stmt" : "source");
      if (source == nullptr) return;
      for (const Meaning& each : *source) {
        const Meanings inside =
            each.is(Means::kExternal) && each.name == "builtins.compile()" && each.parts ? *each.parts : Meanings{each};
        for (const Meaning& text : inside) {
          if (text.is_text()) {
            if (danger.name != "builtins.compile" && danger.name != "builtins.eval")
              (void)run_text(text_of(text), call.at, false);
          } else if (each.is(Means::kExternal) && each.name == "builtins.compile()") {
            continue;  // said where it was compiled
          } else if (!text.is(Means::kCounted) && !text.is(Means::kKnown)) {
            if (!text.starts.empty()) detail = fmt::format("of a text that begins with {}", quoted_start(text.starts));
            add_deed(danger, callee, &call, detail);
          }
        }
      }
      return;
    }
    case Check::kOpen: {
      std::string_view mode = text_at(1, "mode");
      const bool writes = mode.find_first_of("wax+") != std::string_view::npos;
      if (outside(0, "file", writes) || outside(0, "filename", writes))
        add_deed(danger, callee, &call, fmt::format("{} {}", writes ? "writes" : "reads", detail));
      return;
    }
    case Check::kReads:
      if (outside(0, "path", false)) add_deed(danger, callee, &call, fmt::format("of {}", detail));
      return;
    case Check::kWrites:
      if (outside(0, "path", true)) add_deed(danger, callee, &call, fmt::format("of {}", detail));
      return;
    case Check::kWritesThere:
      if (outside(1, danger.name == "torch.save" ? "f" : "dst", true))
        add_deed(danger, callee, &call, fmt::format("to {}", detail));
      return;
    case Check::kSecret:
      if (const std::string_view name = text_at(0, "key"); is_secret(name))
        add_deed(danger, callee, &call, fmt::format("of {}", quoted_start(name)));
      return;
    case Check::kTorchLoad: {
      if (is_at("weights_only", true)) return;
      const bool chosen = is_at("weights_only", false) || given.at(100, "pickle_module") != nullptr;
      if (!chosen) return;
      return add_deed(danger, callee, &call, "with `weights_only=False`");
    }
    case Check::kNumpyLoad:
      if (is_at("allow_pickle", true)) add_deed(danger, callee, &call, "with `allow_pickle=True`");
      return;
    case Check::kYamlLoad: {
      const Meanings* loader = given.at(1, "Loader");
      const bool safe =
          loader != nullptr && std::any_of(loader->begin(), loader->end(), [](const Meaning& each) {
            return each.name.find("Safe") != std::string::npos || each.name.find("Base") != std::string::npos;
          });
      if (!safe) add_deed(danger, callee, &call, "without a safe loader");
      return;
    }
  }
}

// An attribute by its name as text.
Meanings CodeWalk::found_by_name(const Meaning& object, const Meanings& names, const Expr* at, std::string_view how) {
  Meanings found;
  const bool any_known = std::any_of(names.begin(), names.end(), [](const Meaning& each) { return each.is_text(); });
  for (const Meaning& name : names) {
    if (name.is_text()) {
      for (Meaning each : attribute(object, program_.intern(text_of(name)), at)) {
        if (each.is(Means::kExternal) && each.hidden.empty()) each.hidden = how;
        add_meaning(found, std::move(each));
      }
      continue;
    }
    if (object.is(Means::kExternal) && is_dangerous_module(object.name) && object.name != "code" &&
        !name.is(Means::kCounted) && !any_known) {
      add_hidden(at, object.name, fmt::format("which name of `{}` this is, is not known", object.name), "");
      add_meaning(found, {});
      continue;
    }
    if (object.is(Means::kInstance) || object.is(Means::kClass)) {
      // Any of the class's methods, where the text says how they begin.
      add_meaning(found, {});
      continue;
    }
    Meaning same = object.is(Means::kExternal) ? external(object.name + ".?") : Meaning{};
    add_meaning(found, same);
  }
  return found;
}

void CodeWalk::add_hidden_module(const Expr* at, const std::string& unpacker) {
  std::string why = "which module is imported here is not known";
  if (unpacker.empty()) return add_hidden(at, "", std::move(why), "");
  add_hidden(at, "", fmt::format("{}: `{}` unpacks its name", why, unpacker), "it is packed");
}

Meanings CodeWalk::module_named(const Meanings& names, const Expr* at, std::string_view how) {
  Meanings found;
  for (const Meaning& name : names) {
    if (name.is_text()) {
      const std::string text(text_of(name));
      std::string path = text.substr(std::min(text.find_first_not_of('.'), text.size()));
      std::replace(path.begin(), path.end(), '.', '/');
      CodeFile* file = is_dangerous_module(text.substr(0, text.find('.'))) ? nullptr : program_.file_at(path);
      if (file != nullptr) {
        add_import(file, at->at);
        Meaning module;
        module.kind = Means::kFile;
        module.file = file;
        add_meaning(found, module);
      } else {
        add_meaning(found, external(text, std::string(how)));
      }
      continue;
    }
    const bool of_known_package = name.starts.find('.') != std::string::npos &&
                                  !is_dangerous_module(name.starts.substr(0, name.starts.find('.')));
    if (!of_known_package && !name.is(Means::kCounted)) add_hidden_module(at, unpacker_of(name));
    add_meaning(found, {});
  }
  return found;
}

// What an expression stands for; nothing of statements.
Meanings CodeWalk::run_text(std::string_view text, const python::Position& at, bool expression) {
  const python::Code* code = texts_ >= kMostTexts ? nullptr : program_.code_of(text, at, expression);
  if (code == nullptr) return {};
  const python::Position* before = instead_;
  if (instead_ == nullptr) instead_ = &at;
  ++texts_;
  Meanings value;
  if (code->expression != nullptr)
    value = value_of(code->expression);
  else
    block(code->body);
  --texts_;
  instead_ = before;
  return value;
}

Meanings CodeWalk::path_of(const Given& given) {
  Meaning path = external("pathlib.Path()");
  if (given.positional.empty()) return {path};
  Meanings joined = given.positional.front();
  for (std::size_t i = 1; i < given.positional.size(); ++i) {
    const Meanings slash = {Meaning{.kind = Means::kKnown, .value = program_.calculator.in().string("/")}};
    joined = binary(python::Operator::kAdd, binary(python::Operator::kAdd, joined, slash), given.positional[i]);
  }
  Meanings paths;
  for (const Meaning& each : joined) {
    Meaning made = path;
    made.place = each.place;
    made.starts = each.starts;
    if (each.is_text() || (each.is(Means::kExternal) && each.name == "pathlib.Path()")) made.value = each.value;
    add_meaning(paths, made);
  }
  return paths;
}

std::optional<Meanings> CodeWalk::special(const python::Call& call, const Meaning& callee, const Given& given) {
  const std::string& name = callee.name;
  const auto first = [&]() -> Meanings { return given.positional.empty() ? Meanings() : given.positional.front(); };
  const auto second = [&]() -> Meanings { return given.positional.size() < 2 ? Meanings() : given.positional[1]; };
  const auto by_name = [&](const Meanings& objects, const Meanings& names, std::string_view how) {
    Meanings found;
    for (const Meaning& object : objects) add_meanings(found, found_by_name(object, names, &call, how));
    return found;
  };
  if (name == "builtins.getattr" || name == "inspect.getattr_static")
    return by_name(first(), second(), "its name is computed for `getattr`");
  if (is_one_of(name, {"builtins.object.__getattribute__", "builtins.type.__getattribute__"}))
    return by_name(first(), second(), "its name is given to `__getattribute__`");
  if (name.ends_with(".__getattribute__") || name.ends_with(".__dict__.get") ||
      name.ends_with(".__dict__.__getitem__")) {
    const std::size_t end = name.ends_with(".__getattribute__") ? 17 : name.ends_with(".get") ? 13 : 21;
    return by_name({external(name.substr(0, name.size() - end))}, first(), "its name is given as text");
  }
  if (name == "builtins.__import__" || name == "importlib.__import__") {
    Meanings found = module_named(first(), &call, "imported by `__import__`");
    const Meanings* parts = given.at(3, "fromlist");
    for (Meaning& each : found) {
      // Without names to take from it, it is the package above.
      if (each.is(Means::kExternal) && parts == nullptr)
        each.name.resize(std::min(each.name.find('.'), each.name.size()));
    }
    return found;
  }
  if (name == "importlib.import_module" || name == "importlib.reload") {
    const Meanings* module = given.at(0, "name");
    return module == nullptr ? Meanings() : module_named(*module, &call, "imported by `importlib`");
  }
  if (name == "pydoc.locate" || name == "pkgutil.resolve_name") {
    Meanings found;
    for (const Meaning& each : first()) {
      std::string text(text_of(each));
      std::replace(text.begin(), text.end(), ':', '.');
      if (each.is_text()) add_meaning(found, external(text, fmt::format("found by `{}`", name)));
    }
    return found;
  }
  if (name == "builtins.eval") {
    Meanings found;
    for (const Meaning& each : first()) {
      const Meanings texts = each.is(Means::kExternal) && each.parts ? *each.parts : Meanings{each};
      for (const Meaning& text : texts) {
        if (text.is_text()) add_meanings(found, run_text(text_of(text), call.at, true));
      }
    }
    if (found.empty()) found.push_back(Meaning{});
    return found;
  }
  if (name == "sys.modules.get") return module_named(first(), &call, "taken from `sys.modules`");
  if (name == "builtins.setattr" && given.positional.size() == 3) {
    for (const Meaning& object : first()) {
      const bool has = (object.is(Means::kInstance) || object.is(Means::kClass)) && object.type != nullptr;
      for (const Meaning& word : second()) {
        if (object.is(Means::kGiven) && object.name.ends_with("config"))
          program_.write_config(word.is_text() ? text_of(word) : "*");
        if (has && word.is_text())
          add_meanings(object.type->attributes[program_.intern(text_of(word))], given.positional[2]);
      }
    }
    return Meanings{Meaning{}};
  }
  if (name == "builtins.type" && given.positional.size() == 3) {
    // Which of its methods run is not looked at.
    for (const Meaning& each : elements_of(given.positional[2])) {
      if (each.is(Means::kRoutine)) (void)call_routine(&call, *each.routine, {}, true, false);
    }
    return Meanings{Meaning{}};
  }
  if (name == "dataclasses.field" && !owners_.empty()) {
    if (const Meanings* factory = given.at(100, "default_factory"))
      add_meanings(owners_.back()->members[program_.intern(kFactories)], *factory);
    return std::nullopt;
  }
  if (name == "builtins.vars") {
    Meanings found;
    for (const Meaning& each : first()) {
      if (each.is(Means::kExternal)) add_meaning(found, external(each.name + ".__dict__", each.hidden));
    }
    if (found.empty()) found.push_back(given.positional.empty() ? external("builtins.globals()") : Meaning{});
    return found;
  }
  if (name == "operator.attrgetter" || name == "operator.methodcaller") {
    Meaning made = external(name + "()");
    set_parts(made, first());
    return Meanings{made};
  }
  if ((name == "operator.attrgetter()" || name == "operator.methodcaller()") && callee.parts) {
    Meanings found;
    for (const Meaning& object : first()) {
      for (const Meaning& path : *callee.parts) {
        std::string text(text_of(path));
        Meanings at = {object};
        if (text.empty()) at = found_by_name(object, {path}, &call, "its name is given to `operator`");
        while (!text.empty()) {
          const std::string part = text.substr(0, text.find('.'));
          text.erase(0, part.size() + 1 > text.size() ? text.size() : part.size() + 1);
          Meanings below;
          for (const Meaning& each : at) {
            Meaning word{.kind = Means::kKnown, .value = program_.calculator.in().string(part)};
            add_meanings(below, found_by_name(each, {word}, &call, "its name is given to `operator`"));
          }
          at = std::move(below);
        }
        add_meanings(found, at);
      }
    }
    if (name == "operator.attrgetter()") return found;
    for (const Meaning& each : found) {
      if (each.is(Means::kExternal)) (void)call_external(call, each, {});
      if (each.is(Means::kRoutine)) (void)call_routine(&call, *each.routine, {}, true, false);
    }
    return Meanings{Meaning{}};
  }
  if (is_one_of(name, {"functools.partial", "functools.cache", "torch.compile", "torch.jit.script", "torch.no_grad()",
                       "functools.lru_cache", "functools.lru_cache()", "torch.inference_mode()",
                       "torch.compiler.disable", "torch.compiler.disable()"}) &&
      !first().empty() && first().front().kind != Means::kKnown) {
    return first();
  }
  if (name == "builtins.super") {
    if (owners_.empty()) return Meanings{Meaning{}};
    Meaning made{.kind = Means::kSuper};
    made.type = owners_.back();
    return Meanings{made};
  }
  if (name == "builtins.compile") {
    Meaning made = external("builtins.compile()");
    Meanings texts;
    for (const Meaning& each : first()) {
      if (each.is_text()) texts.push_back(each);
    }
    if (!texts.empty()) set_parts(made, std::move(texts));
    return Meanings{made};
  }
  if (is_one_of(name, {"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "pathlib.WindowsPath"}))
    return path_of(given);
  if (name == "pathlib.Path.home" || name == "pathlib.Path().home") {
    Meaning made = external("pathlib.Path()");
    made.place = Place::kOutside;
    return Meanings{made};
  }
  if (name.starts_with("pathlib.Path().") &&
      is_one_of(name.substr(15), {"expanduser", "resolve", "absolute", "joinpath", "with_suffix", "with_name"})) {
    Meaning made = callee;
    made.name = "pathlib.Path()";
    if (name.ends_with("joinpath") && !first().empty()) return binary(python::Operator::kDiv, {made}, first());
    return Meanings{made};
  }
  if (name == "os.path.expanduser" || name == "os.path.abspath" || name == "os.path.realpath" ||
      name == "os.path.expandvars" || name == "os.path.dirname" || name == "os.fspath" || name == "builtins.str" ||
      name == "os.path.normpath") {
    Meanings found = first();
    const bool pure = name == "builtins.str" || name == "os.path.dirname" || name == "os.path.normpath";
    if (pure && all_known(found)) return std::nullopt;
    for (Meaning& each : found) {
      if (each.kind > Means::kKnown && !(each.is(Means::kExternal) && each.name == "pathlib.Path()")) each = Meaning{};
      if (each.is(Means::kExternal) && each.place != Place::kInside && !each.is_text()) {
        Meaning text;
        text.place = each.place;
        text.starts = text_of(each).empty() ? each.starts : std::string(text_of(each));
        each = text;
      }
    }
    return found;
  }
  if (name == "os.path.join") {
    bool known = true;
    for (const Meanings& each : given.positional) known = known && all_known(each) && each.size() == 1;
    if (known) return std::nullopt;
    Meanings joined;
    for (const Meanings& part : given.positional) {
      const auto is_empty = [](const Meaning& each) { return each.is_text() && text_of(each).empty(); };
      const bool may_be_empty = joined.empty() || std::any_of(joined.begin(), joined.end(), is_empty);
      std::erase_if(joined, is_empty);
      const Meanings slash = {Meaning{.kind = Means::kKnown, .value = program_.calculator.in().string("/")}};
      Meanings longer = binary(python::Operator::kAdd, binary(python::Operator::kAdd, joined, slash), part);
      for (const Meaning& each : part) {
        if (may_be_empty || (each.is_text() && leads_out(text_of(each)))) add_meaning(longer, each);
      }
      joined = std::move(longer);
    }
    for (Meaning& each : joined) {
      if (each.is(Means::kExternal)) each = Meaning{};
    }
    return joined;
  }
  if (is_one_of(name, {"os.environ.get", "os.getenv"})) {
    Meaning made;
    const Meanings names = first();
    if (!names.empty() && is_one_of(text_of(names.front()), {"HOME", "USERPROFILE", "APPDATA"}))
      made.place = Place::kOutside;
    return Meanings{made};
  }
  if (is_one_of(name, {"builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "builtins.reversed",
                       "builtins.iter", "builtins.dict", "builtins.enumerate", "builtins.zip"}) &&
      !first().empty() && !all_known(first())) {
    Meanings parts;
    for (const Meanings& each : given.positional) add_meanings(parts, elements_of(each));
    for (const auto& [keyword, each] : given.named) add_meanings(parts, each);
    return Meanings{container_of(std::move(parts))};
  }
  if (name == "builtins.range" || name == "builtins.len" || name == "builtins.int") {
    if (name == "builtins.range") return std::nullopt;
    if (all_known(first())) return std::nullopt;
    return Meanings{Meaning{.kind = Means::kCounted}};
  }
  return std::nullopt;
}

}  // namespace ckptlint
