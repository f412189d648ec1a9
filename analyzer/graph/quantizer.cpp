// Calls the methods of transformers' quantizer in the order of from_pretrained, and notes what they say of modules,
// sizes, budgets and maps.
#include "graph/quantizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/model_class.h"
#include "graph/model_walk.h"
#include "graph/stand_ins.h"
#include "library/host/embedded.h"
#include "library/torch/state.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Keyword;
using python::Kind;
using python::ModuleInstance;
using python::Str;
using python::Value;

constexpr const char* kAuto = "transformers.quantizers.auto";

[[noreturn]] void unknown(const std::string& what) { throw NotFollowed{what}; }

template <typename Question>
Value definite(Interpreter& in, const Question& question) {
  return ask(in, question).required();
}

std::vector<std::string> parameters_of(Interpreter& in, const Value& function) {
  std::vector<std::string> names;
  const Value signature = in.call(in.import_name("inspect", "signature"), {function});
  for (const Value& name : in.collect(in.attribute(signature, in.intern("parameters")))->items)
    names.emplace_back(name.as<Str>()->view());
  return names;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Value call_with(Interpreter& in, const Value& function, std::vector<Keyword> keywords) {
  return in.call(function, {nullptr, 0, keywords.data(), keywords.size()});
}

Value method_of(Interpreter& in, const Value& object, const char* name) {
  return in.attribute(object, in.intern(name));
}

std::string text_of(Interpreter& in, const Value& value) {
  return value.is(Kind::kStr) ? std::string(value.as<Str>()->view()) : in.str(value);
}

// "torch.float16" or a dtype, as torch's name.
std::string dtype_text(Interpreter& in, const Value& value) {
  if (value.is(Kind::kDtype)) return std::string(torch_name(value.as<python::DtypeObject>()->dtype));
  unknown("the dtype is " + printable(in.repr(value)));
}

Value attribute_or_none(Interpreter& in, const Value& object, const char* name) {
  Value found;
  return in.find_attribute(object, in.intern(name), found) ? found : Value::none();
}

std::vector<std::string> texts_of(Interpreter& in, const Value& list) {
  std::vector<std::string> texts;
  if (list.is_none()) return texts;
  for (const Value& each : in.collect(list)->items) texts.push_back(text_of(in, each));
  return texts;
}

QuantizerException exception_of(Interpreter& in, const python::PyRaise& raised) {
  const std::string text = in.describe(raised);
  const std::size_t colon = std::min(text.find(": "), text.size());
  std::string reason = colon == text.size() ? "" : text.substr(colon + 2);
  reason.erase(reason.find_last_not_of(" \n") + 1);
  return {text.substr(0, colon), std::move(reason)};
}

// ---- before the model is built

Value quantization_argument(Interpreter& in, const std::string& json) {
  if (json.empty()) return Value::none();
  const Value dict = in.call(in.import_name("json", "loads"), {in.string(json)});
  const Value table = in.import_name(kAuto, "AutoQuantizationConfig");
  return in.call(in.attribute(table, in.intern("from_dict")), {dict});
}

bool quantizes_on_the_fly(Interpreter& in, const Value& quantizer) {
  return in.truth(attribute_or_none(in, quantizer, "pre_quantized")) == python::Truth::kFalse;
}

// Before 4.56, where from_pretrained has no function for it: packages/quantizer_asking.py runs that.
QuantizerAnswer find_in_from_pretrained(Interpreter& in, const ModelClass& model_class, const std::string& dtype,
                                        DtypeAsked asked, const std::string& quantization) {
  constexpr const char* kAsking = "_quantizer_asking";
  in.embedded_module(kAsking, python::embedded_text("packages/quantizer_asking.py"), false);
  const Value wanted = python::torch::dtype_value(in, *dtype_of_torch_name(dtype));
  const Value given = asked == DtypeAsked::kAuto ? Value(in.string("auto")) : wanted;
  const Value argument = quantization_argument(in, quantization);
  const Value found = definite_with_packages(in, in.absent_packages.size(), [&] {
    return in.call(in.import_name(kAsking, "find_quantizer"),
                   {model_class.type, model_class.config, argument, given, wanted});
  });
  const Value* items = found.as<python::Tuple>()->items;
  QuantizerAnswer answer{items[0], items[1], items[3], dtype_text(in, items[2]), false};
  if (!answer.quantizer.is_none()) answer.on_the_fly = quantizes_on_the_fly(in, answer.quantizer);
  return answer;
}

// ---- sizes

// The tensors of the graph as objects, by row.
struct TensorRows : ModelVisitor {
  void tensor(ModuleInstance*, const Dict::Entry& entry, TensorKind) { rows.push_back(entry.value); }

  std::vector<Value> rows;
};

ElementSize element_size_of(Interpreter& in, const Value& size, const std::string& name) {
  const double eighths = size.is_number() ? size.as_double() * 8 : -1;
  if (!(eighths >= 0) || eighths > 1024 || eighths != std::floor(eighths))
    unknown(fmt::format("it says that an element of {} takes {} bytes", quoted_name(name), printable(in.repr(size))));
  return {static_cast<std::int64_t>(eighths), size.is(Kind::kFloat)};
}

void ask_element_sizes(Interpreter& in, const Value& ask, const Value& model, const ModuleGraph& graph,
                       Quantizer& quantizer) {
  TensorRows walk;
  walk_model(model.as<ModuleInstance>(), walk);
  const std::vector<Value>& rows = walk.rows;
  if (rows.size() != graph.tensors.size()) unknown("a part of the model is not known");
  quantizer.element_sizes.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Tensor& tensor = graph.tensors[row];
    if (tensor.alias != TensorId::kNone) {
      quantizer.element_sizes.push_back(quantizer.element_sizes[index(tensor.alias)]);
      continue;
    }
    const Value size = definite(in, [&] { return in.call(ask, {model, in.string(tensor.name), rows[row]}); });
    quantizer.element_sizes.push_back(element_size_of(in, size, tensor.name));
  }
}

