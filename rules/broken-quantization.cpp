// Reports that quantized tensors lack a part, or do not fit the config's `quantization_config`.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ckptlint/names.h"
#include "ckptlint/quantization_methods.h"
#include "ckptlint/rule.h"
#include "wording/packings.h"
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

// Weights of which the same is said.
struct BrokenGroup {
  std::vector<std::string> modules;
  std::vector<std::string> tensors;
  std::vector<Label> labels;
  std::string after;  // of the message, what is said of the modules
  std::string note;
};

std::string size_in_config(const Quantization& config) {
  if (!config.block.empty()) return fmt::format("`weight_block_size` is {}", shape_text(config.block));
  return fmt::format("`group_size` is {}, `bits` is {}", config.group_size.value_or(0), config.bits.value_or(0));
}

class Check {
 public:
  explicit Check(const Model& model)
      : checkpoint_(*model.checkpoint),
        config_(model.config->quantization),
        simulated_(model.loading && model.graph->quantizer != nullptr) {
    if (!model.leftovers) return;
    for (const OtherPacking& packing : model.leftovers->packings)
      told_.insert(packing.stored.begin(), packing.stored.end());
  }

  void look_at(const QuantizedWeight& weight) {
    const auto is_told = [&](std::uint32_t part) { return told_.contains(part); };
    if (std::any_of(weight.parts.begin(), weight.parts.end(), is_told)) return;
    if (!weight.absent.empty()) return incomplete(weight);
    // Where loading was simulated, the model's own layers say what fits.
    if (!config_ || weight.parts.size() < 2 || simulated_) return;
    const StoredTensor& values = checkpoint_.tensors[weight.parts[0]];
    const StoredTensor& scales = checkpoint_.tensors[weight.parts[1]];
    const auto expected = expected_scales(*config_, weight, checkpoint_.shape(values));
    const auto shape = checkpoint_.shape(scales);
    if (expected && !std::equal(shape.begin(), shape.end(), expected->begin(), expected->end()))
      misshapen(weight, *expected, {shape.begin(), shape.end()}, scales);
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
  BrokenGroup& group(const std::string& key, const QuantizedWeight& weight) {
    BrokenGroup& group = groups_[key];
    group.modules.push_back(weight.module);
    for (const std::uint32_t part : weight.parts) group.tensors.emplace_back(checkpoint_.tensors[part].name);
    return group;
  }

  void incomplete(const QuantizedWeight& weight) {
    std::vector<std::string> leaves;
    for (const std::string& name : weight.absent)
      leaves.push_back(name.substr(weight.module.size() + (name[weight.module.size()] == '.' ? 1 : 0)));
    const std::string list = listed_names(leaves);
    BrokenGroup& all = group("absent " + list + weight.packing, weight);
    for (const std::string& name : weight.absent) all.tensors.push_back(name);
    if (all.labels.empty() && !weight.parts.empty())
      all.labels.push_back(stored_place(checkpoint_, checkpoint_.tensors[weight.parts.front()], "stored here"));
    all.after = fmt::format("{} quantized ({}), but {} not stored", all.modules.size() == 1 ? "is" : "are",
                            weight.packing, list + (leaves.size() == 1 ? " is" : " are"));
    all.note = "without it the values cannot be turned back into weights";
  }

  void misshapen(const QuantizedWeight& weight, const std::vector<std::int64_t>& expected,
                 const std::vector<std::int64_t>& found, const StoredTensor& scales) {
    BrokenGroup& all = group("scales " + shape_text(expected) + shape_text(found), weight);
    if (all.labels.empty()) {
      all.labels.push_back(stored_place(checkpoint_, scales, "stored here"));
      all.labels.push_back(Label::stored("config.json", config_->path, size_in_config(*config_)));
    }
    all.after = fmt::format("{} scales of shape {}, and the config's group or block size gives {}",
                            all.modules.size() == 1 ? "has" : "have", shape_text(found), shape_text(expected));
    all.note = "the layer is built for the config's size, so that the scales do not fit";
  }

  const Checkpoint& checkpoint_;
  const std::optional<Quantization>& config_;
  const bool simulated_;
  std::set<std::uint32_t> told_;  // stored tensors of modules that do not fit the model's
  std::map<std::string, BrokenGroup> groups_;
};

// What the layers of the model make of what is stored, as loading was simulated.

std::vector<std::string> leaves_of(const std::vector<std::string>& names) {
  std::vector<std::string> leaves;
  for (const std::string& name : names) {
    const std::string leaf(leaf_of(name));
    if (std::find(leaves.begin(), leaves.end(), leaf) == leaves.end()) leaves.push_back(leaf);
  }
  return leaves;
}

std::vector<std::string> clauses_of(const Model& model, const std::vector<TensorId>& missing,
                                    const std::vector<UnexpectedKey>& unexpected,
                                    const std::vector<MismatchedKey>& mismatched) {
  std::vector<std::string> clauses;
  const auto say = [&](const std::vector<std::string>& names, std::string_view what) {
    const std::vector<std::string> leaves = leaves_of(names);
    if (!leaves.empty())
      clauses.push_back(fmt::format("{} {} {}", listed_names(leaves, 6), leaves.size() == 1 ? "is" : "are", what));
  };
  say(model.graph->names_of(missing), "not stored");
  std::vector<std::string> keys;
  for (const UnexpectedKey& key : unexpected) keys.push_back(key.key);
  say(keys, "stored, and no part of the layer");
  for (const MismatchedKey& key : mismatched) {
    const Tensor& tensor = model.graph->tensor(key.tensor);
    std::string clause = fmt::format("`{}` is stored as {}, and the layer has {}", leaf_of(tensor.name),
                                     shape_text(key.shape), shape_text(tensor.shape));
    if (std::find(clauses.begin(), clauses.end(), clause) == clauses.end()) clauses.push_back(std::move(clause));
  }
  return clauses;
}

// Sizes differ from layer to layer where one number is wrong: they do not make another kind.
std::string kind_of(const Model& model, const OtherPacking& packing) {
  std::vector<std::string> misfits;
  for (const MismatchedKey& key : packing.mismatched) misfits.push_back(model.graph->tensor(key.tensor).name);
  return fmt::format("{}; {}", fmt::join(clauses_of(model, packing.missing, packing.unexpected, {}), "; "),
                     fmt::join(leaves_of(misfits), " "));
}

// What stands in the way of all of them: the config names the other one of two methods whose tensors have one name.
std::string other_method(const Quantization& config, const std::string& packing) {
  const std::string words = packing.substr(0, packing.find(','));  // "AWQ, 4 bit"
  const QuantizationMethod* named = quantization_method(config.method);
  if (named == nullptr || named->words.empty() || named->words == words) return "";
  for (const QuantizationMethod& method : quantization_methods()) {
    if (!method.words.empty() && method.words == words) return std::string(method.name);
  }
  return "";
}

// The size that the stored scales are of, where the model's are of `size`.
std::int64_t size_for(std::int64_t size, std::int64_t of_layer, std::int64_t stored) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(size, of_layer, &product) || stored <= 0 || product % stored != 0) return 0;
  return product / stored;
}

