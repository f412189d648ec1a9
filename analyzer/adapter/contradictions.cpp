// Takes stored names apart into module and part, and holds each against the fields of the config that decide it.
#include "adapter/contradictions.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using Contradicts = AdapterContradiction::Kind;

constexpr std::string_view kLead = "base_model.model.";
constexpr std::string_view kDelta = "trainable_tokens_delta";
constexpr std::size_t kMostPatterns = 1000;

const Json* field(const Json& config, const char* name) {
  const auto found = config.find(name);
  return found == config.end() || found->is_null() ? nullptr : &*found;
}

bool is_set(const Json& config, const char* name) {
  const Json* value = field(config, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<std::int64_t> number(const Json* value) {
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}

// Whether `name` is `end` or ends in it after a dot.
bool ends_in(std::string_view name, std::string_view end) {
  if (!name.ends_with(end)) return false;
  return name.size() == end.size() || name[name.size() - end.size() - 1] == '.';
}

// ---- the factors of low-rank products

struct Half {
  std::string_view suffix, other;
  std::uint32_t rank_axis;
};
constexpr Half kHalves[] = {
    {".lora_A.weight", ".lora_B.weight", 0},
    {".lora_B.weight", ".lora_A.weight", 1},
    {".lora_embedding_A", ".lora_embedding_B", 0},
    {".lora_embedding_B", ".lora_embedding_A", 1},
};

struct Factor {
  std::uint32_t stored = 0;
  std::string name;    // as stored
  std::string module;  // without what PEFT puts before and behind it
  const Half* half = nullptr;
};

std::vector<Factor> factors_of(const Checkpoint& adapter) {
  std::vector<Factor> factors;
  for (std::uint32_t i = 0; i < adapter.tensors.size(); ++i) {
    const std::string_view name = adapter.tensors[i].name;
    for (const Half& half : kHalves) {
      if (!name.ends_with(half.suffix)) continue;
      std::string_view module = name.substr(0, name.size() - half.suffix.size());
      if (module.starts_with(kLead)) module.remove_prefix(kLead.size());
      for (const std::string_view wrapped : {".modules_to_save", ".original_module", ".base_layer"}) {
        while (module.ends_with(wrapped)) module.remove_suffix(wrapped.size());
      }
      factors.push_back({i, std::string(name), std::string(module), &half});
    }
  }
  return factors;
}

class LoraCheck {
 public:
  LoraCheck(const Checkpoint& adapter, const Json& config, std::vector<AdapterContradiction>& out)
      : adapter_(adapter), config_(config), out_(out), factors_(factors_of(adapter)) {
    for (const StoredTensor& each : adapter.tensors) names_.insert(each.name);
    const Json* parameters = field(config, "target_parameters");
    if (parameters == nullptr || !parameters->is_array()) return;
    for (const Json& each : *parameters) {
      if (!each.is_string()) continue;
      const std::string name = each.get<std::string>();
      const std::size_t dot = name.rfind('.');
      if (dot == std::string::npos)
        any_owner_ = true;  // a parameter of that name, whatever module has it
      else
        owners_.push_back(name.substr(0, dot));
    }
  }

  void run() {
    magnitudes();
    halves();
    ranks();
    targets();
  }

 private:
  void magnitudes() {
    AdapterContradiction lacking{.kind = Contradicts::kLacksMagnitudes, .field = "use_dora"};
    AdapterContradiction unread{.kind = Contradicts::kUnreadMagnitudes, .field = "use_dora"};
    const bool wanted = is_set(config_, "use_dora");
    for (std::uint32_t i = 0; i < adapter_.tensors.size(); ++i) {
      const std::string_view name = adapter_.tensors[i].name;
      const bool is_one = name.ends_with(".lora_magnitude_vector") || name.ends_with(".lora_magnitude_vector.weight");
      if (is_one && !wanted) unread.stored.push_back(i);
    }
    for (const Factor& factor : factors_) {
      // Only of what `use_dora` is for: parameters of experts have none.
      if (!wanted || factor.half->rank_axis != 0 || is_parameter(factor)) continue;
      const std::string before = factor.name.substr(0, factor.name.size() - factor.half->suffix.size());
      const std::string vector = before + ".lora_magnitude_vector";
      if (names_.contains(vector) || names_.contains(vector + ".weight")) continue;
      lacking.stored.push_back(factor.stored);
      lacking.absent.push_back(vector);
    }
    for (AdapterContradiction* each : {&lacking, &unread}) {
      if (!each->stored.empty()) out_.push_back(std::move(*each));
    }
  }

  void halves() {
    AdapterContradiction lone{.kind = Contradicts::kLacksHalf, .field = "r"};
    for (const Factor& factor : factors_) {
      std::string other = factor.name.substr(0, factor.name.size() - factor.half->suffix.size());
      other += factor.half->other;
      if (names_.contains(other)) continue;
      lone.stored.push_back(factor.stored);
      lone.absent.push_back(std::move(other));
    }
    if (!lone.stored.empty()) out_.push_back(std::move(lone));
  }

  void ranks() {
    const std::optional<std::int64_t> usual = number(field(config_, "r"));
    const Json* patterns = field(config_, "rank_pattern");
    const bool readable = patterns == nullptr || (patterns->is_object() && patterns->size() <= kMostPatterns);
    if (!usual || !readable || is_set(config_, "use_bdlora")) return;
    std::map<std::pair<std::int64_t, std::int64_t>, AdapterContradiction> groups;
    for (const Factor& factor : factors_) {
      const auto shape = adapter_.shape(adapter_.tensors[factor.stored]);
      if (is_parameter(factor) || shape.size() < 2) continue;
      const std::optional<std::int64_t> expected = rank_of(factor.module, *usual, patterns);
      const std::int64_t found = shape[factor.half->rank_axis];
      if (!expected || found == *expected || found == 0) continue;
      AdapterContradiction& group = groups[{found, *expected}];
      group.kind = Contradicts::kOtherRank;
      group.field = *expected == *usual ? "r" : "rank_pattern";
      group.found = found;
      group.expected = *expected;
      group.stored.push_back(factor.stored);
    }
    for (auto& [key, group] : groups) out_.push_back(std::move(group));
  }

  // Nothing where a pattern is not one that can be tried.
  std::optional<std::int64_t> rank_of(const std::string& module, std::int64_t usual, const Json* patterns) {
    if (patterns == nullptr) return usual;
    for (const auto& [pattern, rank] : patterns->items()) {
      const RE2* tried = compiled(fmt::format(R"((?:.*\.)?(?:{}))", pattern));
      if (tried == nullptr) return std::nullopt;
      if (RE2::FullMatch(module, *tried)) return number(&rank);
    }
    return usual;
  }

  void targets() {
    const Json* wanted = field(config_, "target_modules");
    for (const char* narrower : {"layers_to_transform", "layer_replication"}) {
      if (field(config_, narrower) != nullptr) return;
    }
    if (wanted == nullptr || (wanted->is_array() && wanted->size() > kMostPatterns)) return;
    AdapterContradiction untargeted{.kind = Contradicts::kUntargeted, .field = "target_modules"};
    for (const Factor& factor : factors_) {
      if (is_parameter(factor) || means(*wanted, factor.module).value_or(true)) continue;
      untargeted.stored.push_back(factor.stored);
    }
    if (!untargeted.stored.empty()) out_.push_back(std::move(untargeted));
  }

  // Nothing where that cannot be told.
  std::optional<bool> means(const Json& wanted, const std::string& module) {
    if (wanted.is_string()) {
      const std::string pattern = wanted.get<std::string>();
      if (pattern == "all-linear") return std::nullopt;
      const RE2* tried = compiled(pattern);
      if (tried == nullptr) return std::nullopt;
      return RE2::FullMatch(module, *tried);
    }
    if (!wanted.is_array()) return std::nullopt;
    return std::any_of(wanted.begin(), wanted.end(), [&](const Json& each) {
      return !each.is_string() || ends_in(module, each.get_ref<const std::string&>());
    });
  }

  // Of a parameter that `target_parameters` names: its rank is multiplied by the number of experts.
  bool is_parameter(const Factor& factor) {
    if (any_owner_) {
      const Json* wanted = field(config_, "target_modules");
      if (wanted == nullptr || !means(*wanted, factor.module).value_or(false)) return true;
    }
    return std::any_of(owners_.begin(), owners_.end(),
                       [&](const std::string& owner) { return ends_in(factor.module, owner); });
  }

  const RE2* compiled(const std::string& pattern) {
    auto found = compiled_.find(pattern);
    if (found == compiled_.end()) {
      RE2::Options options;
      options.set_log_errors(false);
      options.set_max_mem(1 << 20);
      found = compiled_.try_emplace(pattern, pattern, options).first;
    }
    return found->second.ok() ? &found->second : nullptr;
  }

  const Checkpoint& adapter_;
  const Json& config_;
  std::vector<AdapterContradiction>& out_;
  std::vector<Factor> factors_;
  std::set<std::string_view> names_;
  std::vector<std::string> owners_;  // modules of `target_parameters`
  bool any_owner_ = false;           // it has one whose module is not named
  std::map<std::string, RE2> compiled_;
};

// ---- prompts, tokens, shared matrices

void check_prompt(const Checkpoint& adapter, const Json& config, std::vector<AdapterContradiction>& out) {
  const std::optional<std::int64_t> tokens = number(field(config, "num_virtual_tokens"));
  const std::int64_t parts = number(field(config, "num_transformer_submodules")).value_or(1);
  if (!tokens || *tokens < 0 || *tokens > 1 << 24 || parts < 0 || parts > 16) return;
  for (std::uint32_t i = 0; i < adapter.tensors.size(); ++i) {
    const auto shape = adapter.shape(adapter.tensors[i]);
    if (adapter.tensors[i].name != "prompt_embeddings" || shape.empty()) continue;
    if (shape[0] == *tokens || shape[0] == *tokens * parts) continue;
    out.push_back({Contradicts::kOtherPrompt, "num_virtual_tokens", {i}, {}, shape[0], *tokens});
  }
}

// The indices that the config has for the module; null where they are not a list.
const Json* indices_for(const Json& given, std::string_view module) {
  if (given.is_array()) return &given;
  if (!given.is_object()) return nullptr;
  for (const auto& [name, indices] : given.items()) {
    if (ends_in(module, name)) return indices.is_array() ? &indices : nullptr;
  }
  return nullptr;
}

void check_tokens(const Checkpoint& adapter, const Json& config, const char* name,
                  std::vector<AdapterContradiction>& out) {
  const Json* given = field(config, name);
  if (given == nullptr || given->empty()) return;
  bool any = false;
  for (std::uint32_t i = 0; i < adapter.tensors.size(); ++i) {
    std::string_view module = adapter.tensors[i].name;
    if (!ends_in(module, kDelta)) continue;
    any = true;
    module.remove_suffix(std::min(module.size(), kDelta.size() + 1));
    if (module.ends_with(".token_adapter")) module.remove_suffix(std::string_view(".token_adapter").size());
    const Json* indices = indices_for(*given, module);
    const auto shape = adapter.shape(adapter.tensors[i]);
    const auto count = indices == nullptr ? 0 : static_cast<std::int64_t>(indices->size());
    if (indices != nullptr && !shape.empty() && shape[0] != count)
      out.push_back({Contradicts::kOtherTokens, name, {i}, {}, shape[0], count});
  }
  if (!any && !adapter.tensors.empty()) out.push_back({Contradicts::kLacksTokens, name, {0}, {}});
}

void check_projections(const Checkpoint& adapter, const Json& config, std::vector<AdapterContradiction>& out) {
  const Json* saved = field(config, "save_projection");
  if (saved != nullptr && !(saved->is_boolean() && saved->get<bool>())) return;
  AdapterContradiction lacking{.kind = Contradicts::kLacksProjections, .field = "save_projection", .stored = {0}};
  for (const char* name : {"base_model.vera_A", "base_model.vera_B"}) {
    const bool stored = std::any_of(adapter.tensors.begin(), adapter.tensors.end(),
                                    [&](const StoredTensor& each) { return each.name == name; });
    if (!stored) lacking.absent.emplace_back(name);
  }
  if (!lacking.absent.empty() && !adapter.tensors.empty()) out.push_back(std::move(lacking));
}

}  // namespace

std::vector<AdapterContradiction> contradictions_of(const Checkpoint& adapter, const Json& config) {
  std::vector<AdapterContradiction> found;
  const Json* given = field(config, "peft_type");
  const std::string type = given != nullptr && given->is_string() ? given->get<std::string>() : "";
  if (type == "LORA") {
    LoraCheck(adapter, config, found).run();
    check_tokens(adapter, config, "trainable_token_indices", found);
  }
  if (type == "TRAINABLE_TOKENS") check_tokens(adapter, config, "token_indices", found);
  if (type == "VERA") check_projections(adapter, config, found);
  if (type == "PROMPT_TUNING" || type == "PREFIX_TUNING" || type == "P_TUNING") check_prompt(adapter, config, found);
  return found;
}

}  // namespace ckptlint
