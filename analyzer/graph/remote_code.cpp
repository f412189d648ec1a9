// Puts the repo on the evaluator's disk, and stands in for the hub and for importlib while the library imports its
// code.
#include "graph/remote_code.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/escape.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "graph/asking.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Str;
using python::Value;

constexpr const char* kCache = "~/.cache/huggingface/modules";  // from the root, as there is no working folder
constexpr const char* kDynamic = "transformers_modules";
constexpr const char* kDynamicModules = "transformers.dynamic_module_utils";
constexpr const char* kStandIns = "_importing_of_remote_code";

// What the library calls while it copies and imports.  A package that is not installed is asked for, and then taken as
// installed, but not where a file of the repo is meant: that is none anywhere.
constexpr const char* kText = R"(
import importlib
import os
import sys
import _remote_code


def files_of(name, folder):
    def cached_file(path, filename, *args, **kwargs):
        found = os.path.join(path if os.path.isdir(path) else folder, filename)
        if str(path).lstrip("/") != name:  # the folder of a repo is named in both ways
            return _remote_code.of_another_repo(path)
        if not os.path.isfile(found):
            raise OSError(
                f"{path} does not appear to have a file named {filename}. Checkout "
                f"'https://huggingface.co/{path}/tree/main' for available files."
            )
        return found

    return cached_file


def demanding(check_imports, get_relative_imports, folder):
    def check(filename):
        try:
            return check_imports(filename)
        except ImportError as error:
            found = str(error).partition("found in your environment: ")[2]
            if not found:
                raise
            names = found.partition(". Run ")[0].split(", ")
            for name in names:
                _remote_code.settle(name, os.path.isfile(f"{folder}/{name}.py"))
            if any(os.path.isfile(f"{folder}/{name}.py") for name in names):
                raise
        return get_relative_imports(filename)

    return check


class Pending:
    """A module that is in sys.modules and has not run."""

    def __init__(self):
        self.__dict__["module"] = None

    def __getattr__(self, name):
        if self.module is None:
            raise AttributeError(name)
        return getattr(self.module, name)

    def __setattr__(self, name, value):
        setattr(self.module, name, value)


class Spec:
    def __init__(self, name, location=None):
        self.name = name
        self.loader = self

    def exec_module(self, module):
        if isinstance(module, Pending):
            module.__dict__["module"] = importlib.import_module(self.name)
        else:
            _remote_code.run_again(module)

    def load_module(self):
        if self.name in sys.modules:
            _remote_code.run_again(sys.modules[self.name])
        return importlib.import_module(self.name)


class Importlib:
    def __init__(self):
        self.util = self.machinery = self
        self.SourceFileLoader = self.spec_from_file_location = Spec

    def import_module(self, name):
        return importlib.import_module(name)

    def module_from_spec(self, spec):
        return Pending()

    def invalidate_caches(self):
        return None
)";

// A package that the library refuses to do without is taken as installed; a file of the repo is none.
Value settle(Interpreter& in, const python::Arguments& arguments, const Value&) {
  const std::string name = in.str(arguments[0]);
  std::erase(in.absent_packages, name);
  if (!in.test(arguments[1])) in.environment.assumed.push_back(name);
  return Value::none();
}

Value of_another_repo(Interpreter& in, const python::Arguments& arguments, const Value&) {
  return in.unknown(
      fmt::format("what is in the repo {}, which is a matter of the Hub", quoted_name(in.str(arguments[0]))));
}

Value run_again(Interpreter& in, const python::Arguments& arguments, const Value&) {
  if (arguments[0].is(Kind::kModule)) in.run_again(arguments[0].as<python::Module>());
  return Value::none();
}

// A repo as its own name says where it is: a folder's, or that of a repo of the Hub with its snapshot in the cache.
std::string place_of_repo(const GraphRequest& request, const std::string& name) {
  if (request.commit.empty()) return "/" + name;
  std::string folder = name;
  folder.replace(folder.find('/'), 1, "--");
  return fmt::format("/models--{}/snapshots/{}", folder, request.commit);
}

