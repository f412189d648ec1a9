// Reports that `_no_split_modules` names a class that the model's code does not have.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Where a name stands in a text: as a string constant, and as anything else.
struct Mentions {
  std::size_t quoted = std::string_view::npos;  // the first of them
  bool as_code = false;
};

Mentions mentions(std::string_view text, std::string_view name) {
  Mentions found;
  for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + name.size())) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const char after = at + name.size() == text.size() ? ' ' : text[at + name.size()];
    if (is_word(before) || is_word(after)) continue;
    if (before != '"' && before != '\'')
      found.as_code = true;
    else if (found.quoted == text.npos)
      found.quoted = at;
  }
  return found;
}

// Whether the code has a class of the same model by its first word, as LlamaForCausalLM is to LlamaDecoderLayer.
bool has_of_family(std::string_view text, std::string_view name) {
  std::size_t end = 1;
  while (end < name.size() && !(name[end] >= 'A' && name[end] <= 'Z')) ++end;
  if (end == name.size() || end < 3) return false;
  const std::string_view family = name.substr(0, end);
  for (std::size_t at = text.find(family); at != text.npos; at = text.find(family, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const char after = at + end == text.size() ? ' ' : text[at + end];
    if (!is_word(before) && before != '"' && before != '\'' && after >= 'A' && after <= 'Z') return true;
  }
  return false;
}

Span span_at(FileId file, std::string_view text, std::size_t at, std::size_t size) {
  const std::string_view before = text.substr(0, at);
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  const std::size_t line_break = before.rfind('\n');
  const auto column = static_cast<std::uint32_t>(at - (line_break == before.npos ? 0 : line_break + 1) + 1);
  return {file, line, column, line, column + static_cast<std::uint32_t>(size)};
}

// The classes of items of ModuleLists, in the order of the graph.
std::vector<std::string> block_classes(const ModuleGraph& graph) {
  std::vector<std::string> classes;
  for (const Module& module : graph.modules) {
    if (module.parent == ModuleId::kNone || graph.module(module.parent).class_name != "ModuleList") continue;
    if (std::find(classes.begin(), classes.end(), module.class_name) == classes.end())
      classes.push_back(module.class_name);
  }
  return classes;
}

bool has_class(const ModuleGraph& graph, const std::string& name) {
  return std::any_of(graph.modules.begin(), graph.modules.end(),
                     [&](const Module& module) { return module.class_name == name; });
}

// Repeated blocks that the list does not name.
std::vector<std::string> unnamed_blocks(const ModuleGraph& graph) {
  std::vector<std::string> blocks;
  const auto& listed = *graph.no_split_modules;
  for (const std::string& block : block_classes(graph)) {
    if (std::find(listed.begin(), listed.end(), block) == listed.end()) blocks.push_back(block);
  }
  return blocks;
}

void check_stale_no_split_class(const Model& model, Findings& out) {
  const ModuleGraph& graph = *model.graph;
  if (!graph.no_split_modules) return;
  const std::vector<std::string> blocks = unnamed_blocks(graph);
  const auto& listed = *graph.no_split_modules;
  // Then the name does no harm.
  const bool all_named = blocks.empty() && std::any_of(listed.begin(), listed.end(),
                                                       [&](const std::string& name) { return has_class(graph, name); });
  for (const std::string& name : *graph.no_split_modules) {
    if (name.empty() || has_class(graph, name)) continue;
    // Only in the user's own code, and only where that does not know the class at all: another head may use it.
    Span where;
    bool known = false;
    for (std::size_t i = 0; i < graph.sources.files.size(); ++i) {
      const SourceFile& file = graph.sources.files[i];
      if (!file.in_model_repo) continue;
      const Mentions found = mentions(file.text, name);
      // The list of a class that is built around one of several models names the blocks of each.
      known |= found.as_code || (all_named && has_of_family(file.text, name));
      if (found.quoted != std::string::npos && !where.known())
        where = span_at(FileId{static_cast<std::uint32_t>(i)}, file.text, found.quoted, name.size());
    }
    if (known || !where.known()) continue;
    Finding& finding = out.emplace_back();
    finding.severity = all_named ? Severity::kInfo : Severity::kWarning;
    finding.message = fmt::format("`_no_split_modules` names `{}`, which is no class of this model", name);
    finding.labels.push_back(Label::at(where, "nothing is called so"));
    if (!blocks.empty())
      finding.notes.push_back(fmt::format("repeated blocks that it does not name: {}", listed_names(blocks)));
  }
}

}  // namespace

extern const Rule stale_no_split_class = {
    .name = "stale-no-split-class",
    .family = Family::kPlacement,
    .severity = Severity::kWarning,
    .needs = Facts::kGraph,
    .summary = "`_no_split_modules` names a class that the model's code does not have",
    .why =
        "Automatic device maps keep modules of the classes in `_no_split_modules` whole. A name that no class "
        "has, left over from the model that the code was written after, keeps nothing whole, and blocks are "
        "cut where a device is full. Where no name matches, the libraries also compute with the wrong sizes.",
    .example = "_no_split_modules = [\"LlamaDecoderLayer\"]  # in a file whose layers are called MyDecoderLayer",
    .remedy = "Name the classes of the repeated blocks that have a residual connection.",
    .references = "transformers issues 23816 and 29786, pull request 26949.",
    .check = check_stale_no_split_class,
};

}  // namespace ckptlint
