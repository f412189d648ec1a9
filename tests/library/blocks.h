// Blocks of Python: a program, an empty line behind it, and its answer in a line "=> ".
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

struct ProgramBlock {
  std::string program;
  std::string answer;
  std::size_t line = 0;
};

inline std::vector<ProgramBlock> blocks_of(const std::string& text) {
  std::vector<ProgramBlock> blocks;
  ProgramBlock block;
  std::size_t line = 1, first = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    std::string each = text.substr(at, end - at);
    at = end + 1;
    if (each.substr(0, 3) == "=> ") {
      block.answer = each.substr(3);
      block.line = first;
      blocks.push_back(block);
      block = {};
    } else if (each.empty()) {
      first = line + 1;
    } else {
      block.program += each.substr(0, 4) == ">>> " ? "result = (" + each.substr(4) + ")\n" : each + "\n";
    }
  }
  return blocks;
}

inline std::string escaped_lines(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

// The repr of `result`, or the exception; `unknown` is what it rests on that is not known, if there is anything.
inline std::string answer_to(const std::string& program, std::string* unknown = nullptr) {
  SourceRoot root;
  root.tree = in_memory_tree({{"program.py", program}});
  root.lazy = false;
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  try {
    Value result;
    if (!in.find_attribute(Value::of(in.import_module("program")), in.intern("result"), result)) result = Value::none();
    result = in.repr_value(result);
    if (unknown != nullptr) *unknown = !in.notes.empty() ? in.notes.front().what : result.unknown() ? "the result" : "";
    return result.unknown() ? "unknown" : escaped_lines(in.str(result));
  } catch (const PyRaise& raised) {
    return escaped_lines(in.describe(raised));
  } catch (const BudgetExceeded& exceeded) {
    return std::string("out of ") + exceeded.what;
  }
}

}  // namespace ckptlint::python
