// What the rules about quantization say alike of modules that are stored in another packing than the model has them in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckptlint/finding.h"
#include "ckptlint/model.h"

namespace ckptlint {

// Modules of which the same is said.
struct PackingGroup {
  std::string packing;                // how the first is stored: "FP8, one scale for each tensor"; empty where plain
  std::vector<std::string> modules;   // of the model
  std::vector<std::string> tensors;   // every key that from_pretrained would report
  std::vector<std::uint32_t> stored;  // what is stored for them, ascending
  std::vector<TensorId> missing;
  std::vector<UnexpectedKey> unexpected;
  std::vector<MismatchedKey> mismatched;
  std::vector<std::string> entries;  // OtherPacking::entries of all, each once
  std::string raises;                // as Loading::raises

  bool empty() const { return modules.empty(); }
};

// Modules of one cause, and of one way of being stored, that are packed alike and that `key` calls alike; by their
// first.
std::vector<PackingGroup> packing_groups(const Model& model, OtherPacking::Cause cause, OtherPacking::Stored stored_as,
                                         std::string (*key)(const Model&, const OtherPacking&));
// All of one cause and of one way of being stored; empty where there are none.
PackingGroup packing_group(const Model& model, OtherPacking::Cause cause, OtherPacking::Stored stored_as);
// All of one cause.
PackingGroup packing_group(const Model& model, OtherPacking::Cause cause);

// What is stored beyond what the layer has is no part of a weight, so that it computes as it should.
bool is_surplus_alone(const PackingGroup& group);
// What from_pretrained makes of them: an exception about shapes, or wrong values.  A clause.
std::string outcome_of(const PackingGroup& group);
// The first tensors as labels, and the lines that made the missing ones.
void place(const Model& model, const PackingGroup& group, Finding& finding);

// What a file of the quantizing tool says beside config.json; empty where there is none.
std::string file_note(const Config& config);

// The member of config.json that lists the modules which stay plain, dotted.
std::string skip_list_path(const Quantization& quantization);
// "`a`, `b` of `modules_to_not_convert`"
std::string entries_text(const Quantization& quantization, const std::vector<std::string>& entries);
// That list with another value, as a guess that has to prove itself.  Nothing where a name needs more than JSON's
// simplest form.
std::vector<Remedy> skip_list_edit(const Quantization& quantization, const std::vector<std::string>& list,
                                   const std::string& title);

}  // namespace ckptlint
