// Buffers moved to the device of what they meet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/fix.h"
#include "python/syntax/python_text.h"

namespace ckptlint {

struct DeviceEdits {
  std::vector<Edit> edits;
  std::vector<std::uint32_t> lines;  // that the edits touch
};

// `.to(x.device)` after every use of `self.name`, for each of `names`, in the methods of a class: x is the index that
// the buffer is looked up with, the other operand, an argument of the same call that is a parameter of the method, or
// else the method's first parameter.  Left alone: constructors and `_init_weights`, assignments to the buffer,
// comparisons with None, and uses that ask for an attribute or move it already.
DeviceEdits device_edits(const PythonText& source, std::string_view class_name, const std::vector<std::string>& names,
                         FileId file);

}  // namespace ckptlint
