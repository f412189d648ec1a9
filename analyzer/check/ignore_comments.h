// What comments in the user's own code say is known: `# ckptlint: ignore[rule, rule] why`, and at the head of a file
// `# ckptlint: ignore-file[rule] why`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckptlint/source.h"

namespace ckptlint {

struct IgnoreComment {
  Span span;  // of the comment
  // Whose findings are meant: those with a label that meets these lines, or anywhere in the file.
  std::uint32_t first_line = 0;
  std::uint32_t last_line = 0;
  bool whole_file = false;
  std::vector<std::string> rules;  // as they are written; perhaps of no rule
  std::string reason;
  std::string defect;  // why it says nothing: a clause; else empty
};

// In the order of the files and of their text.
std::vector<IgnoreComment> ignore_comments(const SourceFiles& sources);

}  // namespace ckptlint