// ---- transformers 4: a dtype for the model, and others for some of its tensors

// A dtype by its name, which accelerate looks up in torch: there are those of few bits, which it counts in whole bytes,
// that is none.
Dtype dtype_of_few_bits(std::string_view name) {
  if (name.starts_with('u')) name.remove_prefix(1);
  const bool has = name.size() == 4 && name.starts_with("int") && name[3] >= '1' && name[3] <= '7';
  return has ? Dtype::kFloat4E2m1fnX2 : kNotOfTorch;
}

void ask_size_dtype(Interpreter& in, const Value& quantizer, const Value& dtype, Quantizer& answer) {
  const Value target = definite(in, [&] { return in.call(method_of(in, quantizer, "adjust_target_dtype"), {dtype}); });
  if (target.is(Kind::kDtype)) {
    answer.dtype = target.as<python::DtypeObject>()->dtype;
    return;
  }
  if (target.is_none()) return;  // as they are
  if (target.is(Kind::kStr)) {
    answer.dtype = dtype_of_few_bits(target.as<Str>()->view());
    return;
  }
  const std::string name = text_of(in, attribute_or_none(in, target, "name"));
  if (name == "FP8")
    answer.size_dtype = SizeDtype::kFp8;
  else if (name == "INT4")
    answer.size_dtype = SizeDtype::kInt4;
  else if (name == "INT2")
    answer.size_dtype = SizeDtype::kInt2;
  else
    unknown("it sizes the model in " + printable(in.repr(target)));
}

// How from_pretrained finds the modules that stay in float32.
enum class KeptBy : std::uint8_t {
  kNames,         // that occur anywhere; which ones count, the dtype and the quantizer say: before 4.50
  kNamesOfClass,  // the same, whatever these say: 4.50
  kPattern,
};

