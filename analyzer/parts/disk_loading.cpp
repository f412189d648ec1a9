// Reads the headers of the weight files that evaluated code asks for.
#include "parts/disk_loading.h"

#include <optional>

#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors_header.h"
#include "library/host/embedded.h"
#include "library/library.h"
#include "library/packages/install.h"
#include "library/torch/tensors.h"
#include "python/evaluate/signature.h"

namespace ckptlint {
namespace {

using python::Arguments;
using python::Interpreter;
using python::Kind;
using python::Value;

// Where a weight file is that evaluated code names.
Disk::Origin origin_of(Interpreter& in, const Value& path) {
  const std::optional<Disk::Origin> origin = in.disk->origin_of(path.as<python::Str>()->view());
  if (!origin) in.raise(in.exception("FileNotFoundError"), path.as<python::Str>()->view());
  return *origin;
}

// Nothing of a file that its loader refuses.
std::optional<Checkpoint> loadable(const Disk::Origin& origin) {
  Result<Checkpoint> stored = read_checkpoint(*origin.tree, origin.path);
  if (!stored.ok()) return std::nullopt;
  for (const Defect& defect : stored->defects) {
    if (defect.stops_loading) return std::nullopt;
  }
  return std::move(*stored);
}

// A tensor of one element has its value: code asks scales for theirs.
python::Tensor* tensor_of(Interpreter& in, const FileTree& tree, const Checkpoint& stored, const StoredTensor& each,
                          const python::torch::Sizes& sizes) {
  if (python::torch::numel(in, sizes) == 1) {
    const Result<std::vector<double>> values = stored_values(tree, stored, each, 1);
    if (values.ok()) return python::torch::make_filled(in, each.dtype, sizes, nullptr, values->front());
  }
  return python::torch::make_tensor(in, each.dtype, sizes, nullptr);
}

// The tensors of a weight file by name; None of one that cannot be read.
Value stored_tensors(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = python::bind<"path">(in, "tensors", arguments);
  if (!path.is(Kind::kStr)) return in.unknown("which file of weights is read");
  const Disk::Origin origin = origin_of(in, path);
  const std::optional<Checkpoint> stored = loadable(origin);
  if (!stored) return Value::none();
  python::Dict* dict = in.dict();
  for (const StoredTensor& each : stored->tensors) {
    python::torch::Sizes sizes;
    if (each.rank > python::torch::kMaxRank) return in.unknown("a tensor of too many dimensions");
    for (const std::int64_t extent : stored->shape(each)) sizes.push(extent);
    in.step();
    python::dict_set(in.arena, dict, in.string(each.name),
                     Value::of(tensor_of(in, *origin.tree, *stored, each, sizes)));
  }
  return Value::of(dict);
}

// What the header of a file of safetensors says beside its tensors; None where it says nothing.
Value stored_metadata(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = python::bind<"path">(in, "metadata", arguments);
  if (!path.is(Kind::kStr)) return in.unknown("of which file of weights the metadata is read");
  const std::optional<Checkpoint> stored = loadable(origin_of(in, path));
  if (!stored || stored->shards.size() != 1 || !stored->shards[0].has_metadata) return Value::none();
  python::Dict* dict = in.dict();
  for (const auto& [name, text] : stored->shards[0].metadata) {
    const bool is_whole = text.size() < kMaxMetadataBytes;
    python::dict_set(in.arena, dict, in.string(name),
                     is_whole ? in.string(text) : in.unknown("a long text of the header"));
  }
  return Value::of(dict);
}

}  // namespace

void install_disk_loading(Interpreter& in) {
  python::install_library(in);
  python::install_companion_packages(in);
  in.define(in.native_module("_stored", true), "tensors", stored_tensors);
  in.define(in.native_module("_stored", true), "metadata", stored_metadata);
}

void let_load_from_disk(Interpreter& in) {
  in.embedded_module("_disk_loading", python::embedded_text("packages/disk_loading.py"), false);
}

}  // namespace ckptlint
