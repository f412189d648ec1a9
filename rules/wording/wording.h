// What several rules say alike: names, places, severities, grouped wording.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ckptlint/finding.h"
#include "ckptlint/model.h"

namespace ckptlint {

// The names of the stored tensors of the pairs.
std::vector<std::string> stored_names(const Model& model, const std::vector<KeyPair>& pairs);
// Where the tensors are registered, each line once with `text`, and then where the first few are stored.
std::vector<Label> places_of(const Model& model, const std::vector<TensorId>& tensors, const std::string& text);
// What it takes in the dtype that it is built in.
Bytes size_of(const Tensor& tensor);
// The tensors of those names, in that order.
std::vector<TensorId> tensors_named(const ModuleGraph& graph, const std::vector<std::string>& names);
// Whether stored tensors go into each of them; false where that is not known.
bool all_loaded(const Model& model, const std::vector<TensorId>& tensors);
// A buffer that holds what the config says and nothing that was learned: its first value is known, and is no constant
// as counts and running statistics start from.
bool is_derived(const Tensor& tensor);
// A stored tensor as a label: file, key, and its type and shape before `text`.
Label stored_place(const Checkpoint& checkpoint, const StoredTensor& stored, const std::string& text);
// The exception that the one in the finding's message hides, and its line.
void say_hidden(const HiddenError& error, Finding& finding);
// Defects of the given kinds as findings, those of one kind in one file together: errors where the file's own loader
// refuses it, else warnings.
void report_defects(const Checkpoint& checkpoint, std::span<const DefectKind> kinds, Findings& out);
// Adds what is found in the device map that `call` makes, or, where the findings from `first` on have the same of
// another call, names this one there too.  `call` is empty for a map that was given by hand.
void add_of_call(Finding finding, const std::string& call, std::size_t first, Findings& out);
// Tensors of other shapes than expected that have one cause, as far as sizes tell.
struct ShapeCause {
  // Those of one group differ in the numbers of their names alone; by first tensor.
  std::vector<std::vector<MismatchedKey>> groups;
  std::vector<EditConfig> values;  // of config.json, each of which may explain all; the likeliest first
  bool clear = false;              // the first would spoil fewer tensors than it explains, and no other one would
};
std::vector<ShapeCause> shape_causes(const Model& model, const std::vector<MismatchedKey>& keys);
// `tie_word_embeddings` with another value, where a config may have it.
std::vector<Remedy> tie_edits(bool tied);
// Values that may give the list which the names run through, "model.layers", as many members as are stored.
std::vector<Remedy> count_guesses(const Model& model, const std::vector<std::string>& names);
// How grave a loss is: an error where a call that is made loses the tensors, worth knowing where only one that somebody
// might write does or where it takes budgets that only chance would hit.
Severity severity_of(const Loss& loss);
// What becomes of a pipeline's plan in the release.
inline constexpr const char* kUnreadPipelinePlan =
    "the release splits a model by modules that it knows by name, whatever the plan has; others go by the plan";
// The clauses of a loss as notes: who loses, why, who does not.
std::vector<std::string> notes_of(const Loss& loss);

}  // namespace ckptlint
