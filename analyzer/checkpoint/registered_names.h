// Names that torch.load(weights_only=True) allows in a pickle because a package registered them when it was imported:
// those of torchao, whose tensors are stored as objects of its classes.  transformers and diffusers import it for a
// config that asks for it before they load anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "ckptlint/checkpoint.h"

namespace ckptlint {

struct RegisteredName {
  std::uint64_t offset = 0;  // where the file names it
  std::string name;          // "module.name"
};

// Which releases of torchao register a name, of those that were asked.
struct Registration {
  std::string_view name;
  std::uint8_t first = 0, last = 0;  // places in torchao_releases()
  bool by_diffusers = false;         // no release by itself: diffusers does, where it finds one of these
};

// Those that were asked, oldest first.
std::vector<std::string_view> torchao_releases();
// Null for a name that none of them registers.
const Registration* registration_of(std::string_view name);

// Appends what the names mean for the file: nothing where config.json beside it is of torchao, and every release that
// current libraries take registers all of them.
void settle_registered_names(const FileTree& repo, const std::string& path, const std::vector<RegisteredName>& names,
                             std::vector<Defect>& defects);

}  // namespace ckptlint
