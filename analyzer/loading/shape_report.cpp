// Calls set_param_for_module with the parameters that the release has, and looks into what it noted.
#include "loading/shape_report.h"

#include "graph/stand_ins.h"
#include "library/torch/tensors.h"

namespace ckptlint {

using python::Value;

ShapeReport::ShapeReport(EvaluatedModel& evaluated)
    : code_(evaluated), model_(evaluated.model), quantizer_(evaluated.quantizer) {
  function_ =
      code_.run([&] { return code_.in.import_name("transformers.core_model_loading", "set_param_for_module"); });
  namespace_ = code_.run([&] { return code_.in.import_name("types", "SimpleNamespace"); });
  const Value signature =
      code_.run([&] { return code_.in.call(code_.in.import_name("inspect", "signature"), {function_}); });
  parameters_ = code_.texts(code_.attribute(signature, "parameters"));
}

bool ShapeReport::notes(const std::string& name, const Shape& shape) {
  python::Interpreter& in = code_.in;
  const std::size_t dot = name.rfind('.');
  python::Str* const last = in.intern(name.substr(dot == name.npos ? 0 : dot + 1));
  const Value module = dot == name.npos ? model_ : code_.run([&] {
    return in.call_method(model_, in.intern("get_submodule"), {in.string(name.substr(0, dot))});
  });
  const Value former = code_.run([&] { return in.attribute(module, last); });
  python::torch::Sizes sizes;
  if (shape.size() > python::torch::kMaxRank) throw NotFollowed{"a stored tensor has too many dimensions"};
  for (const std::int64_t extent : shape) sizes.push(extent);
  const Dtype dtype = former.is(python::Kind::kTensor) ? former.as<python::Tensor>()->dtype : Dtype::kFloat32;
  const Value mismatched = Value::of(in.set()), missing = Value::of(in.set()), others = Value::of(in.set());
  const Value noted = code_.run([&] {
    return in.call(namespace_, {},
                   {{in.intern("mismatched_keys"), mismatched},
                    {in.intern("missing_keys"), missing},
                    {in.intern("unexpected_keys"), others}});
  });
  std::vector<python::Keyword> arguments;
  for (const std::string& parameter : parameters_) {
    Value given = Value::none();
    if (parameter == "model") given = model_;
    if (parameter == "target_name") given = in.string(name);
    if (parameter == "param_value") given = Value::of(python::torch::make_tensor(in, dtype, sizes, nullptr));
    if (parameter == "loading_info") given = noted;
    if (parameter == "mismatch_keys") given = mismatched;
    if (parameter == "missing_keys") given = missing;
    if (parameter == "unexpected_keys" || parameter == "misc") given = others;
    if (parameter == "hf_quantizer") given = quantizer_;
    arguments.push_back({in.intern(parameter), given});
  }
  {
    // On one process no tensor is spread over several.
    StandIns alone(in);
    const Value loader = Value::of(in.import_module("transformers.core_model_loading"));
    Value there;
    if (in.find_attribute(loader, in.intern("is_dtensor"), there)) alone.answer(loader, "is_dtensor", Value::of(false));
    code_.run([&] { return in.call(function_, {nullptr, 0, arguments.data(), arguments.size()}); });
  }
  code_.run([&] {
    in.set_attribute(module, last, former);
    return Value::none();
  });
  return !code_.items(mismatched).empty();
}

}  // namespace ckptlint
