// Finds the module of transformers that exports a name, as its lazy packages would, without reading all of its files.
#include "library/transformers/lazy_packages.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/paths.h"
#include "library/transformers/exported_below.h"
#include "library/transformers/exports.h"
#include "python/syntax/source_unit.h"

namespace ckptlint::python {
namespace {

constexpr int kMaxFolders = 6;  // levels below a package; transformers itself looks no deeper

struct LazyPackage {
  bool lazy = false;
  bool from_files = false;  // define_import_structure: everything that the files below `folder` export
  std::unordered_map<std::string, RelativeImport> imports;
  FileTreePtr tree;
  std::string folder;                  // where those files are: the package's own folder, or its "models"
  std::string dotted;                  // the package of that folder
  std::optional<ExportedBelow> known;  // what a run before this one has found there
};

// One folder's files: name -> file (without ".py").
struct Folder {
  std::unordered_map<std::string, std::string> exports;
  std::vector<std::string> folders;
  bool read = false;
  bool listed = false;
};

struct LazyPackages {
  std::unordered_map<const Module*, LazyPackage> packages;
  std::unordered_map<std::string, Folder> folders;  // by dotted name
};

LazyPackages& state(Interpreter& in) {
  if (!in.lazy_packages) in.lazy_packages = std::make_shared<LazyPackages>();
  return *static_cast<LazyPackages*>(in.lazy_packages.get());
}

LazyPackage& describe(Interpreter& in, const Module* package) {
  auto [found, fresh] = state(in).packages.try_emplace(package);
  LazyPackage& lazy = found->second;
  if (!fresh) return lazy;
  std::string_view text = package->unit->text;
  if (text.find("_LazyModule") == std::string_view::npos || !in.folder_of(package, lazy.tree, lazy.folder)) return lazy;
  lazy.lazy = true;
  lazy.imports = relative_imports(text);
  lazy.dotted = package->name->view();
  std::size_t call = text.rfind("define_import_structure(");
  if (call == std::string_view::npos) return lazy;
  lazy.from_files = true;
  for (std::size_t at = text.find("define_import_structure("); at != std::string_view::npos;
       at = text.find("define_import_structure(", at + 1)) {
    if (text.substr(at, text.find('\n', at) - at).find("\"models\"") == std::string_view::npos) continue;
    lazy.folder += lazy.folder.empty() ? "models" : "/models";
    lazy.dotted += ".models";
    break;
  }
  return lazy;
}

bool is_source(std::string_view name) {
  if (name.size() <= 3 || name.substr(name.size() - 3) != ".py" || name == "__init__.py") return false;
  return name.substr(0, 8) != "convert_" && name.substr(0, 8) != "modular_";
}

class Search {
 public:
  Search(Interpreter& in, LazyPackage& lazy, std::string_view name) : in_(in), lazy_(lazy), name_(name) {
    for (char c : name) {
      if (c != '_') lower_ += lower(c);
    }
  }

  // The dotted module that exports the name; empty where none does.
  std::string find() {
    std::string found = in_folder(lazy_.folder, lazy_.dotted, 0);
    if (found.empty() && !is_known_absent()) keep_exports();
    return found;
  }

 private:
  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

  // How much of the object's name a folder's name spells: LlamaForCausalLM begins with "llama".
  std::size_t likeness(std::string_view folder) const {
    std::size_t matched = 0;
    for (char c : folder) {
      if (c == '_' || c == '-') continue;
      if (matched >= lower_.size() || lower_[matched] != lower(c)) return 0;
      ++matched;
    }
    return matched;
  }

  Folder& listed(const std::string& path, const std::string& dotted) {
    Folder& folder = state(in_).folders[dotted];
    if (folder.listed) return folder;
    folder.listed = true;
    in_.step(100);
    for (const std::string& entry : lazy_.tree->list(path)) {
      if (entry == "__pycache__" || entry.find('.') != std::string::npos) continue;
      if (lazy_.tree->is_folder(joined_path(path, entry))) folder.folders.push_back(entry);
    }
    return folder;
  }

  // The file of this folder that exports the name, once its files have been read.
  std::string in_files(const std::string& path, const std::string& dotted) {
    Folder& folder = listed(path, dotted);
    if (!folder.read) {
      folder.read = true;
      for (const std::string& entry : lazy_.tree->list(path)) {
        if (!is_source(entry)) continue;
        Result<std::string> text = lazy_.tree->read(joined_path(path, entry));
        if (!text) continue;
        in_.step(text->size() / 1024 + 1);
        for (std::string& exported : exported_names(*text))
          folder.exports.emplace(std::move(exported), entry.substr(0, entry.size() - 3));
      }
    }
    auto found = folder.exports.find(std::string(name_));
    return found == folder.exports.end() ? std::string() : dotted + "." + found->second;
  }

