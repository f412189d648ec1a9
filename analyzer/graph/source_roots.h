// From what people give with --source to trees on the evaluator's module search path.
#pragma once

#include <string>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace ckptlint {

struct SourceTree {
  FileTreePtr tree;
  std::string label;    // shown before paths; may be empty
  std::string mount;    // the dotted package that its root is, or empty: its folders are top-level packages
  bool library = true;  // evaluated on demand; otherwise a whole module runs when it is imported, as packages that
                        // register their classes with AutoConfig or AutoModel need
  bool own = true;      // where it is no library: the user's own, and imported first for what it registers
  std::vector<std::string> needs{};  // packages that are installed with it, by its METADATA
};

std::vector<FileTreePtr> trees_of(const std::vector<SourceTree>& sources);

// Understands a wheel or zip, a site-packages folder, a checkout (with or without src/), the folder of a package
// itself, and a folder of packages.  Of a site-packages folder that holds more, only transformers is taken.
Result<std::vector<SourceTree>> open_source(const std::string& path);

// Whether it is a release of transformers.
bool holds_transformers(const SourceTree& source);

// Whether one of the trees has the package.
bool has_package(const std::vector<SourceTree>& sources, const std::string& name);

// The version that the package says it is (__version__ in its __init__.py), or empty.
std::string version_of(const std::vector<SourceTree>& sources, const std::string& package);
std::string transformers_version(const std::vector<SourceTree>& sources);

// What is installed with the package by the METADATA of a wheel or site-packages folder, as imports name it: the
// requirements that no extra has.
std::vector<std::string> needs_of(const FileTree& installed, const std::string& package);

}  // namespace ckptlint
