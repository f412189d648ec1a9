// Calls the tie_weights of the repo's own class as the end of loading does (_finalize_model_loading of transformers 5).
#include "loading/own_ties.h"

#include "graph/not_followed.h"
#include "graph/stand_ins.h"
#include "loading/evaluation.h"

namespace ckptlint {
namespace {

constexpr const char* kUtilities = "transformers.modeling_utils";

bool is_of_library(python::Interpreter& in, const python::Value& model) {
  const python::Value* found = in.class_lookup(in.type_of(model), in.intern("tie_weights"));
  if (found == nullptr || !found->is(python::Kind::kFunction)) return true;
  return found->as<python::Function>()->module->name->view().starts_with("transformers.");
}

}  // namespace

std::optional<std::vector<std::string>> missing_after_own_ties(EvaluatedModel& evaluated,
                                                               const std::vector<std::string>& missing) {
  using python::Value;
  python::Interpreter& in = *evaluated.interpreter;
  if (is_of_library(in, evaluated.model)) return std::nullopt;
  Evaluation code(evaluated);
  const auto tie = [&] {
    StandIns stand_ins(in);
    // What is stored on both sides is not missing, whatever its values.
    const Value module = Value::of(in.import_module(kUtilities));
    if (Value asked; in.find_attribute(module, in.intern("_tied_params_are_equal"), asked))
      stand_ins.answer(module, "_tied_params_are_equal", Value::of(true));
    python::List* names = in.list();
    for (const std::string& name : missing) names->items.push(in.arena, in.string(name));
    const Value keys = in.call(in.import_name("builtins", "set"), {Value::of(names)});
    in.call(in.attribute(evaluated.model, in.intern("tie_weights")), {},
            {{in.intern("missing_keys"), keys}, {in.intern("recompute_mapping"), Value::of(false)}});
    return keys;
  };
  try {
    return code.texts(code.run(tie));
  } catch (const LibraryRaises&) {  // as the end of loading will, which tells of it (finish.h)
    return std::nullopt;
  }
}

}  // namespace ckptlint
