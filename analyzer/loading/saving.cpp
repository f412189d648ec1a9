// Hands the model to packages/saving.py, which calls the library, and reads what that wrote.
#include "loading/saving.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kModule = "_saving";
constexpr const char* kFolder = "/saved";

// The conversions of which loading makes use, as a list that the library keeps with the model; None where it keeps
// none.
Value used_conversions(const ModuleGraph& graph, const Checkpoint& checkpoint, EvaluatedModel& evaluated) {
  Evaluation code(evaluated);
  const Value none = Value::none();
  if (!has_transforms(evaluated)) return none;
  const Value all = conversion_mapping_of(evaluated, {});
  const std::vector<Transform> transforms = transforms_from(evaluated, all, checkpoint);
  std::vector<bool> is_used(transforms.size(), false);
  const StateDict expected(graph);
  (void)load_with_transforms(graph, checkpoint, expected, transforms, &evaluated, nullptr, &is_used);
  const std::vector<Value> objects = code.items(all);
  python::List* used = code.in.list(objects.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (is_used[i]) used->items.push(code.in.arena, objects[i]);
  }
  return Value::of(used);
}

SavedTensor tensor_of(Evaluation& code, const python::Dict::Entry& entry) {
  SavedTensor saved{code.text(entry.key), Dtype::kFloat32, {}};
  if (!entry.value.is(Kind::kTensor) || !entry.value.as<python::Tensor>()->shape_known)
    throw NotFollowed{fmt::format("the shape of {}, which is saved, is not known", quoted_name(saved.name))};
  const auto* tensor = entry.value.as<python::Tensor>();
  saved.dtype = tensor->dtype;
  saved.shape.assign(tensor->shape, tensor->shape + tensor->rank);
  return saved;
}

// The targets of ties of which both sides are stored, with two values.
Value untied_names(Evaluation& code, const ModuleGraph& graph, const LoadedFrom* loaded) {
  python::List* names = code.in.list();
  if (loaded == nullptr) return Value::of(names);
  for (const SplitTie& tie : loaded->loading.split_ties) {
    if (tie.differ) names->items.push(code.in.arena, code.in.string(graph.tensor(tie.target.tensor).name));
  }
  return Value::of(names);
}

Saved save(const ModuleGraph& graph, const LoadedFrom* loaded, const FileTreePtr& repo, EvaluatedModel& evaluated) {
  if (!evaluated.quantizer.is_none()) throw NotFollowed{"what is saved of a quantized model is not simulated"};
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  in.disk->mount(kRepoFolder, repo);
  in.disk->mount(kFolder, in_memory_tree({}));
  in.embedded_module(kModule, python::embedded_text("packages/saving.py"), false);
  const Value used = loaded == nullptr ? Value::none() : used_conversions(graph, loaded->checkpoint, evaluated);
  const Value untied = untied_names(code, graph, loaded);
  Saved saved;
  Value written;
  try {
    written = code.run([&] {
      return in.call(in.import_name(kModule, "saved"),
                     {evaluated.model, used, untied, in.string(kRepoFolder), in.string(kFolder)});
    });
  } catch (const LibraryRaises& raised) {
    saved.raises = told(raised.what);
    return saved;
  }
  if (!written.is(Kind::kDict)) throw NotFollowed{"what is saved is no dict"};
  for (const python::Dict::Entry& entry : written.as<python::Dict>()->entries) {
    if (!entry.key.missing()) saved.tensors.push_back(tensor_of(code, entry));
  }
  for (const std::string& name : in.disk->list(kFolder)) {
    Result<std::string> text = in.disk->read(fmt::format("{}/{}", kFolder, name));
    if (!text.ok()) throw NotFollowed{fmt::format("what is written into {} is not known", quoted_name(name))};
    saved.files.emplace(name, std::move(*text));
  }
  return saved;
}

}  // namespace

Known<Saved> find_saved(const ModuleGraph& graph, const LoadedFrom* loaded, const FileTreePtr& repo,
                        EvaluatedModel& evaluated) {
  auto ended = run_phase([&] { return save(graph, loaded, repo, evaluated); });
  if (Saved* saved = std::get_if<Saved>(&ended)) return std::move(*saved);
  const Stopped& stopped = std::get<Stopped>(ended);
  if (stopped.by == Stopped::By::kLimit)
    return Unknown{fmt::format("saving takes more {} to follow than the limit allows", stopped.what)};
  return Unknown{fmt::format("what is saved could not be followed: {}", stopped.what)};
}

}  // namespace ckptlint
