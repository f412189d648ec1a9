// Asks for the definitions of the library that building nearly any model asks for.
#include "graph/prepared_evaluators.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "base/ordered_work.h"
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
    // What of the first of them nobody asks packages for.
    Definitions{"transformers.activations",
                "ClassInstantier ClippedGELUActivation AccurateGELUActivation MishActivation LinearActivation "
                "LaplaceActivation ReLUSquaredActivation SqrtSoftplusActivation XIELUActivation"},
    Definitions{"transformers.configuration_utils",
                "PreTrainedConfig PretrainedConfig GenerationConfig wrap_init_to_accept_kwargs wraps logger "
                "_FLOAT_TAG_KEY remap_legacy_layer_types ALLOWED_ATTN_LAYER_TYPES ALLOWED_MLP_LAYER_TYPES"},
    Definitions{"transformers", "AutoConfig"},  // for which it lists its models
    Definitions{"transformers.models.auto.configuration_auto",
                "CONFIG_MAPPING CONFIG_MAPPING_NAMES AutoConfig model_type_to_module_name DEPRECATED_MODELS "
                "SPECIAL_MODEL_TYPE_TO_MODULE_NAME importlib"},
    Definitions{"transformers.modeling_utils",
                "PreTrainedModel ALL_ATTENTION_FUNCTIONS local_torch_dtype get_torch_context_manager_or_global_device "
                "PreTrainedConfig inspect re sys logger is_dtensor is_kernel allow_all_hub_kernels is_fsdp_enabled "
                "LOSS_MAPPING ALL_EXPERTS_FUNCTIONS ALL_FP8_EXPERTS_FUNCTIONS apply_patches _CAN_RECORD_REGISTRY "
                "DownloadKwargs LoadStateDictConfig LoadStateDictInfo log_state_dict_report get_device "
                "expand_device_map _load_parameter_into_model"},
    Definitions{"transformers.modeling_layers", "GradientCheckpointingLayer partial"},
    Definitions{"transformers.loss.loss_utils", "LOSS_MAPPING"},
    Definitions{"transformers.initialization",
                "no_tie_weights meta_device_safe_creation_ops guard_torch_init_functions zeros_ xavier_uniform_ "
                "xavier_normal_ uniform_ trunc_normal_ sparse_ orthogonal_ ones_ normal_ kaiming_uniform_ "
                "kaiming_normal_ eye_ dirac_ copy_ constant_ torch sys defaultdict TORCH_INIT_FUNCTIONS "
                "TORCH_MODULES_TO_PATCH"},
    Definitions{"transformers.distributed.fsdp", "is_fsdp_enabled _is_torch_distributed_initialized"},
    Definitions{"transformers.distributed.utils", "torch is_torch_distributed_available"},
    Definitions{"transformers.integrations.hub_kernels", "is_kernel ALLOW_ALL_KERNELS"},
    Definitions{"transformers.integrations.moe", "ALL_EXPERTS_FUNCTIONS"},
    Definitions{"transformers.integrations.finegrained_fp8", "ALL_FP8_EXPERTS_FUNCTIONS"},
    Definitions{"transformers.integrations.deepspeed", "is_deepspeed_zero3_enabled _hf_deepspeed_config_weak_ref"},
    Definitions{"transformers.monkey_patching", "apply_patches"},
    Definitions{"transformers.utils.output_capturing", "capture_outputs _CAN_RECORD_REGISTRY wraps"},
    Definitions{"transformers.utils.generic",
                "is_flash_attention_requested merge_with_config_defaults can_return_tuple partial GeneralInterface"},
    Definitions{"transformers.utils.import_utils", "is_torch_available is_torch_distributed_available logger version"},
    Definitions{"transformers.utils.logging",
                "get_logger warning_once info_once warning_advice _configure_library_root_logger "
                "_get_library_root_logger _get_library_name _get_default_logging_level _lock _default_handler "
                "_default_log_level os sys"},
    Definitions{"transformers.dynamic_module_utils", "get_class_in_module _sanitize_module_name"},
    Definitions{"transformers.modeling_rope_utils",
                "RotaryEmbeddingConfigMixin ROPE_INIT_FUNCTIONS dynamic_rope_update"},
};

// Functions that make a table of the library's own when they are first called, and look up in it what they are given.
struct Table {
  const char* module;
  const char* look_up;
};
constexpr std::array kTables = {
    Table{"transformers.conversion_mapping", "get_checkpoint_conversion_mapping"},
};

