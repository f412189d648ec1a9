// `_tied_weights_keys` from the form of transformers 4, a list, to that of transformers 5, a dict.
#pragma once

#include <string>

#include "base/result.h"

namespace ckptlint {

// The text of a file with each class's list `_tied_weights_keys = ["lm_head.weight"]` made a dict
// `{"lm_head.weight": "model.embed_tokens.weight"}`: the source is the one nn.Embedding that the class's constructor,
// or that of the one class of the file that it builds, assigns to an attribute.  An error, a clause, where that is not
// clear.
Result<std::string> with_tie_sources(const std::string& text);

}  // namespace ckptlint
