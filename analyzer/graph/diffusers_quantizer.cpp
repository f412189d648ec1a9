// Mounts the repo and hands the class to packages/diffusers_quantizing.py, which calls the library.
#include "graph/diffusers_quantizer.h"

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/diffusers_class.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "library/torch/state.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kQuantizing = "_diffusers_quantizing";

}  // namespace

bool wants_diffusers_quantizer(Interpreter& in, const ModelClass& model_class, const GraphRequest& request) {
  if (model_class.built_by.empty()) return false;
  if (!request.quantization.empty()) return true;
  const Value* own = python::dict_find(model_class.config.as<python::Dict>(), in.intern("quantization_config"));
  return own != nullptr && !own->is_none();
}

PreprocessedModel quantized_by_diffusers(Interpreter& in, const ModelClass& model_class, const GraphRequest& request) {
  in.disk->mount(kRepoFolder, request.repo);
  mount_diffusers_cache(in);
  in.embedded_module(kQuantizing, python::embedded_text("packages/diffusers_quantizing.py"), false);
  const Value dtype = request.dtype.empty()
                          ? Value::none()
                          : Value(python::torch::dtype_value(in, *dtype_of_torch_name(request.dtype)));
  const Value argument = request.quantization.empty()
                             ? Value::none()
                             : in.call(in.import_name("json", "loads"), {in.string(request.quantization)});
  const Value answer = definite_with_packages(in, in.absent_packages.size(), [&] {
    return in.call(in.import_name(kQuantizing, "quantize"),
                   {model_class.type, in.string(kRepoFolder), dtype, argument});
  });
  const auto* made = answer.as<python::Tuple>();
  if (made->count == 0) throw NotFollowed{"this release of diffusers makes device maps without its quantizer"};
  const Value* items = made->items;
  const Value own = items[2];
  QuantizerAnswer found{items[1], model_class.config, in.string("auto"), request.dtype, request.quantization.empty()};
  if (own.is(Kind::kDtype)) found.dtype = torch_name(own.as<python::DtypeObject>()->dtype);
  found.kept_by_diffusers = items[3];
  if (made->count > 4) found.refuses_maps = in.str(items[4]);
  found.on_the_fly = python::Truth::kFalse == in.truth(in.attribute(items[1], in.intern("pre_quantized")));
  return PreprocessedModel(found, items[0]);
}

}  // namespace ckptlint
