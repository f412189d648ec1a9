// Values of config.json that would make the model have the members that are stored, or its ties.  Guesses: the fix
// phase tries each and keeps what holds.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "ckptlint/names.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostGuesses = 6;  // for one finding

class Guesses {
 public:
  void add(const std::string& path, std::int64_t value) {
    if (value <= 0 || remedies_.size() == kMostGuesses || !known_.insert(fmt::format("{}={}", path, value)).second)
      return;
    EditConfig edit{path, fmt::format("{}", value), "right only if the stored tensors are the ones that are meant"};
    edit.is_guess = true;
    remedies_.emplace_back(std::move(edit));
  }
  std::vector<Remedy> take() { return std::move(remedies_); }

 private:
  std::set<std::string> known_;
  std::vector<Remedy> remedies_;
};

// The number that a component of a name is; nothing where it is none.
std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > 1'000'000) return std::nullopt;
  return number;
}

// The list that a name runs through first, "model.layers" of "model.layers.7.mlp.weight"; empty where there is none.
std::string_view list_in(std::string_view name) {
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const std::string_view rest = name.substr(dot + 1);
    if (number_of(rest.substr(0, rest.find('.')))) return name.substr(0, dot);
  }
  return "";
}

// How many members a list has by names that begin with it.
void count_member(std::string_view name, std::string_view list, std::int64_t& count) {
  if (name.size() <= list.size() + 1 || !name.starts_with(list) || name[list.size()] != '.') return;
  const std::string_view rest = name.substr(list.size() + 1);
  if (const auto number = number_of(rest.substr(0, rest.find('.')))) count = std::max(count, *number + 1);
}

}  // namespace

std::vector<Remedy> tie_edits(bool tied) {
  std::vector<Remedy> edits;
  for (const char* path : {"tie_word_embeddings", "text_config.tie_word_embeddings"}) {
    EditConfig edit{path, tied ? "true" : "false",
                    tied ? "right only if the two were tied when the model was saved"
                         : "right only if the tensors were trained apart"};
    edit.is_guess = true;
    edits.emplace_back(std::move(edit));
  }
  return edits;
}

std::vector<Remedy> count_guesses(const Model& model, const std::vector<std::string>& names) {
  if (!model.config || !model.checkpoint || names.empty()) return {};
  const std::string_view list = list_in(names.front());
  if (list.empty()) return {};
  std::int64_t expected = 0;
  for (const Tensor& tensor : model.graph->tensors) count_member(tensor.name, list, expected);
  // What is stored may lack the base model's prefix, or have one more.
  std::int64_t stored = 0;
  for (const StoredTensor& tensor : model.checkpoint->tensors) count_member(tensor.name, list, stored);
  const std::size_t dot = list.find('.');
  if (stored == 0 && dot != std::string_view::npos) {
    for (const StoredTensor& tensor : model.checkpoint->tensors)
      count_member(tensor.name, list.substr(dot + 1), stored);
  }
  if (stored == expected || expected == 0) return {};
  Guesses guesses;
  for (const ConfigNumber& number : model.config->numbers) {
    if (number.value == expected) guesses.add(number.path, stored);
  }
  return guesses.take();
}

}  // namespace ckptlint