// Repos' names go into paths of the disk.
bool is_name_of_folder(std::string_view text) {
  std::size_t characters = 0;
  for (; !text.empty(); ++characters) {
    const Utf8Step step = decode_utf8(text);
    if (!step.valid || step.code_point < 0x20 || step.code_point == '/') return false;
    text.remove_prefix(step.length);
  }
  return characters >= 1 && characters <= 255;
}

bool is_half_of_hub_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= 96 && std::all_of(text.begin(), text.end(), allowed);
}

bool is_name(const std::string& text, bool of_hub) {
  if (text == "." || text == ".." || text == "~") return false;
  if (!of_hub) return is_name_of_folder(text);
  const std::string_view all = text;
  const std::size_t slash = all.find('/');
  return slash != std::string_view::npos && is_half_of_hub_name(all.substr(0, slash)) &&
         is_half_of_hub_name(all.substr(slash + 1));
}

// from_pretrained of a class of the library; `former` is its own.
Value from_pretrained(Interpreter& in, const python::Arguments& arguments, const Value& former) {
  const Value type = arguments[0], path = arguments[1];
  if (!type.is(Kind::kClass)) in.raise_type_error("from_pretrained() is a method of classes");
  const std::string text = path.missing() || path.unknown() ? "" : in.str(path);
  if (path.missing() || (!path.unknown() && in.disk->is_folder(text.starts_with("/") ? text : "/" + text))) {
    python::Arguments rest = arguments;
    ++rest.positional;
    --rest.count;
    return in.call(in.bind_to(former, type, type.as<python::Class>()), rest);
  }
  const std::string what =
      fmt::format("what from_pretrained makes of {}, which is a matter of the Hub", quoted_name(text));
  in.note_partial(what);
  return in.unknown(what);
}

}  // namespace

// What the Hub has is not known here: code that loads from it while it is imported or run gets something unknown.
void RemoteCode::leave_hub_alone() {
  if (hub_left_alone_) return;
  hub_left_alone_ = true;
  constexpr std::pair<const char*, const char*> kClasses[] = {
      {"transformers.configuration_utils", "PretrainedConfig"},
      {"transformers.models.auto.configuration_auto", "AutoConfig"},
      {"transformers.models.auto.auto_factory", "_BaseAutoModelClass"},
      {"transformers.modeling_utils", "PreTrainedModel"}};
  constexpr const char* kMethod = "from_pretrained";
  const NotesTakenBack no_part_of_the_model(in_);
  const std::size_t absent = in_.absent_packages.size();
  for (const auto& [module, name] : kClasses) {
    const Answer<Value> type = attempt([&, module = module, name = name] { return in_.import_name(module, name); });
    if (!type || !type->is(Kind::kClass)) continue;
    const Value* own = python::dict_find(type->as<python::Class>()->attributes, in_.intern(kMethod));
    if (own != nullptr) in_.class_method(type->as<python::Class>(), kMethod, from_pretrained, *own);
  }
  in_.absent_packages.resize(absent);
}

RemoteCode::RemoteCode(Interpreter& in, const GraphRequest& request)
    : in_(in), request_(request), name_(request.repo_name) {
  const char* const kUnnamed = request.commit.empty() ? "repo" : "org/repo";
  if (!is_name(name_, !request.commit.empty())) name_ = kUnnamed;
  if (!request.repo) return;
  const std::string cache = "/" + std::string(kCache);
  in.disk->mount(place_of_repo(request, name_), request.repo);
  in.disk->mount(cache, in_memory_tree({}));
  in.add_root({tree_of_disk(*in.disk, cache), request.repo_label, "", true, false, kCache});
  python::Module* natives = in.native_module("_remote_code", false);
  in.define(natives, "settle", settle);
  in.define(natives, "run_again", run_again);
  in.define(natives, "of_another_repo", of_another_repo);
  in.embedded_module(kStandIns, kText, false);
  const NotesTakenBack no_part_of_the_model(in);
  const Answer<Value> module = attempt([&] { return Value::of(in.import_module(kDynamicModules)); });
  Value found;
  if (module && in.find_attribute(*module, in.intern("get_class_in_module"), found) && found.is(Kind::kFunction)) {
    library_ = *module;
    // Before it had this, a name with dots in it was imported as it is, and with luck: nothing is said of it.
    const bool escapes = in.find_attribute(library_, in.intern("_sanitize_module_name"), found);
    if (!escapes && name_.find('.') != std::string::npos) {
      name_ = kUnnamed;
      in.disk->mount(place_of_repo(request, name_), request.repo);
    }
  } else {
    in.disk->mount(fmt::format("{}/{}/repo", cache, kDynamic), request.repo);
  }
}

