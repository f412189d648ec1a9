// Applies the first fix that may be applied, reads the model again, and so on until none is left.
#include "commands/apply_fixes.h"

#include <fmt/format.h>

#include <utility>

#include "base/escape.h"
#include "base/text_edit.h"
#include "fix/file_rewrite.h"

namespace ckptlint {
namespace {

constexpr int kMostFixes = 100;  // applied to one model, one after the other

struct Choice {
  const Finding* finding = nullptr;
  const Fix* fix = nullptr;  // null if there is none
};

// The first fix that may be applied.
Choice next_fix(const ModelReport& report, bool unsafe) {
  for (const Finding& finding : report.findings) {
    for (const Fix& fix : finding.fixes) {
      const bool allowed =
          fix.applicability == Applicability::kSafe || (unsafe && fix.applicability == Applicability::kUnsafe);
      if (allowed && !fix.edits.empty()) return {&finding, &fix};
    }
  }
  return {};
}

FileTreePtr tree_of(const ModelInput& input, const OwnFile& own) {
  return own.source ? input.sources[*own.source].tree : input.repo;
}

}  // namespace

Result<FixedTexts> fixed_texts(const ModelInput& input, const Question& question, bool unsafe, ModelReport& report) {
  FixedTexts fixed;
  OwnTexts& texts = fixed.texts;
  for (int count = 0; count < kMostFixes; ++count) {
    const auto [finding, fix] = next_fix(report, unsafe);
    if (fix == nullptr) break;
    fixed.applied.push_back({finding->rule, fix->title});
    const ModelInput current = with_texts(input, texts);
    for (std::size_t i = 0; i < fix->edits.size();) {
      const FileId id = fix->edits[i].file;
      std::vector<Edit> edits;
      for (; i < fix->edits.size() && fix->edits[i].file == id; ++i) edits.push_back(fix->edits[i]);
      const SourceFile& file = *report.sources.find(id);
      const auto own = own_file(current, file);
      if (!own) return Error{fmt::format("{} is not a file of this model", quoted_name(file.path))};
      Result<std::string> text = apply_edits(file.text, std::move(edits));
      if (!text.ok()) return text.error();
      texts[*own] = std::move(*text);
    }
    report = report_of(with_texts(input, texts), question);
    if (report.error) return *report.error;
  }
  return fixed;
}

Result<std::string> diff_of(const ModelInput& input, const OwnTexts& texts) {
  std::string diff;
  for (const auto& [own, text] : texts) {
    const FileTreePtr tree = tree_of(input, own);
    const Result<std::string> before = tree->is_file(own.path) ? tree->read(own.path) : std::string();
    if (!before.ok()) return before.error();
    diff += unified_diff(own.path, *before, text);
  }
  return diff;
}

Result<std::string> write_texts(const ModelInput& input, const OwnTexts& texts) {
  std::string said;
  for (const auto& [own, text] : texts) {
    const FileTreePtr tree = tree_of(input, own);
    const bool is_new = !tree->is_file(own.path);
    const std::string folder = is_new ? tree->real_path("") : "";
    const std::string path = !is_new ? tree->real_path(own.path) : folder.empty() ? "" : folder + "/" + own.path;
    if (path.empty())
      return Error{fmt::format("{} cannot be edited where it is, on the Hub or in an archive", quoted_name(own.path))};
    if (auto failed = is_new ? write_new_file(path, text) : rewrite_file(path, text)) return std::move(*failed);
    said += fmt::format("fixed {}\n", printable(path));
  }
  return said;
}

}  // namespace ckptlint
