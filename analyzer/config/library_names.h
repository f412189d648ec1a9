// What transformers has, found in the text of its tables without running them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"

namespace ckptlint {

class LibraryNames {
 public:
  explicit LibraryNames(const std::vector<FileTreePtr>& libraries);

  // Whether a table of config classes has the type: CONFIG_MAPPING_NAMES of models/auto.
  bool has_type(std::string_view model_type) const;
  // The types for which some table of model classes has the class, sorted.
  std::vector<std::string> types_of(std::string_view class_name) const;

 private:
  std::vector<FileTreePtr> libraries_;
  std::string configs_;  // the tables of config classes
};

// Those of the libraries, which are asked for each model and read once: the last ones are kept.
std::shared_ptr<const LibraryNames> library_names(const std::vector<FileTreePtr>& libraries);

}  // namespace ckptlint