Value RemoteCode::class_of(const std::string& reference) {
  const std::size_t dot = reference.rfind('.');
  if (dot == std::string::npos || !request_.repo) return {};
  const std::string class_name = reference.substr(dot + 1);
  std::string file = reference.substr(0, dot);
  std::replace(file.begin(), file.end(), '.', '/');
  file += ".py";
  if (!is_plain_path(file) || !request_.repo->is_file(file)) return {};
  leave_hub_alone();
  if (!library_.missing()) {
    if (const std::optional<std::string> path = copied(file)) return imported(*path, class_name);
    in_.disk->mount(fmt::format("/{}/{}/repo", kCache, kDynamic), request_.repo);
  }
  std::string module = reference.substr(0, dot);
  std::replace(module.begin(), module.end(), '/', '.');
  return in_.import_name(fmt::format("{}.repo.{}", kDynamic, module), class_name);
}

// The path in the cache of modules that the library has copied a file of the repo to; nothing where it is not known.
std::optional<std::string> RemoteCode::copied(const std::string& file) {
  copying_ = true;  // also when it ends in an exception
  const std::size_t noted = in_.notes.size();
  const std::vector<std::string> absent = in_.absent_packages;
  StandIns stand_ins(in_);
  stand_in_for_copying(stand_ins);
  const Value path =
      in_.call(in_.attribute(library_, in_.intern("get_cached_module_file")), {in_.string(name_), in_.string(file)});
  in_.notes.resize(noted);
  // What the library itself asked for meanwhile is no matter of the code.
  std::erase_if(in_.absent_packages,
                [&](const std::string& each) { return std::find(absent.begin(), absent.end(), each) == absent.end(); });
  copying_ = false;
  if (!path.is(Kind::kStr)) return std::nullopt;
  return std::string(path.as<Str>()->view());
}

void RemoteCode::stand_in_for_copying(StandIns& stand_ins) {
  const std::string folder = place_of_repo(request_, name_);
  const auto stand_in = [&](const char* maker, std::initializer_list<Value> given) {
    return in_.call(in_.import_name(kStandIns, maker), given);
  };
  const auto own = [&](const char* name) { return in_.attribute(library_, in_.intern(name)); };
  stand_ins.value(library_, "HF_MODULES_CACHE", in_.string(kCache));
  stand_ins.value(library_, "cached_file",
                  stand_in("files_of", {in_.string(name_), in_.string(request_.commit.empty() ? name_ : folder)}));
  stand_ins.value(library_, "check_imports",
                  stand_in("demanding", {own("check_imports"), own("get_relative_imports"), in_.string(folder)}));
  stand_ins.answer(library_, "try_to_load_from_cache", Value::none());
  stand_ins.answer(library_, "is_offline_mode", Value::of(false));
  stand_ins.answer(library_, "extract_commit_hash", in_.string(request_.commit));
  // No revision is asked for, so that it is of no class.
  if (Value found; in_.find_attribute(library_, in_.intern("ResolvedRevision"), found))
    stand_ins.value(library_, "ResolvedRevision", in_.tuple({}));
}

void RemoteCode::stand_in_for_importing(StandIns& stand_ins) {
  stand_ins.value(library_, "HF_MODULES_CACHE", in_.string(kCache));
  stand_ins.value(library_, "importlib", in_.call(in_.import_name(kStandIns, "Importlib"), {}));
}

void RemoteCode::let_library_import() {
  if (library_.missing()) return;
  leave_hub_alone();
  lasting_ = std::make_unique<StandIns>(in_);
  stand_in_for_copying(*lasting_);
  stand_in_for_importing(*lasting_);
}

Value RemoteCode::imported(const std::string& path, const std::string& class_name) {
  StandIns stand_ins(in_);
  stand_in_for_importing(stand_ins);
  return in_.call(in_.attribute(library_, in_.intern("get_class_in_module")),
                  {in_.string(class_name), in_.string(path)});
}

