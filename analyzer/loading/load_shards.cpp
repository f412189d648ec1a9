// Hands stored tensors to packages/shard_loading.py, which calls the library.
#include "loading/load_shards.h"

#include <string_view>
#include <unordered_map>

#include "graph/meta_device.h"
#include "library/host/embedded.h"
#include "library/torch/tensors.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"

namespace ckptlint {

using python::Interpreter;
using python::Value;

namespace {

constexpr const char* kModule = "_shard_loading";

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
  const Value model = code.run([&] { return in.call(in.import_name("copy", "deepcopy"), {evaluated.model}); });
  put_parameters_on_meta(in, model);
  return code.run([&] {
    if (load.into_parts)
      return in.call(in.import_name(kModule, function), {model, Value::of(stored), Value::of(names)});
    return in.call(in.import_name(kModule, function),
                   {model, evaluated.quantizer, python::torch::dtype_value(in, load.dtype), Value::of(stored),
                    Value::of(names), Value::of(absent)});
  });
}

}  // namespace

void load_shards(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load) {
  (void)ask_of_copy(evaluated, checkpoint, load, load.into_parts ? "load_into_parts" : "load");
}

std::vector<std::string> left_empty(EvaluatedModel& evaluated, const Checkpoint& checkpoint, const ShardLoad& load) {
  return Evaluation(evaluated).texts(ask_of_copy(evaluated, checkpoint, load, "left_empty"));
}

WholeLoad load_whole(EvaluatedModel& evaluated, const Checkpoint& checkpoint) {
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
    const Value model = in.call(in.import_name("copy", "deepcopy"), {evaluated.model});
    return in.call(in.import_name(kModule, "load_whole"), {model, Value::of(stored)});
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
