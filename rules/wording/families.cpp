// The families of rules, one row each.
#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

constexpr FamilyRow kFamilies[] = {
    {Family::kFiles, "files", "what lies in the repo, and whether it can be found and read"},
    {Family::kKeys, "keys", "stored keys and shapes against the model's"},
    {Family::kValues, "values", "what tensors hold once the model is loaded"},
    {Family::kCode, "code", "the model's code, and what it raises"},
    {Family::kQuantization, "quantization", "quantized tensors, their config and their quantizer"},
    {Family::kPlacement, "placement", "device maps"},
    {Family::kParallel, "parallel", "plans for tensor, expert and pipeline parallelism, where they are asked about"},
    {Family::kAdapters, "adapters", "adapters against their config and their base model"},
    {Family::kCompanions, "companions", "the tokenizer, the processor and the generation config"},
    {Family::kParts, "parts", "the parts of sentence-transformers repos and of diffusers pipelines"},
    {Family::kKnown, "known", "what comments and files say is known of findings"},
};

}  // namespace

std::span<const FamilyRow> families() { return kFamilies; }

std::string_view name_of(Family family) {
  for (const FamilyRow& row : kFamilies) {
    if (row.family == family) return row.name;
  }
  return "";
}

}  // namespace ckptlint
