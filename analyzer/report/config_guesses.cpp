// Which value of config.json would make the model fit what is stored.  Guesses: the fix phase tries each and keeps what
// holds.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"

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

// "text_config." of "text_config.num_attention_heads"
std::string section_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot + 1);
}

// Models that do not say how wide a head is divide the hidden size by the number of heads.
void add_head_widths(const Config& config, std::int64_t stored, Guesses& out) {
  for (const ConfigNumber& heads : config.numbers) {
    const std::string_view leaf = leaf_of(heads.path);
    if (leaf != "num_attention_heads" && leaf != "num_key_value_heads") continue;
    const std::string path = section_of(heads.path) + "head_dim";
    if (config.number(path) == nullptr && stored % heads.value == 0) out.add(path, stored / heads.value);
  }
}

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

std::vector<Remedy> shape_guesses(const Model& model, std::span<const std::int64_t> expected,
                                  std::span<const std::int64_t> stored) {
  if (model.config == nullptr || expected.size() != stored.size()) return {};
  Guesses guesses;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == stored[i] || expected[i] <= 0 || stored[i] > INT32_MAX) continue;
    for (const ConfigNumber& number : model.config->numbers) {
      if (number.value == expected[i]) guesses.add(number.path, stored[i]);
    }
    add_head_widths(*model.config, stored[i], guesses);
    // A factor of the extent, the larger the likelier.
    std::vector<const ConfigNumber*> factors;
    for (const ConfigNumber& number : model.config->numbers) {
      if (number.value > 1 && number.value < expected[i] && expected[i] % number.value == 0 &&
          stored[i] % (expected[i] / number.value) == 0)
        factors.push_back(&number);
    }
    std::stable_sort(factors.begin(), factors.end(), [](const auto* a, const auto* b) { return a->value > b->value; });
    for (const ConfigNumber* number : factors) guesses.add(number->path, stored[i] / (expected[i] / number->value));
  }
  return guesses.take();
}

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
  if (model.config == nullptr || model.checkpoint == nullptr || names.empty()) return {};
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
