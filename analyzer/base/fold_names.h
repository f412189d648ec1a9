// Dotted names of repeated blocks, shown once: layers.{0..47}.mlp.weight.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

// Only names of the same kind fold together (the caller's numbering: same dtype and shape, same class, ...).
struct NameToFold {
  std::string_view name;
  std::uint64_t kind = 0;
};

struct FoldedName {
  std::string text;  // "layers.{0..3,7}.experts.{0..127}.weight"; the name itself if it folds with none
  std::vector<std::uint32_t> members;  // places in the input, in its order; never empty
};

// Every name is in exactly one result, and a result stands for exactly its members: every combination of its numbers is
// one of them.  Results are in the order of their first members.  Numbers are whole parts between dots, without leading
// zeros; a name with more than eight of them folds with none.  Takes n log n time.
std::vector<FoldedName> fold_names(std::span<const NameToFold> names);

// Compares as people count: "layers.9" before "layers.10".
bool natural_less(std::string_view a, std::string_view b);

}  // namespace ckptlint