KeptBy kept_by(Interpreter& in, const Value& model) {
  Value contexts;
  if (!in.find_attribute(model, in.intern("get_init_context"), contexts)) return KeptBy::kNames;
  return has(parameters_of(in, contexts), "low_cpu_mem_usage") ? KeptBy::kNamesOfClass : KeptBy::kPattern;
}

std::vector<std::string> names_in_float32(Interpreter& in, const Value& quantizer, const Value& model,
                                          const std::string& dtype) {
  const KeptBy by = kept_by(in, model);
  std::vector<std::string> names;
  const auto add = [&](const char* list) {
    for (std::string& name : texts_of(in, attribute_or_none(in, model, list))) names.push_back(std::move(name));
  };
  Value asked;
  const bool has_say = in.find_attribute(quantizer, in.intern("use_keep_in_fp32_modules"), asked);
  const bool wants = has_say && (by == KeptBy::kNames || in.truth(asked) == python::Truth::kTrue);
  if (dtype == "float16" || wants || by == KeptBy::kNamesOfClass) add("_keep_in_fp32_modules");
  if (by == KeptBy::kPattern && (dtype == "float16" || dtype == "bfloat16")) add("_keep_in_fp32_modules_strict");
  return names;
}

// What it hands its quantizer of them.
Value kept_for_quantizer(Interpreter& in, const QuantizerAnswer& answer, const Value& model) {
  if (kept_by(in, model) != KeptBy::kNames) return attribute_or_none(in, model, "_keep_in_fp32_modules");
  python::List* names = in.list();
  for (const std::string& name : names_in_float32(in, answer.quantizer, model, answer.dtype))
    names->items.push(in.arena, in.string(name));
  return Value::of(names);
}

// The dict special_dtypes: a name that comes again keeps its place.
class SpecialDtypeDict {
 public:
  explicit SpecialDtypeDict(std::vector<std::pair<std::string, Dtype>>& entries) : entries_(entries) {}

  void set(const std::string& name, Dtype wanted) {
    const auto [found, is_new] = rows_.emplace(name, entries_.size());
    if (is_new)
      entries_.emplace_back(name, wanted);
    else
      entries_[found->second].second = wanted;
  }
  // What get_special_dtypes_update answers.
  void update(Interpreter& in, const Value& special) {
    for (const Dict::Entry& entry : special.as<Dict>()->entries) {
      if (entry.key.missing()) continue;
      if (!entry.value.is(Kind::kDtype)) unknown("a special dtype is " + printable(in.repr(entry.value)));
      set(text_of(in, entry.key), entry.value.as<python::DtypeObject>()->dtype);
    }
  }
  // The parameters of which `is_kept(name)`.
  template <typename Predicate>
  void keep_in_float32(const ModuleGraph& graph, const Predicate& is_kept) {
    for (const Tensor& tensor : graph.tensors) {
      if (!tensor.is_buffer() && tensor.alias == TensorId::kNone && is_kept(tensor.name))
        set(tensor.name, Dtype::kFloat32);
    }
  }

 private:
  std::vector<std::pair<std::string, Dtype>>& entries_;
  std::unordered_map<std::string, std::size_t> rows_;
};

void ask_special_dtypes(Interpreter& in, const Value& quantizer, const Value& model, const Value& dtype,
                        const std::string& dtype_name, const ModuleGraph& graph, Quantizer& answer) {
  SpecialDtypeDict special(answer.special_dtypes);
  special.update(in, definite(in, [&] {
                   return in.call(method_of(in, quantizer, "get_special_dtypes_update"), {model, dtype});
                 }));
  const std::vector<std::string> names = names_in_float32(in, quantizer, model, dtype_name);
  if (names.empty()) return;
  if (kept_by(in, model) != KeptBy::kPattern) {
    special.keep_in_float32(graph, [&](const std::string& name) {
      return std::any_of(names.begin(), names.end(),
                         [&](const std::string& part) { return name.find(part) != std::string::npos; });
    });
    return;
  }
  std::string pattern;
  for (const std::string& name : names)
    pattern += fmt::format(R"({}((^|\.){}($|\.)))", pattern.empty() ? "" : "|", name);
  const Value search =
      in.attribute(in.call(in.import_name("re", "compile"), {in.string(pattern)}), in.intern("search"));
  special.keep_in_float32(graph, [&](const std::string& name) {
    return !definite(in, [&] { return in.call(search, {in.string(name)}); }).is_none();
  });
}

