// Turns what rules propose about keys, ties and initialising after loading into attempts that can be run.
#include "fix/loading_remedies.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/escape.h"
#include "ckptlint/names.h"
#include "fix/guarded_writes.h"
#include "fix/python_edits.h"
#include "fix/tie_sources.h"

namespace ckptlint {
namespace {

using Patterns = std::vector<std::pair<std::string, std::string>>;

std::string dotted(const std::string& name) { return name.empty() ? "" : name + "."; }

// Prefixes: the one that goes, or the first words that the new one is put before.
Result<Patterns> prefix_patterns(const MapKeys& remedy) {
  if (!remedy.from.empty()) return Patterns{{"^" + RE2::QuoteMeta(remedy.from) + "\\.", dotted(remedy.to)}};
  std::set<std::string> words;
  for (const std::string& key : remedy.keys) {
    const std::size_t dot = key.find('.');
    if (dot == std::string::npos) return Error{fmt::format("{} has no first word", quoted_name(key))};
    words.insert(RE2::QuoteMeta(key.substr(0, dot)));
  }
  return Patterns{{fmt::format("^({})\\.", fmt::join(words, "|")), dotted(remedy.to) + "\\1."}};
}

constexpr std::size_t kMostJoinedPatterns = 4;

// The same for keys that share the front with others: with the words that come behind it.
Patterns narrower_patterns(const MapKeys& remedy) {
  std::set<std::string> words;
  for (const std::string& key : remedy.keys) {
    const std::size_t at = dotted(remedy.from).size();
    const std::size_t end = key.find('.', at);
    if (end != std::string::npos) words.insert(key.substr(at, end - at));
  }
  Patterns patterns;
  if (words.size() > kMostJoinedPatterns) return patterns;
  for (const std::string& word : words)
    patterns.emplace_back(fmt::format("^{}\\.{}\\.", RE2::QuoteMeta(remedy.from), RE2::QuoteMeta(word)),
                          dotted(remedy.to) + word + ".");
  return patterns;
}

// A word: in front, in the middle, at the end.
Patterns word_patterns(const MapKeys& remedy) {
  const std::string word = RE2::QuoteMeta(remedy.from);
  Patterns patterns;
  const auto any = [&](const auto& is) { return std::any_of(remedy.keys.begin(), remedy.keys.end(), is); };
  if (any([&](const std::string& key) { return key.starts_with(remedy.from + "."); }))
    patterns.emplace_back("^" + word + "\\.", dotted(remedy.to));
  if (any([&](const std::string& key) { return key.find("." + remedy.from + ".") != std::string::npos; }))
    patterns.emplace_back("\\." + word + "\\.", "." + dotted(remedy.to));
  if (!remedy.to.empty() && any([&](const std::string& key) { return key.ends_with("." + remedy.from); }))
    patterns.emplace_back("\\." + word + "$", "." + remedy.to);
  return patterns;
}

bool matches_any(const std::string& key, const Patterns& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& each) { return RE2::PartialMatch(key, RE2(each.first, RE2::Quiet)); });
}

// The user's own files in which a class of the model is written.
std::set<FileId> own_files(const ModuleGraph& graph) {
  std::set<FileId> files;
  for (const Module& module : graph.modules) {
    const SourceFile* file = graph.sources.find(module.class_span.file);
    if (file != nullptr && file->in_model_repo) files.insert(module.class_span.file);
  }
  return files;
}

}  // namespace

Result<Attempt> attempt_one(const MapKeys& remedy, const Model& model, const FileTree*) {
  Result<Patterns> patterns = remedy.anywhere ? word_patterns(remedy) : prefix_patterns(remedy);
  if (!patterns.ok()) return patterns.error();
  const std::set<std::string_view> meant(remedy.keys.begin(), remedy.keys.end());
  // A stored key that is meant and not matched, or the reverse; null where there is none.
  const auto wrong = [&](const Patterns& tried) -> const StoredTensor* {
    for (const StoredTensor& stored : model.checkpoint->tensors) {
      if (matches_any(std::string(stored.name), tried) != meant.contains(stored.name)) return &stored;
    }
    return nullptr;
  };
  if (const StoredTensor* other = wrong(*patterns); other != nullptr) {
    if (!remedy.anywhere && !remedy.from.empty()) patterns = narrower_patterns(remedy);
    if (patterns->empty() || wrong(*patterns) != nullptr)
      return Error{fmt::format("no pattern tells these keys from {}", quoted_name(other->name))};
  }
  Attempt made;
  std::string entries;
  for (const auto& [pattern, replacement] : *patterns)
    entries +=
        fmt::format("{}{}: {}", entries.empty() ? "" : ", ", string_literal(pattern), string_literal(replacement));
  made.title = "pass a `key_mapping` to `from_pretrained`";
  made.text = fmt::format("from_pretrained(..., key_mapping={{{}}})", entries);
  made.applicability = Applicability::kDisplayOnly;
  made.key_mapping = std::move(*patterns);
  return made;
}

Result<Attempt> attempt_one(const GuardWrites&, const Model& model, const FileTree*) {
  Attempt made;
  made.title = "write through `transformers.initialization` in `_init_weights`";
  for (const FileId id : own_files(*model.graph)) {
    const Result<PythonText> source = PythonText::parse(std::string(model.graph->sources.find(id)->text));
    if (!source.ok()) return source.error();
    for (Edit& edit : guarded_writes(*source, id)) made.edits.push_back(std::move(edit));
  }
  if (made.edits.empty())
    return Error{"no `_init_weights` in a file of this model writes a tensor in a way that is known"};
  return made;
}

Result<Attempt> attempt_one(const NameTieSources&, const Model&, const FileTree* repo) {
  if (repo == nullptr) return Error{"there is no repo"};
  Attempt made;
  made.title = "say in `_tied_weights_keys` what each tensor is tied to";
  made.applicability = Applicability::kUnsafe;
  made.reason = "right only if it is the input embedding that they repeat";
  for (const std::string& name : repo->list("")) {
    if (!name.ends_with(".py")) continue;
    const Result<std::string> text = repo->read(name);
    if (!text.ok() || text->find("_tied_weights_keys") == std::string::npos) continue;
    Result<std::string> edited = with_tie_sources(*text);
    if (!edited.ok()) return Error{fmt::format("{}: {}", quoted_name(name), edited.error().message)};
    if (*edited != *text) made.files[name] = std::move(*edited);
  }
  if (made.files.empty()) return Error{"no file of this model has `_tied_weights_keys` as a list"};
  return made;
}

}  // namespace ckptlint
