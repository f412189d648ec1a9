// The quantizer of a model, asked as from_pretrained asks it: before the model is built, and after.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "ckptlint/module_graph.h"
#include "ckptlint/quantizer.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint {

// Stands for a dtype that a quantizer names, to count a model in, and torch has not.
constexpr Dtype kNotOfTorch = Dtype::kFloat4;

struct GraphRequest;
struct ModelClass;

// get_hf_quantizer, or what from_pretrained did itself before 4.56: what comes before the model is built.
struct QuantizerAnswer {
  python::Value quantizer;  // None where the config asks for a method that this release does not know
  python::Value config;     // as the quantizer leaves it
  python::Value device_map;
  std::string dtype;  // torch's name: what the quantizer builds in where it was asked for `dtype`
  bool on_the_fly = false;
  python::Value kept_by_diffusers{};  // of diffusers: the list keep_in_fp32_modules; kMissing for transformers
  // Of releases of diffusers that make no device map of a quantized model: what they say to every one.
  std::string refuses_maps{};
};

// How from_pretrained was asked for the dtype: dtype="auto", or that one.
enum class DtypeAsked : std::uint8_t { kAuto, kByName };

// `dtype`: what the model is built in, unless the quantizer says otherwise.  `quantization`: the argument
// quantization_config as JSON, may be empty.  Throws NotFollowed where nothing is known of the
// quantizer; raises what from_pretrained raises.
QuantizerAnswer find_quantizer(python::Interpreter& in, const ModelClass& model_class, const std::string& dtype,
                               DtypeAsked asked, const std::string& quantization);

// A model once its quantizer has replaced modules of it.
class PreprocessedModel {
 public:
  const QuantizerAnswer& answer() const { return answer_; }
  const python::Value& model() const { return model_; }

 private:
  friend PreprocessedModel preprocess_model(python::Interpreter&, const QuantizerAnswer&, const python::Value&);
  friend PreprocessedModel quantized_by_diffusers(python::Interpreter&, const ModelClass&, const GraphRequest&);
  PreprocessedModel(const QuantizerAnswer& answer, const python::Value& model) : answer_(answer), model_(model) {}

  QuantizerAnswer answer_;
  python::Value model_;
};

// preprocess_model.  Throws as above.
PreprocessedModel preprocess_model(python::Interpreter& in, const QuantizerAnswer& answer, const python::Value& model);

// The value of `question()`.  Throws NotFollowed where it is not known, or where an exception comes of a package that
// is asked for, after `absent` others, and of which nothing is known.
python::Value definite_with_packages(python::Interpreter& in, std::size_t absent,
                                     const std::function<python::Value()>& question);

// What the quantizer says of sizes, budgets and maps, with `graph` made of `preprocessed`.
Quantizer ask_quantizer(python::Interpreter& in, const PreprocessedModel& preprocessed, const ModuleGraph& graph);

}  // namespace ckptlint
