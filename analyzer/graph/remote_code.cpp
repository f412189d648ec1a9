// Puts the repo on the evaluator's disk, and stands in for the hub while the library imports its code.
#include "graph/remote_code.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <functional>

#include "base/escape.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "graph/asking.h"
#include "graph/diffusers_code.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Str;
using python::Value;

constexpr const char* kDynamic = "transformers_modules";
constexpr const char* kDynamicModules = "transformers.dynamic_module_utils";

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
  in.disk->mount(place_of_repo(request, name_), request.repo);
  cache_.emplace(in, request.repo_label);
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
    in.disk->mount(fmt::format("/{}/{}/repo", ModulesCache::kFolder, kDynamic), request.repo);
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
    in_.disk->mount(fmt::format("/{}/{}/repo", ModulesCache::kFolder, kDynamic), request_.repo);
  }
  std::string module = reference.substr(0, dot);
  std::replace(module.begin(), module.end(), '/', '.');
  return in_.import_name(fmt::format("{}.repo.{}", kDynamic, module), class_name);
}

Value RemoteCode::diffusers_class_of(const std::string& reference) {
  const std::size_t dot = reference.rfind('.');
  if (dot == std::string::npos || !request_.repo) return {};
  const std::string file = reference.substr(0, dot) + ".py";
  if (!is_plain_path(file) || !request_.repo->is_file(file)) return {};
  leave_hub_alone();
  const std::size_t absent = in_.absent_packages.size();
  const Value type = diffusers_code_class(in_, *cache_, path(), file, reference.substr(dot + 1));
  // What the library looks for when it is imported decides nothing about the model.
  const Result<std::string> text = request_.repo->read(file);
  const auto is_asked = [&](const std::string& each) { return text.ok() && text->find(each) != std::string::npos; };
  const auto added = in_.absent_packages.begin() + static_cast<std::ptrdiff_t>(absent);
  in_.absent_packages.erase(std::remove_if(added, in_.absent_packages.end(), std::not_fn(is_asked)),
                            in_.absent_packages.end());
  return type;
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
  cache_->copy_to_here(stand_ins, library_, folder);
  stand_ins.value(library_, "cached_file",
                  cache_->made("files_of", {in_.string(name_), in_.string(request_.commit.empty() ? name_ : folder)}));
  stand_ins.answer(library_, "try_to_load_from_cache", Value::none());
  stand_ins.answer(library_, "is_offline_mode", Value::of(false));
  stand_ins.answer(library_, "extract_commit_hash", in_.string(request_.commit));
  // No revision is asked for, so that it is of no class.
  if (Value found; in_.find_attribute(library_, in_.intern("ResolvedRevision"), found))
    stand_ins.value(library_, "ResolvedRevision", in_.tuple({}));
}

void RemoteCode::let_library_import() {
  if (library_.missing()) return;
  leave_hub_alone();
  lasting_ = std::make_unique<StandIns>(in_);
  stand_in_for_copying(*lasting_);
  cache_->import_from_here(*lasting_, library_);
}

Value RemoteCode::imported(const std::string& path, const std::string& class_name) {
  StandIns stand_ins(in_);
  cache_->import_from_here(stand_ins, library_);
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
