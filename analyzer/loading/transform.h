// What renames or converts stored keys before they are compared with the model: WeightTransform of transformers 5
// (core_model_loading.py, 5.23.0), as plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "graph/not_followed.h"
#include "loading/python_pattern.h"

namespace ckptlint {

using Shape = std::vector<std::int64_t>;

// A key after one transform, and which of its source patterns matched.
struct Renamed {
  std::string key;
  std::size_t source = 0;  // index into Transform::sources
};

// The stored tensors that go into one conversion: by source pattern, in the order in which they were met.
struct Collected {
  std::string_view pattern;
  std::vector<std::uint32_t> stored;  // indices into Checkpoint::tensors
};

// What a conversion makes.
struct Converted {
  std::vector<std::pair<std::string, Shape>> tensors;  // target pattern, shape
  std::vector<std::string> set;                        // names that it sets by itself: no longer missing
};

struct Transform {
  std::vector<std::string> sources, targets;
  PythonPattern pattern;                                // compiled_sources
  std::vector<std::pair<int, std::size_t>> branches{};  // its groups "g0", "g1", ...: number, index into `sources`
  std::optional<std::string> scope_prefix{};
  std::string base_model_prefix{};

  // Where the class has a rename_source_key of its own: nothing if it leaves the key.
  std::function<std::optional<Renamed>(const std::string& key)> own_renaming{};
  // Converters: runs the operations.  `layer_names`: the names that the state dict has for the module of the layer.
  // Empty for mere renamings.
  std::function<Converted(const std::string& layer_name, const std::vector<Collected>&,
                          const std::vector<std::string>& layer_names)>
      convert{};

  bool is_converter() const { return static_cast<bool>(convert); }

  // rename_source_key; nothing where the key is none of its keys.
  std::optional<Renamed> rename(const std::string& key) const;
};

// A renaming with one source and one target; nothing where `source` is not a pattern.  As WeightRenaming makes it, but
// that the patterns must need none of its processing.
std::optional<Transform> plain_renaming(std::string source, std::string target);

// The mapping "legacy" of conversion_mapping.py, which every model has.
std::vector<Transform> legacy_renamings();

// text.replace(what, with) and text.replace(what, with, 1) of Python.
std::string replaced_all(std::string_view text, std::string_view what, std::string_view with);
std::string replaced_once(std::string_view text, std::string_view what, std::string_view with);

}  // namespace ckptlint