std::string RemoteCode::path() const { return place_of_repo(request_, name_); }

Span RemoteCode::asked_for_at(const std::string& exception) {
  // A file beside the module, or the packages that are not there, of which one is a file of the repo.
  static const RE2 of_file(R"((?s).*(?:/|named )([^/' ]+)\.py\b.*)"),
      of_packages(R"((?s).*environment: (.*)\. Run .*)");
  if (!request_.repo) return {};
  std::string missing, dot = "\\.";
  if (RE2::FullMatch(exception, of_packages, &missing)) {
    dot.clear();
    re2::StringPiece names(missing);
    std::string name;
    while (RE2::Consume(&names, "([^, ]+)(?:, )?", &name)) {
      if (request_.repo->is_file(name + ".py")) missing = name;
    }
  } else if (!RE2::FullMatch(exception, of_file, &missing)) {
    return {};
  }
  const RE2 import(
      fmt::format(R"((?m)^[ \t]*(?:from|import)[ \t]+{}({})(?:[ \t]+import|[ \t]*$))", dot, RE2::QuoteMeta(missing)),
      RE2::Quiet);
  if (!import.ok()) return {};
  for (const std::string& name : request_.repo->list("")) {
    if (!name.ends_with(".py")) continue;
    Result<std::string> text = request_.repo->read(name);
    re2::StringPiece found;
    if (!text.ok() || !RE2::PartialMatch(*text, import, &found)) continue;
    const auto begin = text->begin();
    const auto at = static_cast<std::ptrdiff_t>(found.data() - text->data());
    Span span;
    span.line = static_cast<std::uint32_t>(1 + std::count(begin, begin + at, '\n'));
    const std::size_t line = text->rfind('\n', static_cast<std::size_t>(at));
    span.column =
        static_cast<std::uint32_t>(at - static_cast<std::ptrdiff_t>(line == std::string::npos ? 0 : line + 1) + 1);
    span.end_line = span.line;
    span.end_column = span.column + static_cast<std::uint32_t>(found.size());
    const std::string path = request_.repo_label.empty() ? name : request_.repo_label + "/" + name;
    const auto& files = in_.sources.files;
    const auto known = std::find_if(files.begin(), files.end(), [&](const auto& each) { return each.path == path; });
    span.file = static_cast<FileId>(known - files.begin());
    if (known != files.end()) return span;
    SourceFile file;
    file.path = path;
    file.real_path = request_.repo->real_path(name);
    file.in_model_repo = true;
    file.text = std::move(*text);
    in_.sources.files.push_back(std::move(file));
    return span;
  }
  return {};
}

void RemoteCode::register_for(const std::string& auto_class, const Value& config_class, const Value& type) {
  if (library_.missing() || !config_class.is(Kind::kClass) || !type.is(Kind::kClass)) return;
  // In former releases it was done for repos of the Hub alone.
  const python::Module* factory = in_.import_module("transformers.models.auto.auto_factory");
  const bool not_for_folders =
      factory->unit != nullptr &&
      factory->unit->text.find("if os.path.isdir(pretrained_model_name_or_path):") != std::string_view::npos;
  if (not_for_folders && request_.commit.empty()) return;
  const std::size_t noted = in_.notes.size(), absent = in_.absent_packages.size();
  Value found, method;
  const Value library = Value::of(in_.import_module("transformers"));
  if (!in_.find_attribute(library, in_.intern(auto_class), found) || !found.is(Kind::kClass) ||
      !in_.find_attribute(found, in_.intern("register"), method))
    return;
  const Answer<Value> registered = attempt([&] {
    return in_.call(method, {config_class, type}, {{in_.intern("exist_ok"), Value::of(true)}});
  });
  const bool is_known = in_.notes.size() == noted;
  in_.notes.resize(noted);
  in_.absent_packages.resize(absent);
  const python::PyRaise* raised = registered.raised();
  if (raised != nullptr && is_known && !raised->exception.unknown()) throw *raised;
}

std::string RemoteCode::plain_name(const std::string& module) {
  if (!module.starts_with(std::string(kDynamic) + ".")) return module;
  return fmt::format("{}.repo{}", kDynamic, module.substr(module.rfind('.')));
}

}  // namespace ckptlint
