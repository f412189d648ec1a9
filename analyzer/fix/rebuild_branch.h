// The branch of `_init_weights` that computes buffers again, cut out of the constructor that first computed them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ckptlint/fix.h"
#include "python/syntax/python_text.h"

namespace ckptlint {

struct RebuildEdits {
  std::vector<Edit> edits;
  std::vector<std::string> defaults;  // constructor arguments that the branch takes for their defaults
};

// A backward slice: of the function around the calls in `registrations` (each a register_buffer call or an nn.Buffer
// assignment for a buffer of `owner_class`), the statements that the tensors depend on, with `self` become the module
// and each registration become `init.copy_(module.name, tensor)`.  The branch goes into the `_init_weights` of
// `model_class` or of the base in this file that all its models share; the method and the import of
// transformers.initialization are added where they are absent. An error, saying why, where the slice would need
// something that is not there after construction.
Result<RebuildEdits> rebuild_edits(const PythonText& source, const std::vector<const python::Call*>& registrations,
                                   std::string_view owner_class, std::string_view model_class, FileId file);

// Whether the class is, by its bases' names, a PreTrainedModel: the chain of first bases within the file ends in one.
bool is_pretrained(const PythonText& source, std::string_view class_name);

}  // namespace ckptlint
