// The paths and places of files as code scanning and annotations expect them, seen from the working folder.
#include "report/artifacts.h"

namespace ckptlint {
namespace {

std::string in_folder(std::string_view folder, std::string_view path) {
  std::string joined(folder);
  if (!joined.empty() && !joined.ends_with('/')) joined += '/';
  return joined + std::string(path);
}

std::string from_workspace(const Report& report, const std::string& path) {
  const std::string root = in_folder(report.workspace, "");
  return !root.empty() && path.starts_with(root) ? path.substr(root.size()) : path;
}

}  // namespace

Artifact artifact_of(const Report& report, const ModelReport& model, const SourceFile& file) {
  if (!file.real_path.empty()) return {from_workspace(report, file.real_path), false};
  if (file.in_model_repo) return {from_workspace(report, in_folder(model.folder, file.path)), false};
  return {file.path, true};
}

Artifact artifact_of(const Report& report, const ModelReport& model, const Label& label) {
  if (const SourceFile* file = label.span.known() ? model.sources.find(label.span.file) : nullptr; file != nullptr)
    return artifact_of(report, model, *file);
  if (label.file.empty()) return {};
  return {from_workspace(report, in_folder(model.folder, label.file)), false};
}

}  // namespace ckptlint
