// The one table from the facts that a rule may need to the members of Model that hold them.
#include "check/known_facts.h"

#include <algorithm>

namespace ckptlint {
namespace {

struct Row {
  Facts fact;
  std::string_view lets_check;                    // as "not checked: ..." goes on; empty where another row says it
  const Unknown* (*unknown)(const Model& model);  // null where it is known
};

template <auto member>
const Unknown* unknown_of(const Model& model) {
  const auto& fact = model.*member;
  return fact ? nullptr : &fact.unknown();
}

template <auto part>
const Unknown* unknown_companion(const Model& model) {
  const auto& fact = model.companions.*part;
  return fact ? nullptr : &fact.unknown();
}

// Of rules about what nobody asked, nothing is said: so what has to be asked for comes first.
constexpr Row kRows[] = {
    {Facts::kZero3, "loading under ZeRO-3", unknown_of<&Model::zero3>},
    {Facts::kParallel, "the plan for several processes", unknown_of<&Model::parallel>},
    {Facts::kFsdp, "other ranks under FSDP", unknown_of<&Model::unset_elsewhere>},
    {Facts::kBrokenConfig, "", unknown_of<&Model::broken_config>},
    {Facts::kCheckpoint, "the stored tensors", unknown_of<&Model::checkpoint>},
    {Facts::kConfig, "the config", unknown_of<&Model::config>},
    {Facts::kAdapterConfig, "", unknown_of<&Model::adapter_config>},
    {Facts::kAdapter, "the adapter against its base model", unknown_of<&Model::adapter>},
    {Facts::kPipeline, "the sentence-transformers parts", unknown_of<&Model::pipeline>},
    {Facts::kDiffusion, "the components of the pipeline", unknown_of<&Model::diffusion>},
    {Facts::kLora, "the LoRA weights on their pipeline", unknown_of<&Model::lora>},
    {Facts::kGraph, "the model's code", unknown_of<&Model::graph>},
    {Facts::kPlacement, "device maps", unknown_of<&Model::placements>},
    {Facts::kLoading, "the stored keys against the model", unknown_of<&Model::loading>},
    {Facts::kPredictions, "the layers for further tokens", unknown_of<&Model::predictions>},
    {Facts::kRebuild, "buffers after loading", unknown_of<&Model::init_weights>},
    {Facts::kFinish, "the end of loading", unknown_of<&Model::finish>},
    {Facts::kTokenizer, "the tokenizer", unknown_companion<&Companions::tokenizer>},
    {Facts::kProcessor, "the processor", unknown_companion<&Companions::processor>},
    {Facts::kGeneration, "generation_config.json", unknown_companion<&Companions::generation>},
    {Facts::kConduct, "what the code of the repo does", unknown_of<&Model::conduct>},
    {Facts::kWithoutCode, "loading without the repo's code", unknown_of<&Model::without_code>},
    {Facts::kBuild, "", unknown_of<&Model::failure>},
};

}  // namespace

Facts known_facts(const Model& model) {
  Facts known = Facts::kNone;
  for (const Row& row : kRows) {
    if (row.unknown(model) == nullptr) known = known | row.fact;
  }
  return known;
}

const Unknown* first_unknown(const Model& model, Facts needs) {
  for (const Row& row : kRows) {
    if (!has_all(needs, row.fact)) continue;
    if (const Unknown* unknown = row.unknown(model); unknown != nullptr) return unknown;
  }
  return nullptr;
}

std::vector<NotChecked> not_checked(const Model& model, Facts needs) {
  std::vector<NotChecked> found;
  for (const Row& row : kRows) {
    const Unknown* unknown = has_all(needs, row.fact) ? row.unknown(model) : nullptr;
    if (unknown == nullptr || unknown->why.empty() || row.lets_check.empty()) continue;
    const auto same = [&](const NotChecked& each) { return each.why == unknown->why; };
    auto reason = std::find_if(found.begin(), found.end(), same);
    if (reason == found.end()) reason = found.insert(found.end(), NotChecked{{}, unknown->why});
    reason->what.emplace_back(row.lets_check);
  }
  return found;
}

}  // namespace ckptlint
