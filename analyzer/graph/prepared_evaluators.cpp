// Asks for the definitions of the library that building nearly any model asks for.
#include "graph/prepared_evaluators.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "base/split.h"
#include "graph/asking.h"
#include "library/library.h"
#include "python/evaluate/impl.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

struct Definitions {
  const char* module;
  const char* names;  // with blanks between them
};

// What a release does not have is passed over.
constexpr std::array kOfEveryModel = {
    // In some releases these two ask for packages that nobody has to have; the earlier that is found, the better.
    Definitions{"transformers.activations", "ACT2FN"},
    Definitions{"transformers.generation", "GenerationMixin GenerationConfig"},
    Definitions{"transformers.configuration_utils", "PreTrainedConfig PretrainedConfig"},
    Definitions{"transformers.models.auto.configuration_auto",
                "CONFIG_MAPPING CONFIG_MAPPING_NAMES AutoConfig model_type_to_module_name DEPRECATED_MODELS"},
    Definitions{"transformers.modeling_utils",
                "PreTrainedModel ALL_ATTENTION_FUNCTIONS local_torch_dtype get_torch_context_manager_or_global_device"},
    Definitions{"transformers.modeling_layers", "GradientCheckpointingLayer"},
    Definitions{"transformers.loss.loss_utils", "LOSS_MAPPING"},
    Definitions{"transformers.initialization",
                "no_tie_weights meta_device_safe_creation_ops guard_torch_init_functions zeros_ xavier_uniform_ "
                "xavier_normal_ uniform_ trunc_normal_ sparse_ orthogonal_ ones_ normal_ kaiming_uniform_ "
                "kaiming_normal_ eye_ dirac_ copy_ constant_"},
    Definitions{"transformers.integrations.moe", "ALL_EXPERTS_FUNCTIONS"},
    Definitions{"transformers.integrations.finegrained_fp8", "ALL_FP8_EXPERTS_FUNCTIONS"},
    Definitions{"transformers.integrations.deepspeed", "is_deepspeed_zero3_enabled"},
    Definitions{"transformers.monkey_patching", "apply_patches"},
    Definitions{"transformers.utils.output_capturing", "capture_outputs _CAN_RECORD_REGISTRY"},
    Definitions{"transformers.utils.generic",
                "is_flash_attention_requested merge_with_config_defaults can_return_tuple"},
    Definitions{"transformers.utils.logging", "get_logger warning_once info_once warning_advice"},
    Definitions{"transformers.dynamic_module_utils", "get_class_in_module"},
    Definitions{"transformers.modeling_rope_utils",
                "RotaryEmbeddingConfigMixin ROPE_INIT_FUNCTIONS dynamic_rope_update"},
};

struct Prepared {
  std::vector<python::SourceRoot> roots;
  python::Environment environment;
  Installer install;
  std::unique_ptr<Interpreter> interpreter;
};

std::mutex mutex;
std::vector<Prepared>& all_prepared() {
  static std::vector<Prepared> all;
  return all;
}

// Functions are parsed when they are first called.
void parse(Interpreter& in, python::Function* function) {
  if (function->code->parsed) return;
  try {
    in.impl->parser.function(function->code);
  } catch (const python::SyntaxError&) {
  }
}

void parse_functions(Interpreter& in, const Value& value) {
  if (value.is(Kind::kFunction)) parse(in, value.as<python::Function>());
  if (!value.is(Kind::kClass)) return;
  for (const python::Class* type : value.as<python::Class>()->mro) {
    for (const python::Dict::Entry& entry : type->attributes->entries) {
      if (entry.value.is(Kind::kFunction)) parse(in, entry.value.as<python::Function>());
    }
  }
}

// The definition, with the functions of classes parsed; whether that leaves everything as it is that is told of a
// model.
bool prepare(Interpreter& in, const char* module, std::string_view name) {
  const std::size_t absent = in.absent_packages.size();
  const Answer<Value> found = attempt([&] {
    Value value;
    in.find_attribute(Value::of(in.import_module(module)), in.intern(name), value);
    return value;
  });
  if (found && !found->missing()) parse_functions(in, *found);
  return in.absent_packages.size() == absent && in.notes.empty();
}

// Null where the library cannot be followed so far.
std::unique_ptr<Interpreter> prepared(const GraphRequest& request, Installer install) {
  std::set<std::pair<std::string_view, std::string_view>> left_out;
  while (true) {
    Result<std::unique_ptr<Interpreter>> made = make_evaluator(request, install);
    if (!made.ok()) return nullptr;
    bool clean = true;
    const auto ended = run_phase([&] {
      for (const auto& [module, names] : kOfEveryModel) {
        for (const std::string_view name : split(names, ' ')) {
          if (left_out.contains({module, name}) || prepare(**made, module, name)) continue;
          left_out.insert({module, name});
          return clean = false;
        }
      }
      return true;
    });
    if (std::holds_alternative<Stopped>(ended)) return nullptr;
    if (clean) return std::move(*made);
  }
}

bool same(const std::vector<python::SourceRoot>& one, const std::vector<python::SourceRoot>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](const auto& a, const auto& b) {
    return a.tree == b.tree && a.label == b.label && a.mount == b.mount && a.lazy == b.lazy &&
           a.in_model_repo == b.in_model_repo && a.folder == b.folder;
  });
}

bool same(const python::Environment& one, const python::Environment& other) {
  return one.packages == other.packages && one.assumed == other.assumed;
}

}  // namespace

std::unique_ptr<Interpreter> take_prepared_evaluator(const std::vector<python::SourceRoot>& roots,
                                                     const python::Environment& environment, Installer install) {
  const std::lock_guard lock(mutex);
  std::vector<Prepared>& all = all_prepared();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Prepared& each) {
    return each.install == install && same(each.roots, roots) && same(each.environment, environment);
  });
  if (found == all.end()) return nullptr;
  std::unique_ptr<Interpreter> taken = std::move(found->interpreter);
  all.erase(found);
  // The clock is looked at in the first step: its limit is that of the thread that goes on.
  taken->impl->steps_left = taken->impl->next_clock_check = taken->impl->budget.steps;
  return taken;
}

void prepare_evaluators(const std::vector<SourceTree>& sources) {
  for (const bool quantize : {false, true}) {
    GraphRequest request;
    request.sources = sources;
    request.quantize = quantize;
    const Installer install = quantize ? python::install_library_for_quantizers : python::install_library;
    std::unique_ptr<Interpreter> made = prepared(request, install);
    if (made == nullptr) continue;
    const std::lock_guard lock(mutex);
    all_prepared().push_back({made->impl->roots, made->environment, install, std::move(made)});
  }
}

}  // namespace ckptlint