// A value for the size of groups or blocks by which the scales would fit; a guess.
std::vector<Remedy> size_edits(const Model& model, const Quantization& config, const PackingGroup& group) {
  for (const MismatchedKey& key : group.mismatched) {
    const Tensor& tensor = model.graph->tensor(key.tensor);
    if (tensor.name.find("scale") == std::string::npos || tensor.shape.size() != key.shape.size()) continue;
    const std::string reason = "right where the scales are as they should be";
    if (config.block.size() == 2 && tensor.shape.size() == 2) {
      const std::int64_t high = size_for(config.block[0], tensor.shape[0], key.shape[0]);
      const std::int64_t wide = size_for(config.block[1], tensor.shape[1], key.shape[1]);
      if (high > 0 && wide > 0)
        return {EditConfig{config.path + ".weight_block_size", fmt::format("[{}, {}]", high, wide), reason, true}};
    }
    for (std::size_t axis = 0; axis < key.shape.size() && !config.group_path.empty(); ++axis) {
      if (key.shape[axis] == tensor.shape[axis]) continue;
      const std::int64_t size = size_for(config.group_size.value_or(0), tensor.shape[axis], key.shape[axis]);
      if (size > 0) return {EditConfig{config.path + "." + config.group_path, std::to_string(size), reason, true}};
    }
  }
  return {};
}

