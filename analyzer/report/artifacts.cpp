// The paths and places of files as code scanning and annotations expect them, seen from the working folder.
#include "report/artifacts.h"

#include <cctype>

#include "base/sha256.h"

namespace ckptlint {
namespace {

std::string in_folder(std::string_view folder, std::string_view path) {
  std::string joined(folder);
  if (!joined.empty() && !joined.ends_with('/')) joined += '/';
  return joined + std::string(path);
}

}  // namespace

std::string from_workspace(const Report& report, const std::string& path) {
  const std::string root = in_folder(report.workspace, "");
  return !root.empty() && path.starts_with(root) ? path.substr(root.size()) : path;
}

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

const Label* own_label(const Report& report, const ModelReport& model, const Finding& finding) {
  for (const bool with_line : {true, false}) {
    for (const Label& label : finding.labels) {
      const Artifact artifact = artifact_of(report, model, label);
      if (!artifact.path.empty() && !artifact.in_library && label.span.known() == with_line) return &label;
    }
  }
  return nullptr;
}

std::string Fingerprints::of(const ModelReport& model, const Finding& finding) {
  std::string all =
      finding.rule + std::string(1, '\0') + from_workspace(report_, model.folder.empty() ? model.path : model.folder);
  for (const std::string& tensor : finding.tensors) all += std::string(1, '\0') + tensor;
  if (finding.tensors.empty()) all += std::string(1, '\0') + finding.message;
  const std::size_t ordinal = seen_[all]++;
  if (ordinal != 0) all += std::string(1, '\0') + std::to_string(ordinal);
  return sha256_hex(all).substr(0, 32);
}

std::string uri_of(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/@+=,";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos);
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[byte >> 4];
      uri += kDigits[byte & 15];
    }
  }
  return uri;
}

}  // namespace ckptlint