// What _determine_device_map of diffusers asks before it knows of budgets; where that raises, no mode makes a map.
void ask_dtypes_of_diffusers(Interpreter& in, const PreprocessedModel& preprocessed, const ModuleGraph& graph,
                             Quantizer& answer) {
  const Value& quantizer = preprocessed.answer().quantizer;
  const auto known = dtype_of_torch_name(preprocessed.answer().dtype);
  const Value dtype = known ? Value(python::torch::dtype_value(in, *known)) : Value::none();
  answer.balances_in = SizedIn{known};
  if (const std::string& refused = preprocessed.answer().refuses_maps; !refused.empty()) {
    answer.raises_in_modes = QuantizerException{"NotImplementedError", refused};
    return;
  }
  const Answer<Value> special = ask(in, [&] {
    return in.call(method_of(in, quantizer, "get_special_dtypes_update"), {preprocessed.model(), dtype});
  });
  if (const python::PyRaise* raised = special.raised()) {
    answer.raises_in_modes = exception_of(in, *raised);
    return;
  }
  SpecialDtypeDict dict(answer.special_dtypes);
  dict.update(in, Answer(special).required());
  const std::vector<std::string> kept = texts_of(in, preprocessed.answer().kept_by_diffusers);
  dict.keep_in_float32(graph, [&](const std::string& name) {
    return std::any_of(kept.begin(), kept.end(),
                       [&](const std::string& part) { return name.find(part) != std::string::npos; });
  });
  const Answer<std::monostate> sized = attempt([&] { ask_size_dtype(in, quantizer, dtype, answer); });
  if (const python::PyRaise* raised = sized.raised()) answer.raises_in_modes = exception_of(in, *raised);
}

// ---- budgets

// adjust_max_memory is known where it multiplies every budget by one number: tried with budgets of several sizes.
void ask_budgets(Interpreter& in, const Value& quantizer, Quantizer& answer) {
  constexpr std::int64_t kBudgets[] = {1, 3, 1000003, std::int64_t{1} << 40};
  const Value ask = method_of(in, quantizer, "adjust_max_memory");
  Dict* budgets = in.dict();
  for (std::int64_t device = 0; device < 3; ++device)
    python::dict_set(in.arena, budgets, Value::of(device), Value::of(kBudgets[device]));
  python::dict_set(in.arena, budgets, in.string("cpu"), Value::of(kBudgets[3]));
  const Value adjusted = definite(in, [&] { return in.call(ask, {Value::of(budgets)}); });
  std::vector<Value> now;
  if (adjusted.is(Kind::kDict)) {
    for (const Dict::Entry& entry : adjusted.as<Dict>()->entries) {
      if (!entry.key.missing()) now.push_back(entry.value);
    }
  }
  const auto all = [&](auto&& holds) {
    for (std::size_t i = 0; i < std::size(kBudgets); ++i) {
      if (!holds(kBudgets[i], now[i])) return false;
    }
    return true;
  };
  const bool known = now.size() == std::size(kBudgets);
  if (known &&
      all([](std::int64_t before, const Value& after) { return after.is(Kind::kInt) && after.integer == before; }))
    return;
  const double factor = known && now[0].is(Kind::kFloat) ? now[0].real : 0;
  const auto multiplied = [&](std::int64_t before, const Value& after) {
    return after.is(Kind::kFloat) && after.real == static_cast<double>(before) * factor;
  };
  if (!(factor > 0) || factor > 1 || !all(multiplied))
    unknown("its adjust_max_memory does not multiply budgets by one number");
  answer.budget_factor = factor;
}

