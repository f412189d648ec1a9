// Hands stored tensors to packages/shard_loading.py, which calls the library.
#include "loading/load_shards.h"

#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/meta_device.h"
#include "graph/model_walk.h"
#include "library/host/embedded.h"
#include "library/torch/tensors.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"

namespace ckptlint {

using python::Interpreter;
using python::Value;

namespace {

constexpr const char* kModule = "_shard_loading";

// While it lasts, what modules have computed of parameters can be copied: the library fills the model itself, and it is
// here alone that a copy is made, which torch refuses.
class Computed : public ModelVisitor {
 public:
  explicit Computed(const Value& model) { walk_model(model.as<python::ModuleInstance>(), *this); }
  ~Computed() {
    for (python::Tensor* each : tensors_) each->computed = true;
  }
  Computed(const Computed&) = delete;
  Computed& operator=(const Computed&) = delete;

  void enter(python::ModuleInstance* module, const python::Dict::Entry*) {
    if (module->attributes == nullptr) return;
    for (const python::Dict::Entry& entry : module->attributes->entries) note(entry.value);
  }
  void tensor(python::ModuleInstance*, const python::Dict::Entry& entry, TensorKind) { note(entry.value); }

 private:
  void note(const Value& value) {
    if (value.is(python::Kind::kTensor) && value.as<python::Tensor>()->computed) {
      tensors_.push_back(value.as<python::Tensor>());
      tensors_.back()->computed = false;
    } else if (value.is(python::Kind::kList)) {
      for (const Value& each : value.as<python::List>()->items) note_tensor(each);
    } else if (value.is(python::Kind::kTuple)) {
      const auto* tuple = value.as<python::Tuple>();
      for (std::size_t i = 0; i < tuple->count; ++i) note_tensor(tuple->items[i]);
    }
  }
  void note_tensor(const Value& value) {
    if (value.is(python::Kind::kTensor)) note(value);
  }

  std::vector<python::Tensor*> tensors_;
};

Value copy_of_model(Interpreter& in, const Value& model) {
  const Computed computed(model);
  return in.call(in.import_name("copy", "deepcopy"), {model});
}

// What `function` of shard_loading.py gives of a copy of the model.
Value ask_of_copy(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load,
                  const char* function) {
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  in.embedded_module(kModule, python::embedded_text("packages/shard_loading.py"), false);
  python::Dict* stored = in.dict();
  python::Dict* names = in.dict();
  for (const auto& [row, name] : load.loaded) {
    const Value source = in.string(checkpoint.tensors[row].name);
    python::dict_set(in.arena, stored, source, tensor_like(in, checkpoint, row));
    python::dict_set(in.arena, names, in.string(name), source);
  }
  python::List* absent = in.list(load.absent.size());
  for (const std::string& name : load.absent) absent->items.push(in.arena, in.string(name));
  python::List* beside = in.list(load.beside.size());
  for (const std::string& name : load.beside) beside->items.push(in.arena, in.string(name));
  const Value model = code.run([&] { return copy_of_model(in, evaluated.model); });
  if (!load.at_once) put_parameters_on_meta(in, model);
  return code.run([&] {
    if (load.into_parts || load.at_once)
      return in.call(in.import_name(kModule, function), {model, Value::of(stored), Value::of(names)});
    return in.call(in.import_name(kModule, function),
                   {model, evaluated.quantizer, python::torch::dtype_value(in, load.dtype), Value::of(stored),
                    Value::of(names), Value::of(absent), Value::of(beside), in.string(load.part)});
  });
}

}  // namespace

std::vector<std::string> load_shards(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load) {
  const char* function = load.at_once ? "fill_at_once" : load.into_parts ? "load_into_parts" : "load";
  const Value left = ask_of_copy(evaluated, checkpoint, load, function);
  return left.is_none() ? std::vector<std::string>() : Evaluation(evaluated).texts(left);
}

bool fills_at_once(EvaluatedModel& evaluated) {
  return evaluated.quantizer.is_none() && !registers_anew(*evaluated.interpreter, evaluated.model, false);
}

void read_types(EvaluatedModel& evaluated, const std::vector<std::pair<std::string, std::string>>& types) {
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  in.embedded_module(kModule, python::embedded_text("packages/shard_loading.py"), false);
  python::Dict* stored = in.dict();
  for (const auto& [name, type] : types) python::dict_set(in.arena, stored, in.string(name), in.string(type));
  code.run([&] { return in.call(in.import_name(kModule, "read_types"), {Value::of(stored)}); });
}

std::vector<std::string> left_empty(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load) {
  return Evaluation(evaluated).texts(ask_of_copy(evaluated, checkpoint, load, "left_empty"));
}

WholeLoad load_whole(EvaluatedModel& evaluated, const Checkpoint& checkpoint, Dtype dtype, bool by_default) {
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  in.embedded_module(kModule, python::embedded_text("packages/shard_loading.py"), false);
  python::Dict* stored = in.dict();
  std::unordered_map<std::string_view, std::uint32_t> rows;
  for (std::uint32_t row = 0; row < checkpoint.tensors.size(); ++row) {
    rows.emplace(checkpoint.tensors[row].name, row);
    python::dict_set(in.arena, stored, in.string(checkpoint.tensors[row].name), tensor_like(in, checkpoint, row));
  }
  const std::vector<Value> answers = code.items(code.run([&] {
    const Value model = copy_of_model(in, evaluated.model);
    if (!evaluated.quantizer.is_none()) put_parameters_on_meta(in, model);
    return in.call(
        in.import_name(kModule, "load_whole"),
        {model, Value::of(stored), evaluated.quantizer, python::torch::dtype_value(in, dtype), Value::of(by_default)});
  }));
  const auto pairs = [&](const Value& list) {
    std::vector<std::pair<std::uint32_t, std::string>> all;
    for (const Value& each : code.items(list)) {
      const std::vector<std::string> pair = code.texts(each);
      all.emplace_back(rows.at(pair.at(0)), pair.at(1));
    }
    return all;
  };
  return {pairs(answers.at(0)), code.texts(answers.at(1)), code.texts(answers.at(2)), pairs(answers.at(3))};
}

}  // namespace ckptlint