std::string message_of(const Model& model, const PackingGroup& group, const std::string& method,
                       std::vector<std::string>& notes) {
  const auto clauses = clauses_of(model, group.missing, group.unexpected, {});
  std::vector<std::string> shapes = clauses_of(model, {}, {}, group.mismatched);
  constexpr std::size_t kMostShapes = 4;
  if (shapes.size() > kMostShapes) {
    const std::size_t more = shapes.size() - kMostShapes;
    shapes.resize(kMostShapes);
    shapes.push_back(fmt::format("and so on with {} more shapes", more));
  }
  std::vector<std::string> all =
      method.empty() ? std::vector<std::string>{}
                     : std::vector{fmt::format("`quant_method` is `{}`", model.config->quantization->method)};
  all.insert(all.end(), clauses.begin(), clauses.end());
  all.insert(all.end(), shapes.begin(), shapes.end());
  if (all.empty()) all.emplace_back("its values go into a plain tensor");
  notes.insert(notes.end(), all.begin() + 1, all.end());
  return fmt::format("{} {} quantized{}, but {}", listed_names(group.modules), group.modules.size() == 1 ? "is" : "are",
                     group.packing.empty() ? "" : fmt::format(" ({})", group.packing), all.front());
}

void report_parts(const Model& model, Findings& out) {
  using Cause = OtherPacking::Cause;
  for (const PackingGroup& group : packing_groups(model, Cause::kParts, OtherPacking::Stored::kParts, kind_of)) {
    Finding& finding = out.emplace_back();
    const Quantization& config = *model.config->quantization;
    const std::string method = other_method(config, group.packing);
    finding.severity = is_surplus_alone(group) ? Severity::kWarning : Severity::kError;
    finding.tensors = group.tensors;
    finding.message = message_of(model, group, method, finding.notes);
    place(model, group, finding);
    finding.labels.push_back(
        Label::stored("config.json", config.path, group.mismatched.empty() ? "" : size_in_config(config)));
    finding.notes.push_back(outcome_of(group));
    if (std::string note = file_note(*model.config); !note.empty()) finding.notes.push_back(std::move(note));
    finding.remedies = size_edits(model, config, group);
    if (!method.empty()) {
      finding.remedies.emplace_back(EditConfig{config.path + ".quant_method", fmt::format("\"{}\"", method),
                                               "right where the weights are as they should be", true});
    }
  }
}

void check_broken_quantization(const Model& model, Findings& out) {
  if (model.leftovers && model.config->quantization) report_parts(model, out);
  Check check(model);
  for (const QuantizedWeight& weight : *model.quantized) check.look_at(weight);
  check.report(out);
}

}  // namespace

extern const Rule broken_quantization = {
    .name = "broken-quantization",
    .family = Family::kQuantization,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kConfig,
    .summary = "quantized tensors lack a part, or do not fit the config's `quantization_config`",
    .why =
        "Values without their scales are noise; scales of another group size do not fit the layer that is "
        "built; a quantized weight where the config leaves the layer plain ends in a shape that does not fit.",
    .example = "`model.layers.0.mlp.down_proj.qweight` and `.qzeros`, without `.scales`",
    .remedy = "Quantize the model again, and let the tool write the config.",
    .references = "vllm issue 42813; GLM-130B issue 62; mlx-swift-examples issue 375.",
    .check = check_broken_quantization,
};

}  // namespace ckptlint
