// Mounts the repo and hands the stored tensors to packages/diffusers_loading.py, which calls the library.
#include "loading/diffusers_load.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "graph/diffusers_class.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "library/torch/tensors.h"
#include "loading/evaluation.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Value;

constexpr const char* kDiffusersLoading = "_diffusers_loading";

Value tensor_of(Interpreter& in, const StoredFile::Stored& stored) {
  python::torch::Sizes sizes;
  if (stored.shape.size() > static_cast<std::size_t>(python::torch::kMaxRank))
    throw NotFollowed{fmt::format("{} has too many dimensions", quoted_name(stored.name))};
  for (const std::int64_t extent : stored.shape) sizes.push(extent);
  return Value::of(python::torch::make_tensor(in, stored.dtype, sizes, nullptr));
}

// {path: {name: tensor}}, None of a file that cannot be loaded.
Value files_of(Interpreter& in, const std::vector<StoredFile>& files) {
  python::Dict* all = in.dict();
  for (const StoredFile& file : files) {
    Value tensors = Value::none();
    if (file.loadable) {
      python::Dict* dict = in.dict();
      for (const StoredFile::Stored& each : file.tensors) {
        in.step();
        python::dict_set(in.arena, dict, in.string(each.name), tensor_of(in, each));
      }
      tensors = Value::of(dict);
    }
    python::dict_set(in.arena, all, in.string(fmt::format("{}/{}", kRepoFolder, file.path)), tensors);
  }
  return Value::of(all);
}

// {path: {key: text}} of what their headers say beside tensors.
Value metadata_of(Interpreter& in, const std::vector<StoredFile>& files) {
  python::Dict* all = in.dict();
  for (const StoredFile& file : files) {
    python::Dict* dict = in.dict();
    for (const auto& [key, text] : file.metadata) python::dict_set(in.arena, dict, in.string(key), in.string(text));
    const Value told = file.metadata_cut ? in.unknown("a long text of the header") : Value::of(dict);
    python::dict_set(in.arena, all, in.string(fmt::format("{}/{}", kRepoFolder, file.path)), told);
  }
  return Value::of(all);
}

}  // namespace

std::vector<StoredFile> stored_files(const Checkpoint& checkpoint) {
  std::vector<StoredFile> files;
  for (const Shard& shard : checkpoint.shards)
    files.push_back({shard.path, shard.loadable, {}, shard.metadata, shard.metadata_cut});
  for (const StoredTensor& each : checkpoint.tensors) {
    if (each.shard == ShardId::kNone) continue;
    const auto extents = checkpoint.shape(each);
    files[index(each.shard)].tensors.push_back(
        {std::string(each.name), each.dtype, std::vector<std::int64_t>(extents.begin(), extents.end())});
  }
  return files;
}

namespace {

// What a function of packages/diffusers_loading.py answers of a folder that is mounted.
template <typename Call>
Value asked(Evaluation& code, const FileTreePtr& repo, const char* question, const Call& call) {
  Interpreter& in = code.in;
  in.disk->mount(kRepoFolder, repo);
  mount_diffusers_cache(in);
  in.embedded_module(kDiffusersLoading, python::embedded_text("packages/diffusers_loading.py"), false);
  try {
    return code.run([&] { return call(in.import_name(kDiffusersLoading, question)); });
  } catch (const LibraryRaises& raised) {
    throw LibraryRaises{told(raised.what), raised.where};
  }
}

}  // namespace

namespace {

NamedLoad load_of(Evaluation& code, const Value& answer) {
  const std::vector<Value> answers = code.items(answer);
  const auto pairs = [&](const Value& list) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Value& each : code.items(list)) {
      const std::vector<std::string> pair = code.texts(each);
      all.emplace_back(pair.at(0), pair.at(1));
    }
    return all;
  };
  NamedLoad load;
  load.placed = pairs(answers.at(0));
  load.missing = code.texts(answers.at(1));
  load.unexpected = code.texts(answers.at(2));
  load.mismatched = pairs(answers.at(3));
  load.unset = code.texts(answers.at(4));
  return load;
}

// Of a load that raised; nothing where it had not compared keys.
std::optional<NamedLoad> compared_by_then(Evaluation& code, const FileTreePtr& repo, const Value& tensors) {
  try {
    const Value found =
        asked(code, repo, "compared", [&](const Value& compared) { return code.in.call(compared, {tensors}); });
    return found.is_none() ? std::nullopt : std::optional(load_of(code, found));
  } catch (const LibraryRaises&) {
    return std::nullopt;
  }
}

}  // namespace

NamedLoad load_with_diffusers(EvaluatedModel& evaluated, const FileTreePtr& repo, const std::vector<StoredFile>& files,
                              const std::string& arguments) {
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  const Value made = evaluated.quantizer.is_none() ? evaluated.model : Value::of(in.type_of(evaluated.model));
  const Value tensors = files_of(in, files);
  try {
    const std::initializer_list<Value> given = {made, in.string(kRepoFolder), tensors, metadata_of(in, files),
                                                in.string(arguments)};
    return load_of(code, asked(code, repo, "load", [&](const Value& load) { return in.call(load, given); }));
  } catch (const LibraryRaises& raised) {
    const std::optional<NamedLoad> compared = compared_by_then(code, repo, tensors);
    NamedLoad load = compared.value_or(NamedLoad{});
    load.raised = raised;
    load.compared = compared.has_value();
    return load;
  }
}

}  // namespace ckptlint
