// Reports that quantized tensors lack a part, or do not fit the config's `quantization_config`.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/quantization_methods.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

std::int64_t blocks_of(std::int64_t extent, std::int64_t size) { return extent / size + (extent % size == 0 ? 0 : 1); }

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

// The shape that the config gives the scales of a weight; nothing where it does not say.
std::optional<std::vector<std::int64_t>> expected_scales(const Quantization& config, const QuantizedWeight& weight,
                                                         std::span<const std::int64_t> values) {
  if (values.size() != 2) return std::nullopt;
  const QuantizedLayout::Scales scales = weight.layout->scales;
  if (scales == QuantizedLayout::Scales::kOneABlock && config.block.size() == 2 && config.block[0] > 0 &&
      config.block[1] > 0)
    return std::vector{blocks_of(values[0], config.block[0]), blocks_of(values[1], config.block[1])};
  const bool packed = config.bits && *config.bits > 0 && 32 % *config.bits == 0 && config.group_size;
  if (!packed || scales != QuantizedLayout::Scales::kOneAGroup) return std::nullopt;
  const std::int64_t per_word = 32 / *config.bits;
  if (values[0] > INT64_MAX / 32 || values[1] > INT64_MAX / 32) return std::nullopt;
  const QuantizationMethod* method = quantization_method(config.method);
  if (method == nullptr || method->packs == QuantizationMethod::Packs::kNothing) return std::nullopt;
  const bool packs_inputs = method->packs == QuantizationMethod::Packs::kInputs;
  const std::int64_t inputs = packs_inputs ? values[0] * per_word : values[0];
  const std::int64_t outputs = packs_inputs ? values[1] : values[1] * per_word;
  const std::int64_t group = *config.group_size > 0 ? *config.group_size : std::max<std::int64_t>(inputs, 1);
  return std::vector{blocks_of(inputs, group), outputs};
}

// "vision_tower" is a part of "model.vision_tower.encoder".
bool is_part_of(std::string_view part, std::string_view name) {
  const std::size_t at = name.find(part);
  return at != std::string_view::npos && (at == 0 || name[at - 1] == '.') &&
         (at + part.size() == name.size() || name[at + part.size()] == '.');
}

// Weights of which the same is said.
struct Group {
  std::vector<std::string> modules;
  std::vector<std::string> tensors;
  std::vector<Label> labels;
  std::string after;  // of the message, what is said of the modules
  std::string note;
};

class Check {
 public:
  explicit Check(const Model& model) : checkpoint_(*model.checkpoint), config_(model.config->quantization) {}

  void look_at(const QuantizedWeight& weight) {
    if (!weight.absent.empty()) return incomplete(weight);
    if (!config_ || weight.parts.size() < 2) return;
    const StoredTensor& values = checkpoint_.tensors[weight.parts[0]];
    const StoredTensor& scales = checkpoint_.tensors[weight.parts[1]];
    const auto expected = expected_scales(*config_, weight, checkpoint_.shape(values));
    const auto shape = checkpoint_.shape(scales);
    if (expected && !std::equal(shape.begin(), shape.end(), expected->begin(), expected->end()))
      misshapen(weight, *expected, {shape.begin(), shape.end()}, scales);
    if (!weight.layout->plain_where_left_out) return;
    for (const std::string& skipped : config_->skipped) {
      if (is_part_of(skipped, weight.module)) return skipped_yet_quantized(weight, skipped, values);
    }
  }

  void report(Findings& out) const {
    for (const auto& [key, group] : groups_) {
      Finding& finding = out.emplace_back();
      finding.message = fmt::format("{} {}", listed_names(group.modules), group.after);
      finding.tensors = group.tensors;
      finding.labels = group.labels;
      finding.notes.push_back(group.note);
    }
  }

 private:
  Group& group(const std::string& key, const QuantizedWeight& weight) {
    Group& group = groups_[key];
    group.modules.push_back(weight.module);
    for (const std::uint32_t part : weight.parts) group.tensors.emplace_back(checkpoint_.tensors[part].name);
    return group;
  }

  void incomplete(const QuantizedWeight& weight) {
    std::vector<std::string> leaves;
    for (const std::string& name : weight.absent)
      leaves.push_back(name.substr(weight.module.size() + (name[weight.module.size()] == '.' ? 1 : 0)));
    const std::string list = listed_names(leaves);
    Group& all = group("absent " + list + std::string(weight.layout->name), weight);
    for (const std::string& name : weight.absent) all.tensors.push_back(name);
    if (all.labels.empty() && !weight.parts.empty())
      all.labels.push_back(stored_place(checkpoint_, checkpoint_.tensors[weight.parts.front()], "stored here"));
    all.after = fmt::format("{} quantized ({}), but {} not stored", all.modules.size() == 1 ? "is" : "are",
                            weight.layout->name, list + (leaves.size() == 1 ? " is" : " are"));
    all.note = "without it the values cannot be turned back into weights";
  }

  void misshapen(const QuantizedWeight& weight, const std::vector<std::int64_t>& expected,
                 const std::vector<std::int64_t>& found, const StoredTensor& scales) {
    Group& all = group("scales " + shape_text(expected) + shape_text(found), weight);
    if (all.labels.empty()) {
      all.labels.push_back(stored_place(checkpoint_, scales, "stored here"));
      all.labels.push_back(Label::stored("config.json", config_->path, size_in_config()));
    }
    all.after = fmt::format("{} scales of shape {}, and the config's group or block size gives {}",
                            all.modules.size() == 1 ? "has" : "have", shape_text(found), shape_text(expected));
    all.note = "the layer is built for the config's size, so that the scales do not fit";
  }

  void skipped_yet_quantized(const QuantizedWeight& weight, const std::string& skipped, const StoredTensor& values) {
    Group& all = group("skipped " + skipped, weight);
    if (all.labels.empty()) {
      all.labels.push_back(stored_place(checkpoint_, values, "stored here"));
      all.labels.push_back(Label::stored("config.json", config_->path, fmt::format("leaves out `{}`", skipped)));
    }
    all.after = fmt::format("{} stored quantized ({}), but the config leaves `{}` out",
                            all.modules.size() == 1 ? "is" : "are", weight.layout->name, skipped);
    all.note = "the layer is built plain, so that packed values do not fit";
  }

  std::string size_in_config() const {
    if (!config_->block.empty()) return fmt::format("`weight_block_size` is {}", shape_text(config_->block));
    return fmt::format("`group_size` is {}, `bits` is {}", config_->group_size.value_or(0), config_->bits.value_or(0));
  }

  const Checkpoint& checkpoint_;
  const std::optional<Quantization>& config_;
  std::map<std::string, Group> groups_;
};

void check(const Model& model, Findings& out) {
  Check check(model);
  for (const QuantizedWeight& weight : *model.quantized) check.look_at(weight);
  check.report(out);
}

}  // namespace

extern const Rule broken_quantization = {
    .name = "broken-quantization",
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "quantized tensors lack a part, or do not fit the config's `quantization_config`",
    .why =
        "Values without their scales are noise; scales of another group size do not fit the layer that is "
        "built; a quantized weight where the config leaves the layer plain ends in a shape that does not fit.",
    .example = "`model.layers.0.mlp.down_proj.qweight` and `.qzeros`, without `.scales`",
    .remedy = "Quantize the model again, and let the tool write the config.",
    .references = "vllm issue 42813; GLM-130B issue 62; mlx-swift-examples issue 375.",
    .check = check,
};

}  // namespace ckptlint