// ---- maps

// A map of that shape; `exempt` is the key of a module that is not converted.
Value map_value(Interpreter& in, const MapShape& shape, const std::string& exempt) {
  Dict* map = in.dict();
  std::int64_t number = 0;
  const auto add = [&](const Value& device) {
    python::dict_set(in.arena, map, in.string(fmt::format("part.{}", number++)), device);
  };
  for (std::int64_t device = 0; device < shape.accelerators; ++device) add(Value::of(device));
  if (shape.cpu) add(in.string("cpu"));
  if (shape.disk) add(in.string("disk"));
  if (!shape.one_key && number == 1) {
    const Value first = map->entries[0].value;
    add(first);
  }
  if (shape.exempt_on_accelerator) python::dict_set(in.arena, map, in.string(exempt), Value::of(0));
  return Value::of(map);
}

// What validate_environment raises on a map; nothing where it accepts it.
std::optional<RefusedShape> refusal(Interpreter& in, const Value& quantizer, const MapShape& shape, const Value& map) {
  Answer<Value> answer = ask(in, [&] {
    return call_with(in, method_of(in, quantizer, "validate_environment"), {{in.intern("device_map"), map}});
  });
  const python::PyRaise* raised = answer.raised();
  if (raised == nullptr) {
    std::move(answer).required();
    return std::nullopt;
  }
  return RefusedShape{shape, exception_of(in, *raised)};
}

// Modules that are not converted may be on the CPU, says transformers 4 of bitsandbytes.
std::vector<std::string> exempt_keys(Interpreter& in, const Value& quantizer) {
  const Value skipped = attribute_or_none(in, quantizer, "modules_to_not_convert");
  if (skipped.is_none() || skipped.unknown()) return {};
  std::vector<std::string> names = texts_of(in, skipped);
  if (names.empty()) return {};
  const MapShape offloaded{1, true, false, false, false};
  Dict* exempt = in.dict();
  python::dict_set(in.arena, exempt, in.string("part.0"), Value::of(0));
  python::dict_set(in.arena, exempt, in.string(names.front()), in.string("cpu"));
  const bool matters = refusal(in, quantizer, offloaded, map_value(in, offloaded, "")) &&
                       !refusal(in, quantizer, offloaded, Value::of(exempt));
  return matters ? names : std::vector<std::string>();
}

void ask_maps(Interpreter& in, const Value& quantizer, Quantizer& answer) {
  answer.exempt_keys = exempt_keys(in, quantizer);
  const std::string exempt = answer.exempt_keys.empty() ? "" : answer.exempt_keys.front();
  for (int devices = 0; devices < 12; ++devices) {
    for (const bool one_key : {false, true}) {
      for (const bool with_exempt : {false, true}) {
        const MapShape shape{static_cast<std::uint8_t>(devices / 4), (devices & 1) != 0, (devices & 2) != 0, one_key,
                             with_exempt};
        const int used = shape.accelerators + shape.cpu + shape.disk;
        const bool possible = used == 0 ? with_exempt && !one_key : !one_key || used == 1;
        if (!possible || (with_exempt && exempt.empty())) continue;
        auto refused = refusal(in, quantizer, shape, map_value(in, shape, exempt));
        if (refused) answer.refused.push_back(std::move(*refused));
      }
    }
  }
}

