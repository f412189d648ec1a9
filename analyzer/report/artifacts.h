// Files as tools in the working folder find them: what annotations and code scanning need.
#pragma once

#include <string>
#include <string_view>

#include "ckptlint/finding.h"
#include "report/report.h"

namespace ckptlint {

struct Artifact {
  std::string path;         // relative to the working folder where the file lies in it, else absolute
  bool in_library = false;  // `path` is relative to the root of a source that is no file of the user's: a wheel, say
};

Artifact artifact_of(const Report& report, const ModelReport& model, const SourceFile& file);
// The file that `label` is about, source or weights; an empty path where it is about none.
Artifact artifact_of(const Report& report, const ModelReport& model, const Label& label);

}  // namespace ckptlint
