// Mounts base and file and asks diffusers_lora.py.
#include "parts/diffusion_lora.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <variant>

#include "graph/asking.h"
#include "graph/diffusers_class.h"
#include "graph/evaluator.h"
#include "graph/questions.h"
#include "library/host/embedded.h"
#include "library/torch/torch.h"
#include "parts/disk_loading.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kLoraModule = "_diffusers_lora";
constexpr const char* kLoraFolder = "/lora";

// PEFT is there as an installed package is, under its version.
GraphRequest with_peft(GraphRequest request) {
  const std::string version = version_of(request.sources, "peft");
  if (!version.empty()) request.assume.push_back("peft=" + version);
  return request;
}

class LoraLoading {
 public:
  LoraLoading(const GraphRequest& base, const FileTreePtr& lora, const std::string& file) : file_(file) {
    Result<std::shared_ptr<Interpreter>> made = make_evaluator(with_peft(base), install_disk_loading);
    if (!made.ok()) throw NotFollowed{made.error().message};
    in_ = std::move(*made);
    in_->disk->mount(kRepoFolder, base.repo);
    in_->disk->mount(kLoraFolder, lora);
    mount_diffusers_cache(*in_);
  }

  DiffusionLora run() {
    python::set_default_device(*in_, "cpu");
    let_load_from_disk(*in_);
    for (const char* module : {"diffusers_loading", "diffusers_pipeline", "peft_loading", "diffusers_lora"})
      in_->embedded_module(fmt::format("_{}", module), python::embedded_text(fmt::format("packages/{}.py", module)),
                           false);
    DiffusionLora found;
    const std::vector<Value> releases = items(in_->call(in_->import_name(kLoraModule, "settle"), {}));
    found.library = known_text(releases.at(0));
    found.peft = known_text(releases.at(1));
    found.base.call = "DiffusionPipeline.from_pretrained";
    const Value pipeline = asked("base", {in_->string(kRepoFolder)}, found.base);
    if (pipeline.missing()) return found;
    found.load.call = known_text(in_->call(in_->import_name(kLoraModule, "loader"), {pipeline}));
    found.pipeline = known_text(
        in_->attribute(in_->call(in_->import_name("builtins", "type"), {pipeline}), in_->intern("__name__")));
    const Value loaded = asked("load", {pipeline, in_->string(kLoraFolder), in_->string(file_)}, found.load);
    read_converted(found);
    if (!loaded.missing()) read_compared(pipeline, found);
    if (found.is_converted) read_dropped(pipeline, found);
    for (const Value& each : items(in_->call(in_->import_name("_diffusers_pipeline", "said"), {})))
      found.warnings.push_back(told(known_text(each)));
    return found;
  }

  std::string described(const python::PyRaise& raised) const { return in_->describe(raised); }

 private:
  Value asked(const char* question, std::initializer_list<Value> given, CallEnd& end) {
    return answer_to(*in_, kLoraModule, question, given, end);
  }

  // What the question gives, which raises nothing.
  Value required(const char* question, std::initializer_list<Value> given) {
    CallEnd end;
    const Value answer = asked(question, given, end);
    if (answer.missing()) throw NotFollowed{end.raises};
    return answer;
  }

  std::vector<Value> items(const Value& list) {
    const python::List* all = in_->collect(list);
    return {all->items.begin(), all->items.end()};
  }

  double number(const Value& value) {
    if (!value.is(Kind::kFloat)) throw NotFollowed{"an alpha is no number that is known"};
    return value.as_double();
  }

  void read_converted(DiffusionLora& found) {
    const Value answer = required("converted", {});
    if (answer.is(Kind::kNone)) return;
    found.is_converted = true;
    const std::vector<Value> parts = items(answer);
    for (const Value& each : items(parts.at(0))) {
      const std::vector<Value> row = items(each);
      ConvertedTensor& made = found.converted.emplace_back();
      made.name = known_text(row.at(0));
      made.dtype = known_text(row.at(1));
      for (const Value& extent : items(row.at(2))) made.shape.push_back(in_->to_int(extent));
    }
    for (const Value& each : items(parts.at(1))) {
      const std::vector<Value> pair = items(each);
      found.alphas.emplace_back(known_text(pair.at(0)), number(pair.at(1)));
    }
    found.metadata = known_text(parts.at(2));
  }

  // What takes too long to find out stays out: it is said of keys that are known.
  void read_dropped(const Value& pipeline, DiffusionLora& found) {
    try {
      for (const Value& each : items(required("dropped", {pipeline, in_->string(kLoraFolder), in_->string(file_)})))
        found.dropped.push_back(known_text(each));
    } catch (const NotFollowed&) {
      found.dropped.clear();
    }
  }

  void read_compared(const Value& pipeline, DiffusionLora& found) {
    const std::vector<Value> parts = items(required("compared", {pipeline}));
    for (const Value& each : items(parts.at(0))) found.unexpected.push_back(known_text(each));
    for (const Value& each : items(parts.at(1))) found.missing.push_back(known_text(each));
    for (const Value& each : items(parts.at(2))) {
      const std::vector<Value> row = items(each);
      found.layers.push_back({known_text(row.at(0)), known_text(row.at(1)), in_->to_int(row.at(2)), number(row.at(3))});
    }
    found.is_unset = in_->test(parts.at(3));
    for (const Value& each : items(parts.at(4))) found.left.push_back(known_text(each));
  }

  std::string file_;
  std::shared_ptr<Interpreter> in_;
};

}  // namespace

Known<DiffusionLora> diffusion_lora_of(const GraphRequest& base, const FileTreePtr& lora, const std::string& file) {
  return follow("how diffusers loads the LoRA weights", [&] {
    LoraLoading loading(base, lora, file);
    Answer<DiffusionLora> answer = attempt([&] { return loading.run(); });
    // A library that is not as it was when it was compared.
    if (const python::PyRaise* raised = answer.raised()) throw NotFollowed{loading.described(*raised)};
    return std::move(*answer);
  });
}

}  // namespace ckptlint
