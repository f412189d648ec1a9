// Reports that the library that computes the device map, or acts on it, raises an exception on this model.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

// Of models of diffusers few are loaded with a device map; about half of its classes take none, and some quantizers
// make none, or refuse what is made: that is said where somebody asks for one.
bool is_of_no_interest(const Model& model, const CrashedCall& call) {
  const bool is_asked_for = model.placements->by_hand || !model.placements->budgets.empty();
  const std::string& function = call.crash.function;
  return !model.graph->library.empty() && !is_asked_for &&
         (function == "_get_no_split_modules" || function == "_determine_device_map" ||
          function == "validate_environment");
}

void check_crashing_device_map(const Model& model, Findings& out) {
  std::map<std::string, std::vector<const CrashedCall*>> groups;  // by what is raised, and why
  for (const CrashedCall& call : model.placements->crashes) {
    if (is_of_no_interest(model, call)) continue;
    groups[call.crash.exception + " " + call.crash.function + " " + call.crash.reason].push_back(&call);
  }
  for (const auto& [what, calls] : groups) {
    Finding& finding = out.emplace_back();
    const LibraryCrash& crash = calls.front()->crash;
    finding.severity = Severity::kInfo;
    finding.message = fmt::format("{} device map ends in {}: {}", model.placements->by_hand ? "the" : "an automatic",
                                  crash.exception, crash.reason);
    const Span span = model.graph->modules.front().class_span;
    if (span.known()) finding.labels.push_back(Label::at({span.file, span.line, span.column, 0, 0}, "the model"));
    for (const CrashedCall* call : calls) {
      // A call that only somebody might write is worth knowing of, and no more.
      if (!call->bounded && call->made) finding.severity = Severity::kError;
      finding.notes.push_back(fmt::format("raised in `{}`, {} {}{}", call->crash.function,
                                          model.placements->by_hand ? "with" : "called by", call->call,
                                          model.placements->by_hand ? ""
                                          : call->budgets.empty()   ? ", whatever the budgets"
                                                                    : ", with " + call->budgets));
    }
  }
}

}  // namespace

extern const Rule crashing_device_map = {
    .name = "crashing-device-map",
    .family = Family::kPlacement,
    .severity = Severity::kError,
    .needs = Facts::kGraph | Facts::kPlacement,
    .summary = "the library that computes the device map, or acts on it, raises an exception on this model",
    .why =
        "from_pretrained fails before a single weight is read, with an exception that names neither the model "
        "nor the budget that is the cause.",
    .example =
        "class MyPreTrainedModel(PreTrainedModel):\n"
        "    _no_split_modules = [\"MyBlock\"]  # the class is "
        "called MyLayer: ValueError in get_balanced_memory",
    .remedy =
        "Correct what the message names: a class in `_no_split_modules` that the model has no module of, a "
        "budget that is too small for any of it. A device map given by hand avoids the computation.",
    .references =
        "`get_balanced_memory`, `infer_auto_device_map` and `dispatch_model` of accelerate, the copies of the "
        "first two in transformers 5, and `_get_no_split_modules` of transformers before 5.1.",
    .check = check_crashing_device_map,
};

}  // namespace ckptlint