struct Prepared {
  std::vector<python::SourceRoot> roots;
  python::Environment environment;
  Installer install;
  std::shared_ptr<Interpreter> interpreter;
  bool taken = false;
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

void parse_function(Interpreter& in, const Value& value) {
  if (value.is(Kind::kFunction)) parse(in, value.as<python::Function>());
  if (value.is(Kind::kClassMethod)) parse_function(in, value.as<python::ClassMethod>()->function);
  if (value.is(Kind::kStaticMethod)) parse_function(in, value.as<python::StaticMethod>()->function);
  if (value.is(Kind::kProperty)) parse_function(in, value.as<python::Property>()->getter);
}

void parse_functions(Interpreter& in, const Value& value) {
  if (!value.is(Kind::kClass)) return parse_function(in, value);
  for (const python::Class* type : value.as<python::Class>()->mro) {
    for (const python::Dict::Entry& entry : type->attributes->entries) parse_function(in, entry.value);
  }
}

using Name = std::pair<std::string_view, std::string_view>;  // with its module

Value found(Interpreter& in, const Name& name) {
  Value value;
  in.find_attribute(Value::of(in.import_module(name.first)), in.intern(name.second), value);
  return value;
}

// The definition, with the functions of classes parsed.
void define(Interpreter& in, const Name& name) {
  const Answer<Value> value = attempt([&] { return found(in, name); });
  if (value && !value->missing()) parse_functions(in, *value);
}

void make_table(Interpreter& in, const Name& look_up) {
  (void)attempt([&] {
    const Value function = found(in, look_up);
    return function.is(Kind::kFunction) ? in.call(function, {in.string("")}) : function;
  });
}

// Null where the library cannot be followed so far.
std::shared_ptr<Interpreter> prepared(const GraphRequest& request, Installer install) {
  std::set<Name> left_out;
  while (true) {
    Result<std::shared_ptr<Interpreter>> made = make_evaluator(request, install);
    if (!made.ok()) return nullptr;
    Interpreter& in = **made;
    bool clean = true;
    // Whether it leaves everything as it is that is told of a model; if not, it is left out of the next evaluator.
    const auto prepare = [&](void (*how)(Interpreter&, const Name&), const Name& name) {
      if (left_out.contains(name)) return true;
      const std::size_t absent = in.absent_packages.size();
      how(in, name);
      clean = in.absent_packages.size() == absent && in.notes.empty();
      if (!clean) left_out.insert(name);
      return clean;
    };
    const auto ended = run_phase([&] {
      for (const auto& [module, names] : kOfEveryModel) {
        for (const std::string_view name : split(names, ' ')) {
          if (!prepare(define, {module, name})) return false;
        }
      }
      for (const auto& [module, look_up] : kTables) {
        if (!prepare(make_table, {module, look_up})) return false;
      }
      return true;
    });
    if (std::holds_alternative<Stopped>(ended)) return nullptr;
    if (!clean) continue;
    in.symbols.begin_layer();
    return std::move(*made);
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

std::shared_ptr<Interpreter> take_prepared_evaluator(const std::vector<python::SourceRoot>& roots,
                                                     const python::Environment& environment, Installer install) {
  const std::lock_guard lock(mutex);
  std::vector<Prepared>& all = all_prepared();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Prepared& each) {
    return !each.taken && each.install == install && same(each.roots, roots) && same(each.environment, environment);
  });
  if (found == all.end()) return nullptr;
  found->taken = true;
  const std::shared_ptr<Interpreter>& taken = found->interpreter;
  // The clock is looked at in the first step: its limit is that of the thread that goes on.
  taken->impl->steps_left = taken->impl->next_clock_check = taken->impl->budget.steps;
  return taken;
}

void prepare_evaluators(const std::vector<SourceTree>& sources, std::size_t threads) {
  {
    const std::lock_guard lock(mutex);
    std::erase_if(all_prepared(), [](const Prepared& each) { return each.taken; });
  }
  std::array<Prepared, 2> made;
  const auto make = [&](std::size_t quantized) {
    GraphRequest request;
    request.sources = sources;
    request.quantize = quantized != 0;
    Prepared& each = made[quantized];
    each.install = request.quantize ? python::install_library_for_quantizers : python::install_library;
    each.interpreter = prepared(request, each.install);
  };
  run_in_order(made.size(), threads, make, [&](std::size_t at) {
    Prepared& each = made[at];
    if (each.interpreter == nullptr) return true;
    each.roots = each.interpreter->impl->roots;
    each.environment = each.interpreter->environment;
    const std::lock_guard lock(mutex);
    all_prepared().push_back(std::move(each));
    return true;
  });
}

}  // namespace ckptlint
