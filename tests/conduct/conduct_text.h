// What conduct_of finds, a line a deed.
#pragma once

#include <string>

#include "conduct/conduct.h"

namespace ckptlint::test {

inline const char* word_of(Reach reach) {
  constexpr const char* kWords[] = {"import", "construction", "use", "present"};
  return kWords[static_cast<int>(reach)];
}

inline const char* word_of(DeedKind kind) {
  constexpr const char* kWords[] = {"process",     "installation", "network", "file",   "code",
                                    "code object", "unpickling",   "native",  "secret", "hidden"};
  return kWords[static_cast<int>(kind)];
}

// "import process os.system (modeling_x.py:2)", and by which calls.
inline std::string line_of(const Deed& deed, const SourceFiles& sources) {
  const auto place = [&](const Span& span) { return sources.find(span.file)->path + ":" + std::to_string(span.line); };
  std::string line = std::string(word_of(deed.reach)) + " " + word_of(deed.kind);
  for (const std::string* part : {&deed.name, &deed.detail}) {
    if (!part->empty()) line += " " + *part;
  }
  line += " (" + place(deed.where) + ")";
  for (const CallStep& step : deed.chain) line += " <- " + step.text + " (" + place(step.where) + ")";
  return line;
}

}  // namespace ckptlint::test
