// Reads the headers of the weight files that evaluated code asks for.
#include "parts/disk_loading.h"

#include <optional>

#include "checkpoint/checkpoint.h"
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

// The tensors of a weight file by name; None of one that cannot be read.
Value stored_tensors(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = python::bind<"path">(in, "tensors", arguments);
  if (!path.is(Kind::kStr)) return in.unknown("which file of weights is read");
  const std::optional<Disk::Origin> origin = in.disk->origin_of(path.as<python::Str>()->view());
  if (!origin) in.raise(in.exception("FileNotFoundError"), path.as<python::Str>()->view());
  const Result<Checkpoint> stored = read_checkpoint(*origin->tree, origin->path);
  if (!stored.ok()) return Value::none();
  for (const Defect& defect : stored->defects) {
    if (defect.stops_loading) return Value::none();
  }
  python::Dict* dict = in.dict();
  for (const StoredTensor& each : stored->tensors) {
    python::torch::Sizes sizes;
    if (each.rank > python::torch::kMaxRank) return in.unknown("a tensor of too many dimensions");
    for (const std::int64_t extent : stored->shape(each)) sizes.push(extent);
    in.step();
    python::dict_set(in.arena, dict, in.string(each.name),
                     Value::of(python::torch::make_tensor(in, each.dtype, sizes, nullptr)));
  }
  return Value::of(dict);
}

}  // namespace

void install_disk_loading(Interpreter& in) {
  python::install_library(in);
  python::install_companion_packages(in);
  in.define(in.native_module("_stored", true), "tensors", stored_tensors);
}

void let_load_from_disk(Interpreter& in) {
  in.embedded_module("_disk_loading", python::embedded_text("packages/disk_loading.py"), false);
}

}  // namespace ckptlint
