// The parts of findings that several rules say alike.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostPlaces = 4;  // of each kind in a finding
constexpr std::size_t kMostStored = 2;

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
  return "[" + text + "]";
}

std::array<std::uint32_t, 5> key_of(const Span& span) {
  return {static_cast<std::uint32_t>(span.file), span.line, span.column, span.end_line, span.end_column};
}

// What is left out is counted at the last label.
void say_how_many(std::size_t more, std::string_view where, std::string_view what, std::vector<Label>& labels) {
  if (more != 0) labels.back().text += fmt::format(" (and {} {} {}{})", where, more, what, more == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> stored_names(const Model& model, const std::vector<KeyPair>& pairs) {
  std::vector<std::string> names;
  names.reserve(pairs.size());
  for (const KeyPair& pair : pairs) names.emplace_back(model.checkpoint->tensors[pair.stored].name);
  return names;
}

bool is_derived(const Tensor& tensor) {
  if (!tensor.is_buffer() || !tensor.initial_value) return false;
  const std::vector<double>& values = *tensor.initial_value;
  return std::any_of(values.begin(), values.end(), [&](double value) { return value != values.front(); });
}

Label stored_place(const Checkpoint& checkpoint, const StoredTensor& stored, const std::string& text) {
  const std::string file = stored.shard == ShardId::kNone ? "" : checkpoint.shard(stored.shard).path;
  const std::string type = fmt::format("{} {}", stored.type_name, shape_text(checkpoint.shape(stored)));
  return Label::stored(file, std::string(stored.name), text.empty() ? type : fmt::format("{}, {}", type, text));
}

std::vector<Label> places_of(const Model& model, const std::vector<TensorId>& tensors, const std::string& text) {
  std::vector<Label> places;
  std::set<std::array<std::uint32_t, 5>> known;
  for (const TensorId id : tensors) {
    const Span span = model.graph->tensor(id).registered;
    if (!span.known() || !known.insert(key_of(span)).second) continue;
    if (places.size() < kMostPlaces) places.push_back(Label::at(span, text));
  }
  say_how_many(known.size() - places.size(), "in", "other place", places);
  if (!model.loading) return places;
  const std::set<TensorId> wanted(tensors.begin(), tensors.end());
  std::vector<std::uint32_t> stored;  // the loading's order is that of the keys
  for (const MatchedKey& match : model.loading->matched) {
    if (wanted.contains(match.tensor) && (stored.empty() || stored.back() != match.stored))
      stored.push_back(match.stored);
  }
  const std::size_t shown = std::min(stored.size(), kMostStored);
  for (std::size_t i = 0; i < shown; ++i)
    places.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[stored[i]], "stored here"));
  say_how_many(stored.size() - shown, "under", "other key", places);
  return places;
}

Severity severity_of(const Loss& loss) {
  if (loss.narrow) return Severity::kInfo;
  return loss.made ? Severity::kError : Severity::kInfo;
}

std::vector<std::string> notes_of(const Loss& loss) {
  std::vector<std::string> notes;
  for (const std::string& clause : loss.lost_by) notes.push_back("lost by " + clause);
  if (!loss.why.empty()) notes.push_back(loss.why);
  for (const std::string& clause : loss.placed_by) notes.push_back("not lost by " + clause);
  return notes;
}

Bytes size_of(const Tensor& tensor) { return storage_of(tensor.dtype, tensor.shape); }

std::vector<TensorId> tensors_named(const ModuleGraph& graph, const std::vector<std::string>& names) {
  std::vector<TensorId> tensors;
  for (const std::string& name : names) {
    const auto found = std::find_if(graph.tensors.begin(), graph.tensors.end(),
                                    [&](const Tensor& tensor) { return tensor.name == name; });
    if (found != graph.tensors.end())
      tensors.push_back(TensorId{static_cast<std::uint32_t>(found - graph.tensors.begin())});
  }
  return tensors;
}

bool all_loaded(const Model& model, const std::vector<TensorId>& tensors) {
  if (!model.loading) return false;
  const auto& matched = model.loading->matched;
  return std::all_of(tensors.begin(), tensors.end(), [&](TensorId tensor) {
    return std::any_of(matched.begin(), matched.end(), [&](const MatchedKey& key) { return key.tensor == tensor; });
  });
}

void say_hidden(const HiddenError& error, Finding& finding) {
  if (error.what.empty()) return;
  if (error.where.known()) finding.labels.push_back(Label::at(error.where, "raised first, in a property"));
  finding.notes.push_back(
      fmt::format("that is what `__getattr__` says after the property of that name has ended in {}, which is the cause",
                  error.what));
}

}  // namespace ckptlint
