// The parts of a sentence-transformers repo, in the order of modules.json, and what that library makes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckptlint/companions.h"
#include "ckptlint/known.h"

namespace ckptlint {

struct PipelinePart {
  std::string name, type, folder;                // as modules.json has them; "" where it has none
  CallEnd end;                                   // of loading it alone; asked where the whole does not load
  std::optional<std::int64_t> tokens, sentence;  // how wide the features are behind it
};

struct Pipeline {
  std::string library;              // the release whose code was evaluated: "6.2.0"
  std::vector<PipelinePart> parts;  // none where modules.json is no list
  CallEnd load;                     // of the whole
  // Where that returns: what the model says of the width of its embeddings, which width they have, and how encoding
  // ends.
  std::optional<std::int64_t> says, gives;
  CallEnd encode;
  std::optional<std::size_t> stopped_at;  // the part in which encoding raises
  std::vector<std::string> unnoticed;     // widths that do not fit and that nothing refuses: clauses
  Unknown not_encoded;                    // why the end of encoding is not known; empty where it is
};

}  // namespace ckptlint