  std::string in_folder(const std::string& path, const std::string& dotted, int level) {
    if (level > kMaxFolders) return {};
    const std::vector<std::string>& folders = listed(path, dotted).folders;
    // Folders that are named like the object come first, the longest match before the others, then this one's own
    // files.
    std::vector<std::pair<std::size_t, const std::string*>> alike;
    for (const std::string& folder : folders) {
      if (const std::size_t how = likeness(folder); how > 0) alike.emplace_back(how, &folder);
    }
    std::stable_sort(alike.begin(), alike.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [how, folder] : alike) {
      std::string found = below(path, dotted, *folder, level);
      if (!found.empty()) return found;
    }
    std::string found = in_files(path, dotted);
    if (found.empty() && level == 0 && is_known_absent()) return found;
    for (std::size_t at = 0; found.empty() && at < folders.size(); ++at) {
      if (likeness(folders[at]) == 0) found = below(path, dotted, folders[at], level);
    }
    return found;
  }

  // Reading all files is most of what a pipeline's check costs, and diffusers asks for names that are nowhere.
  bool is_known_absent() {
    if (!lazy_.known) {
      lazy_.known = ExportedBelow::kept(*lazy_.tree, lazy_.folder);
      in_.step(100);
    }
    return lazy_.known->lacks(name_);
  }

  // Of a search that found nothing: all files have been read.
  void keep_exports() {
    std::vector<std::string_view> names;
    for (const auto& [dotted, folder] : state(in_).folders) {
      if (dotted != lazy_.dotted && !dotted.starts_with(lazy_.dotted + ".")) continue;
      for (const auto& [name, file] : folder.exports) names.push_back(name);
    }
    lazy_.known = ExportedBelow::keep(*lazy_.tree, lazy_.folder, std::move(names));
  }

  std::string below(const std::string& path, const std::string& dotted, const std::string& folder, int level) {
    return in_folder(path.empty() ? folder : path + "/" + folder, dotted + "." + folder, level + 1);
  }

  Interpreter& in_;
  LazyPackage& lazy_;
  std::string_view name_;
  std::string lower_;
};

// ".x.y" seen from the package "a.b" is "a.b.x.y"; "..x" is "a.x".
std::string absolute(std::string_view package, std::string_view relative) {
  std::size_t dots = relative.find_first_not_of('.');
  if (dots == std::string_view::npos) dots = relative.size();
  std::string base(package);
  for (std::size_t i = 1; i < dots; ++i) base.resize(base.rfind('.') == std::string::npos ? 0 : base.rfind('.'));
  std::string_view rest = relative.substr(dots);
  if (rest.empty()) return base;
  return base.empty() ? std::string(rest) : base + "." + std::string(rest);
}

// The module with a stand-in for a class whose packages are absent, "utils.dummy_x_objects"; empty where none has it.
std::string module_of_stand_in(Interpreter& in, const Module* package, const std::string& name) {
  constexpr std::string_view kImport = "from .utils import dummy_";
  const std::string_view text = package->unit->text;
  FileTreePtr tree;
  std::string folder;
  if (!in.folder_of(package, tree, folder)) return {};
  for (std::size_t at = text.find(kImport); at != std::string_view::npos; at = text.find(kImport, at + 1)) {
    const std::size_t begin = at + kImport.size() - std::string_view("dummy_").size();
    const std::string module(text.substr(begin, text.find('\n', begin) - begin));
    const Result<std::string> file = tree->read(joined_path(folder, "utils/" + module + ".py"));
    in.step(100);
    if (file.ok() && file->find("class " + name + "(") != std::string::npos) return "utils." + module;
  }
  return {};
}

bool look_up(Interpreter& in, Module* package, LazyPackage& lazy, const std::string& name, Value& out) {
  auto listed = lazy.imports.find(name);
  if (listed != lazy.imports.end()) {
    out = in.import_name(absolute(package->name->view(), listed->second.module), listed->second.name);
    return true;
  }
  if (!lazy.from_files) return false;
  std::string module = Search(in, lazy, name).find();
  if (module.empty()) {
    module = module_of_stand_in(in, package, name);
    if (module.empty()) return false;
    module = fmt::format("{}.{}", package->name->view(), module);
  }
  out = in.import_name(module, name);
  return true;
}

}  // namespace

bool lazy_package_lookup(Interpreter& in, Module* package, Str* name, Value& out) {
  std::string_view text = name->view();
  if (text.substr(0, 2) == "__" || package->unit == nullptr) return false;
  LazyPackage& lazy = describe(in, package);
  if (!lazy.lazy) return false;
  if (look_up(in, package, lazy, std::string(text), out)) return true;
  // Old names of classes that lost their suffix.
  for (std::string_view suffix : {std::string_view("TokenizerFast"), std::string_view("ImageProcessorFast")}) {
    if (text.size() <= suffix.size() || text.substr(text.size() - suffix.size()) != suffix) continue;
    if (look_up(in, package, lazy, std::string(text.substr(0, text.size() - 4)), out)) return true;
  }
  return false;
}

}  // namespace ckptlint::python