// The package that is not there, of those asked for since there were `absent`, where it may be why `what` is raised:
// the first, but for exceptions that have another cause, as modules are imported on the way that try packages.
const std::string* package_to_blame(const Interpreter& in, const std::string& what, std::size_t absent) {
  constexpr std::string_view kOfOtherCauses[] = {"TypeError: ", "KeyError: ", "ValueError: ", "AssertionError: "};
  const bool other = std::any_of(std::begin(kOfOtherCauses), std::end(kOfOtherCauses),
                                 [&](std::string_view type) { return what.starts_with(type); });
  if (!other || what.find("NoneType") != std::string::npos) return &in.absent_packages[absent];
  const auto named =
      std::find_if(in.absent_packages.begin() + static_cast<std::ptrdiff_t>(absent), in.absent_packages.end(),
                   [&](const std::string& package) {
                     std::string dashed = package;
                     std::replace(dashed.begin(), dashed.end(), '_', '-');
                     return what.find(package) != std::string::npos || what.find(dashed) != std::string::npos;
                   });
  return named == in.absent_packages.end() ? nullptr : &*named;
}

std::string default_device(Interpreter& in, const Value& quantizer) {
  Answer<Value> answer =
      ask(in, [&] { return in.call(method_of(in, quantizer, "update_device_map"), {Value::none()}); });
  if (answer.raised() != nullptr) return "";
  const Value map = std::move(answer).required();
  if (!map.is(Kind::kDict) || map.as<Dict>()->entries.empty()) return "";
  return in.str(map.as<Dict>()->entries[0].value);
}

}  // namespace

Value definite_with_packages(Interpreter& in, std::size_t absent, const std::function<Value()>& question) {
  Answer<Value> answer = ask(in, question);
  if (const python::PyRaise* raised = answer.raised(); raised != nullptr && in.absent_packages.size() > absent) {
    if (const std::string* package = package_to_blame(in, in.describe(*raised), absent))
      unknown(fmt::format("it asks for the package {}, of which nothing is known", quoted_name(*package)));
  }
  return std::move(answer).required();
}

QuantizerAnswer find_quantizer(Interpreter& in, const ModelClass& model_class, const std::string& dtype,
                               DtypeAsked asked, const std::string& quantization) {
  const Value& config = model_class.config;
  const Value module = Value::of(in.import_module(kAuto));
  Value find;
  if (!in.find_attribute(module, in.intern("get_hf_quantizer"), find) || find.unknown())
    return find_in_from_pretrained(in, model_class, dtype, asked, quantization);
  const std::vector<std::string> names = parameters_of(in, find);
  const Value wanted = python::torch::dtype_value(in, *dtype_of_torch_name(dtype));
  const std::size_t absent = in.absent_packages.size();
  std::vector<Keyword> arguments;
  const auto pass = [&](const char* name, const Value& value) {
    if (has(names, name)) arguments.push_back({in.intern(name), value});
  };
  const Value argument = quantization_argument(in, quantization);
  pass("config", config);
  pass("quantization_config", argument);
  // transformers 4 hands on the argument as it is, and looks "auto" up later.
  const Value given = asked == DtypeAsked::kAuto ? Value(in.string("auto")) : wanted;
  pass("dtype", given);
  pass("torch_dtype", given);
  pass("from_tf", Value::of(false));
  pass("from_flax", Value::of(false));
  pass("device_map", in.string("auto"));
  pass("weights_only", Value::of(true));
  pass("user_agent", Value::of(in.dict()));
  const Value found = definite_with_packages(in, absent, [&] { return call_with(in, find, arguments); });
  const bool has_dtype = has(names, "dtype") || has(names, "torch_dtype");
  const std::size_t count = found.is(Kind::kTuple) ? found.as<python::Tuple>()->count : 0;
  if (count != (has_dtype ? 4u : 3u)) unknown("get_hf_quantizer of this release returns something else");
  const Value* items = found.as<python::Tuple>()->items;
  QuantizerAnswer answer{items[0], items[1], items[count - 1], dtype, false};
  if (answer.quantizer.is_none()) return answer;
  const Value built_in =
      has_dtype ? items[2]
                : definite(in, [&] { return in.call(method_of(in, answer.quantizer, "update_dtype"), {wanted}); });
  const bool still_auto = built_in.is(Kind::kStr) && built_in.as<Str>()->view() == "auto";
  if (!still_auto) answer.dtype = dtype_text(in, built_in);
  answer.on_the_fly = quantizes_on_the_fly(in, answer.quantizer);
  return answer;
}

