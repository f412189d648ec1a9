// Error messages of the libraries, recognised in text that was pasted from a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/known_messages.h"

namespace ckptlint {

// A message that was found, with others that mean the same.
struct RecognisedError {
  std::string_view rule;               // the rule that it belongs to; empty where no file decides
  std::vector<std::string_view> also;  // rules that it can belong to instead; without a rule, those of pipelines
  const KnownMessage* message;         // the first that was found
  std::string found;                   // its words, as they stand in the text
  std::string_view meaning;            // what happened, one sentence without final stop
  std::vector<std::string> tensors;    // that it names, in its order, distinct
};

// Every known message in `text`.  Terminal escapes, line breaks and wrapping, even inside names, are looked through.
// Rules first, in the order of the table of messages; a rule appears once, with all its tensors, and so does what
// decides instead of a file.  Takes time in proportion to the text, of which the first MiB is looked at.
std::vector<RecognisedError> recognise_errors(std::string_view text);

}  // namespace ckptlint
