// Reports stored buffers that loading under DeepSpeed ZeRO-3 passes over, where that is asked for with `--zero3`.
#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "ckptlint/names.h"
#include "ckptlint/rule.h"
#include "wording/wording.h"

namespace ckptlint {
namespace {

void word(const Model& model, const std::vector<const Zero3Loss*>& group, Finding& finding) {
  std::vector<TensorId> tensors;
  tensors.reserve(group.size());
  for (const Zero3Loss* buffer : group) tensors.push_back(buffer->key.tensor);
  const Zero3Loss& first = *group.front();
  const bool one = group.size() == 1, known = first.values == StoredValues::kOther;
  finding.tensors = model.graph->names_of(tensors);
  finding.severity = known ? Severity::kError : Severity::kWarning;
  finding.message = fmt::format("{} {} stored, and {} under DeepSpeed ZeRO-3", listed_names(finding.tensors),
                                one ? "is" : "are", first.on_rank_0 ? "loaded on rank 0 alone" : "not loaded");
  finding.labels = places_of(model, tensors, "registered here");
  const std::string holds = one ? "it keeps the value" : "they keep the values";
  finding.notes.push_back(fmt::format("{} of the constructor{}", holds,
                                      known ? fmt::format(", and the stored {} another", one ? "one is" : "ones are")
                                            : ", which could not be compared with what is stored"));
  finding.notes.push_back(
      first.on_rank_0
          ? "`_load_state_dict_into_zero3_model` of this release loads what a module owns on the first rank, and "
            "only parameters reach the others"
          : "`_load_state_dict_into_zero3_model` of this release goes over parameters, and passes by modules that "
            "have none of their own");
}

void check_unloaded_buffer(const Model& model, Findings& out) {
  std::map<std::pair<bool, bool>, std::vector<const Zero3Loss*>> groups;  // by what the library does with them
  for (const Zero3Loss& buffer : *model.zero3) {
    // What the constructor gives is as good as what is stored.
    if (!model.graph->tensor(buffer.key.tensor).is_buffer() || buffer.values == StoredValues::kInitial) continue;
    groups[{buffer.values == StoredValues::kOther, buffer.on_rank_0}].push_back(&buffer);
  }
  for (const auto& [fate, group] : groups) word(model, group, out.emplace_back());
}

}  // namespace

extern const Rule unloaded_buffer = {
    .name = "unloaded-buffer",
    .family = Family::kValues,
    .severity = Severity::kError,
    .needs = Facts::kCheckpoint | Facts::kGraph | Facts::kLoading | Facts::kZero3,
    .summary = "a stored buffer that loading under DeepSpeed ZeRO-3 passes over (asked for with `--zero3`)",
    .why =
        "Under ZeRO-3 the library loads module by module, for the sake of partitioned parameters. Releases "
        "before transformers pull request 45402 skip the buffers of modules that own no parameter, and give "
        "those of others to the first rank alone. They keep the value that the constructor gave them, and "
        "nothing is reported that would say which.",
    .example =
        "self.linear = nn.Linear(...)\n"
        "self.register_buffer(\"input_max\", torch.tensor(float(\"inf\")))  # 6.5 in the checkpoint",
    .remedy =
        "Load with a release that has transformers pull request 45402; or with ZeRO-2; or copy the buffers "
        "from the checkpoint after from_pretrained, on every rank.",
    .references = "transformers issue 45397 and PR 45402; DeepSpeed issue 1101.",
    .check = check_unloaded_buffer,
};

}  // namespace ckptlint
