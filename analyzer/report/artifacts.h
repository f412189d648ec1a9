// Files as tools in the working folder find them: what annotations and code scanning need.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "ckptlint/finding.h"
#include "report/report.h"

namespace ckptlint {

// The path, relative to the working folder where it lies in it.
std::string from_workspace(const Report& report, const std::string& path);

struct Artifact {
  std::string path;         // relative to the working folder where the file lies in it, else absolute
  bool in_library = false;  // `path` is relative to the root of a source that is no file of the user's: a wheel, say
};

Artifact artifact_of(const Report& report, const ModelReport& model, const SourceFile& file);
// The file that `label` is about, source or weights; an empty path where it is about none.
Artifact artifact_of(const Report& report, const ModelReport& model, const Label& label);

// Where a finding is for people who have the repo before them: the first line of their own source that it is about,
// else the first file of their own; null where it is about none.
const Label* own_label(const Report& report, const ModelReport& model, const Finding& finding);

// What stays the same from run to run as long as a finding does, whatever lines moved: 32 hexadecimal digits made of
// the rule, the model's path and the tensors it is about, or without any the message.  Findings of which all that is
// equal are told apart by their order.
class Fingerprints {
 public:
  explicit Fingerprints(const Report& report) : report_(report) {}
  std::string of(const ModelReport& model, const Finding& finding);

 private:
  const Report& report_;
  std::map<std::string, std::size_t> seen_;
};

// A path of a report as a URI reference.
std::string uri_of(std::string_view path);

}  // namespace ckptlint
