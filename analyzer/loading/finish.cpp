// Runs _finalize_model_loading of the release with the keys that loading leaves missing.
#include "loading/finish.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/stand_ins.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Keyword;
using python::Str;
using python::Value;

constexpr const char* kUtilities = "transformers.modeling_utils";

Value set_of(Interpreter& in, const ModuleGraph& graph, const std::vector<TensorId>& tensors) {
  python::List* names = in.list();
  for (const TensorId id : tensors) names->items.push(in.arena, in.string(graph.tensor(id).name));
  return in.call(in.import_name("builtins", "set"), {Value::of(names)});
}

// LoadStateDictInfo, whose fields differ from release to release.
Value loading_info(Interpreter& in, const ModuleGraph& graph, const Loading& loading) {
  const Value type = in.import_name(kUtilities, "LoadStateDictInfo");
  std::vector<TensorId> missing = loading.missing;
  missing.insert(missing.end(), loading.forgiven.begin(), loading.forgiven.end());
  std::vector<Keyword> fields;
  const Value signature = in.call(in.import_name("inspect", "signature"), {type});
  for (const Value& each : in.collect(in.attribute(signature, in.intern("parameters")))->items) {
    Str* name = each.as<Str>();
    Value value = set_of(in, graph, name->view() == "missing_keys" ? missing : std::vector<TensorId>());
    if (name->view() == "error_msgs") value = Value::of(in.list());
    if (name->view() == "conversion_errors") value = Value::of(in.dict());
    if (name->view() == "disk_offload_index") value = Value::none();
    fields.push_back({name, value});
  }
  return in.call(type, {nullptr, 0, fields.data(), fields.size()});
}

void finish(Interpreter& in, const Value& finalize, const LoadedModel& loaded, const Value& quantizer,
            const Loading& loading) {
  StandIns stand_ins(in);
  const Value module = Value::of(in.import_module(kUtilities));
  // Nothing is moved, and nobody is told.
  stand_ins.answer(module, "log_state_dict_report", Value::none());
  stand_ins.answer(module, "_load_parameter_into_model", Value::none());
  // Nor is anything distributed over processes.
  if (Value asked; in.find_attribute(module, in.intern("is_dtensor"), asked))
    stand_ins.answer(module, "is_dtensor", Value::of(false));
  // What that writes was traced already.
  if (!loaded.raises() && !loaded.traced().raises())
    stand_ins.answer(in.attribute(module, in.intern("PreTrainedModel")), "_initialize_missing_keys", Value::none());
  const Value config =
      in.call(in.attribute(module, in.intern("LoadStateDictConfig")), {}, {{in.intern("hf_quantizer"), quantizer}});
  in.call(finalize, {loaded.traced().model(), config, loading_info(in, loaded.graph(), loading)});
}

}  // namespace

Known<std::optional<LoadFailure>> find_finish(const LoadedModel& loaded, const Value& quantizer,
                                              const Loading& loading) {
  Interpreter& in = loaded.traced().interpreter();
  const std::optional<LoadFailure> comes_to_its_end;
  Value finalize;
  bool has_one = false;
  for (const char* name : {"_finalize_model_loading", "_finalize_load_state_dict"})
    has_one = has_one || in.find_attribute(loaded.traced().model(), in.intern(name), finalize);
  if (!has_one) return comes_to_its_end;
  const NotesTakenBack notes(in);
  const std::size_t noted = in.notes.size(), absent = in.absent_packages.size();
  const Known<Answer<std::monostate>> answer =
      within_limits(in, [&] { return attempt([&] { finish(in, finalize, loaded, quantizer, loading); }); });
  const bool asks_for_package = in.absent_packages.size() > absent;
  in.absent_packages.resize(absent);
  if (!answer) return answer.unknown();
  const python::PyRaise* raised = answer->raised();
  if (raised == nullptr) return comes_to_its_end;
  const std::string what = in.describe(*raised);
  if (raised->exception.unknown() || notes.any() || asks_for_package || is_of_machine(what)) {
    const std::string rests =
        notes.any() ? fmt::format(", if {}{}", printable(in.notes[noted].what), place_of(in, in.notes[noted].where))
                    : "";
    return Unknown{
        fmt::format("what the library does once the weights are read could not be followed: it would raise "
                    "{}{}{}",
                    printable(what), place_of(in, raised->where), rests)};
  }
  const bool initializes = loaded.raises() || loaded.traced().raises();
  return std::optional<LoadFailure>(
      LoadFailure{initializes ? "while the model is initialised" : "at the end of loading", what, raised->where,
                  hidden_error(in, *raised)});
}

Known<std::optional<LoadFailure>> find_initialization(EvaluatedModel& evaluated, const ModuleGraph& graph,
                                                      const Loading& loading) {
  Interpreter& in = *evaluated.interpreter;
  std::set<TensorId> filled;
  for (const MatchedKey& key : loading.matched) filled.insert(key.tensor);
  for (const MismatchedKey& key : loading.mismatched) filled.erase(key.tensor);
  std::vector<TensorId> absent;
  for (std::uint32_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i].persistent && !filled.contains(TensorId{i})) absent.push_back(TensorId{i});
  }
  const std::size_t packages = in.absent_packages.size();
  const auto asked = within_limits(in, [&] { return raised_by_initialization(in, evaluated.model, graph, absent); });
  const bool asks_for_package = in.absent_packages.size() > packages;
  in.absent_packages.resize(packages);
  if (!asked) return asked.unknown();
  if (!*asked) return std::optional<LoadFailure>();
  const python::PyRaise& raised = **asked;
  const std::string what = in.describe(raised);
  if (asks_for_package || is_of_machine(what))
    return Unknown{
        fmt::format("how the library initialises what is not stored could not be followed: it would raise {}{}",
                    printable(what), place_of(in, raised.where))};
  return std::optional<LoadFailure>(
      LoadFailure{"while what is not stored is initialised", what, raised.where, hidden_error(in, raised), false});
}

}  // namespace ckptlint
