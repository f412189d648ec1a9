// A Python dict as people paste it: {'lm_head': 0, "model.norm": "cpu"}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ckptlint {

struct DictItem {
  std::string key;
  std::string value;
  bool quoted = false;  // the value is a string, and not a number
};

// Keys and values as texts, in the order of the dict, keys distinct (as in Python, the last value of a key counts).
// Strings and integers, and `torch.device(...)` with constants, which becomes "cuda:0".  JSON objects of those are dict
// literals too.  `name = {...}` may stand before it, comments anywhere.  Errors name `shown`.
Result<std::vector<DictItem>> parse_dict_literal(std::string_view text, const std::string& shown);

}  // namespace ckptlint
