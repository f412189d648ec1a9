// Loading as diffusers does it: from_pretrained of its models, which is evaluated as a whole on a disk that has the
// repo.
#include <fmt/format.h>

#include <set>
#include <unordered_map>

#include "base/escape.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "loading/evaluated_conversion.h"
#include "loading/evaluation.h"
#include "loading/releases.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Value;

constexpr const char* kDiffusersLoading = "_diffusers_loading";

std::string path_of(const Shard& shard) { return fmt::format("{}/{}", kRepoFolder, shard.path); }

// What is stored, as the library gets to see it: {path: {name: tensor}}, None of a file that cannot be loaded.
Value files_of(Interpreter& in, const Checkpoint& checkpoint) {
  std::vector<python::Dict*> files(checkpoint.shards.size(), nullptr);
  python::Dict* all = in.dict();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Shard& shard = checkpoint.shards[i];
    if (shard.loadable) files[i] = in.dict();
    python::dict_set(in.arena, all, in.string(path_of(shard)), shard.loadable ? Value::of(files[i]) : Value::none());
  }
  for (std::uint32_t row = 0; row < checkpoint.tensors.size(); ++row) {
    const StoredTensor& stored = checkpoint.tensors[row];
    if (stored.shard == ShardId::kNone || files[index(stored.shard)] == nullptr) continue;
    python::dict_set(in.arena, files[index(stored.shard)], in.string(stored.name), tensor_like(in, checkpoint, row));
  }
  return Value::of(all);
}

}  // namespace

Loading load_with_diffusers(const ModuleGraph& graph, const Checkpoint& checkpoint, const FileTreePtr& repo,
                            const std::string& arguments, EvaluatedModel& evaluated) {
  const StateDict expected(graph);
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  in.disk->mount(kRepoFolder, repo);
  in.embedded_module(kDiffusersLoading, python::embedded_text("packages/diffusers_loading.py"), false);
  Value told_of;
  try {
    told_of = code.run([&] {
      return in.call(in.import_name(kDiffusersLoading, "load"),
                     {evaluated.model, in.string(kRepoFolder), files_of(in, checkpoint), in.string(arguments)});
    });
  } catch (const LibraryRaises& raised) {
    throw LibraryRaises{told(raised.what), raised.where};
  }
  const std::vector<Value> answers = code.items(told_of);
  const auto tensor_of = [&](const std::string& name) {
    const TensorId id = expected.find(name);
    if (id == TensorId::kNone) throw NotFollowed{fmt::format("which tensor {} is", quoted_name(name))};
    return id;
  };
  std::unordered_map<std::string_view, std::uint32_t> rows;
  for (std::uint32_t row = 0; row < checkpoint.tensors.size(); ++row) rows.emplace(checkpoint.tensors[row].name, row);
  std::set<std::uint32_t> explained;
  const auto row_of = [&](const std::string& name) {
    const auto found = rows.find(name);
    if (found == rows.end()) throw NotFollowed{fmt::format("under which name {} is stored", quoted_name(name))};
    explained.insert(found->second);
    return found->second;
  };
  Loading loading;
  for (const Value& each : code.items(answers.at(0))) {
    const std::vector<std::string> pair = code.texts(each);
    loading.matched.push_back({row_of(pair.at(0)), tensor_of(pair.at(1))});
  }
  std::set<TensorId> missing;
  for (const std::string& name : code.texts(answers.at(1))) missing.insert(tensor_of(name));
  loading.missing.assign(missing.begin(), missing.end());
  for (const std::string& key : code.texts(answers.at(2))) {
    loading.unexpected.push_back({row_of(key), key, expected.unsaved(key)});
  }
  for (const Value& each : code.items(answers.at(3))) {
    const std::vector<std::string> pair = code.texts(each);
    const std::uint32_t row = row_of(pair.at(0));
    const auto extents = checkpoint.shape(checkpoint.tensors[row]);
    loading.mismatched.push_back({row, tensor_of(pair.at(1)), Shape(extents.begin(), extents.end())});
  }
  for (std::uint32_t row = 0; row < checkpoint.tensors.size(); ++row) {
    const std::string key(checkpoint.tensors[row].name);
    if (!explained.contains(row)) loading.ignored.push_back({row, key, expected.unsaved(key)});
  }
  return loading;
}

}  // namespace ckptlint