PreprocessedModel preprocess_model(Interpreter& in, const QuantizerAnswer& answer, const Value& model) {
  const Value preprocess = method_of(in, answer.quantizer, "preprocess_model");
  std::vector<Keyword> arguments{{in.intern("model"), model}, {in.intern("device_map"), answer.device_map}};
  const auto pass = [&](const char* name, const Value& value) { arguments.push_back({in.intern(name), value}); };
  if (has(parameters_of(in, preprocess), "dtype")) {
    pass("dtype", python::torch::dtype_value(in, *dtype_of_torch_name(answer.dtype)));
    pass("checkpoint_files", Value::none());
  } else {
    pass("keep_in_fp32_modules", kept_for_quantizer(in, answer, model));
    pass("config", in.attribute(model, in.intern("config")));
  }
  pass("use_kernels", Value::of(false));
  // Plans for tensor parallelism say nothing of modules and sizes, and are made by asking about each parameter.
  constexpr const char* kUpdatePlan = "update_parallel_plan";
  StandIns stand_ins(in);
  Value update;
  if (in.find_attribute(answer.quantizer, in.intern(kUpdatePlan), update))
    stand_ins.answer(answer.quantizer, kUpdatePlan, Value::none());
  definite_with_packages(in, in.absent_packages.size(), [&] { return call_with(in, preprocess, arguments); });
  // Before 4.50 the map is made of what tie_weights makes of the layers that the quantizer has put there.
  if (kept_by(in, model) == KeptBy::kNames)
    (void)attempt([&] { return in.call_method(model, in.intern("tie_weights")); });
  return PreprocessedModel(answer, model);
}

Quantizer ask_quantizer(Interpreter& in, const PreprocessedModel& preprocessed, const ModuleGraph& graph) {
  const QuantizerAnswer& answer = preprocessed.answer();
  const Value& model = preprocessed.model();
  const Value& quantizer = answer.quantizer;
  Quantizer facts;
  facts.class_name = in.type_name(quantizer);
  facts.on_the_fly = answer.on_the_fly;
  for (const std::string& remark : texts_of(in, in.import_name("_described", "remarks"))) facts.remark = remark;
  const Value config = in.attribute(quantizer, in.intern("quantization_config"));
  const Value method = attribute_or_none(in, config, "quant_method");
  const Value value = attribute_or_none(in, method, "value");
  facts.method = text_of(in, value.is_none() ? method : value);
  Value sizes;
  if (in.find_attribute(quantizer, in.intern("param_element_size"), sizes)) {
    ask_element_sizes(in, sizes, model, graph, facts);
  } else if (!answer.kept_by_diffusers.missing()) {
    ask_dtypes_of_diffusers(in, preprocessed, graph, facts);
  } else {
    const Value dtype = python::torch::dtype_value(in, *dtype_of_torch_name(answer.dtype));
    ask_size_dtype(in, quantizer, dtype, facts);
    ask_special_dtypes(in, quantizer, model, dtype, answer.dtype, graph, facts);
    const Value classes =
        definite(in, [&] { return in.call(method_of(in, model, "_get_no_split_modules"), {in.string("auto")}); });
    facts.no_split_classes = texts_of(in, classes);
    std::sort(facts.no_split_classes.begin(), facts.no_split_classes.end());
  }
  ask_budgets(in, quantizer, facts);
  ask_maps(in, quantizer, facts);
  facts.default_device = default_device(in, quantizer);
  return facts;
}

}  // namespace ckptlint
