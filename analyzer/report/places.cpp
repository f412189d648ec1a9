// The parts of findings that several rules say alike.
#include <fmt/format.h>

#include <algorithm>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostPlaces = 4;  // of each kind in a finding
constexpr std::size_t kMostStored = 2;

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
  return "[" + text + "]";
}

}  // namespace

std::vector<std::string> names_of(const ModuleGraph& graph, const std::vector<TensorId>& tensors) {
  std::vector<std::string> names;
  names.reserve(tensors.size());
  for (const TensorId id : tensors) names.push_back(graph.tensor(id).name);
  return names;
}

std::vector<std::string> stored_names(const Model& model, const std::vector<KeyPair>& pairs) {
  std::vector<std::string> names;
  names.reserve(pairs.size());
  for (const KeyPair& pair : pairs) names.emplace_back(model.checkpoint->tensors[pair.stored].name);
  return names;
}

Label stored_place(const Checkpoint& checkpoint, const StoredTensor& stored, const std::string& text) {
  const std::string file = stored.shard == ShardId::kNone ? "" : checkpoint.shard(stored.shard).path;
  const std::string type = fmt::format("{} {}", stored.type_name, shape_text(checkpoint.shape(stored)));
  return Label::stored(file, std::string(stored.name), text.empty() ? type : fmt::format("{}, {}", type, text));
}

std::vector<Label> places_of(const Model& model, const std::vector<TensorId>& tensors, const std::string& text) {
  std::vector<Label> places;
  for (const TensorId id : tensors) {
    const Span span = model.graph->tensor(id).registered;
    const bool is_new =
        std::none_of(places.begin(), places.end(), [&](const Label& label) { return label.span == span; });
    if (span.known() && is_new && places.size() < kMostPlaces) places.push_back(Label::at(span, text));
  }
  if (model.loading == nullptr || model.checkpoint == nullptr) return places;
  std::size_t stored = 0;
  for (const MatchedKey& match : model.loading->matched) {
    if (std::find(tensors.begin(), tensors.end(), match.tensor) == tensors.end()) continue;
    places.push_back(stored_place(*model.checkpoint, model.checkpoint->tensors[match.stored], "stored here"));
    if (++stored == kMostStored) break;
  }
  return places;
}

Severity severity_of(const Loss& loss) {
  if (loss.narrow) return Severity::kInfo;
  return loss.made ? Severity::kError : Severity::kWarning;
}

std::vector<std::string> notes_of(const Loss& loss) {
  std::vector<std::string> notes;
  for (const std::string& clause : loss.lost_by) notes.push_back("lost by " + clause);
  if (!loss.why.empty()) notes.push_back(loss.why);
  for (const std::string& clause : loss.placed_by) notes.push_back("not lost by " + clause);
  return notes;
}

}  // namespace ckptlint
