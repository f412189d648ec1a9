// Error messages of the libraries, recognised in text that was pasted from a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ckptlint {

// A message that was found.
struct RecognisedError {
  std::string_view rule;             // the rule that it belongs to
  std::string_view meaning;          // what happened, one sentence without final stop
  std::vector<std::string> tensors;  // that it names, in its order, distinct
};

// Every known message in `text`: accelerate's and transformers' about device maps, transformers' reports on keys,
// torch's load_state_dict, and safetensors' about headers.  Terminal escapes, line breaks and wrapping, even inside
// names, are looked through.  In the order of the table of messages; a rule appears once, with all its tensors.
std::vector<RecognisedError> recognise_errors(std::string_view text);

}  // namespace ckptlint
