// Reads and answers the lines of `ckptlint map --cases`.
#include "placement/case_json.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/escape.h"
#include "graph/graph_json_document.h"
#include "placement/budget_text.h"

namespace ckptlint {
namespace {

using nlohmann::json;

const json* field(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool flag(const json& object, const char* name, bool otherwise) {
  const json* value = field(object, name);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : otherwise;
}

std::string text(const json& object, const char* name, std::string_view otherwise) {
  const json* value = field(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string(otherwise);
}

Result<Dtype> dtype_of(const json& value) {
  if (!value.is_string()) return Error{"a dtype is not a string"};
  std::string_view name = value.get_ref<const std::string&>();
  if (name.starts_with("torch.")) name.remove_prefix(6);
  if (const auto dtype = dtype_of_torch_name(name)) return *dtype;
  return Error{quoted_name(name) + " is not a dtype of torch"};
}

// A key of max_memory: digits are an accelerator's index.  None for names that the libraries do not know.
std::optional<Device> device_of(std::string_view key) {
  if (key == "mps") return Device::mps();
  if (key == "cpu") return Device::cpu();
  if (key == "disk") return Device::disk();
  std::int32_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (key.empty() || error != std::errc{} || end != key.data() + key.size()) return std::nullopt;
  return Device::accelerator(index);
}

Bytes budget_of(double bytes) {
  if (bytes >= kMostBudget.value()) return kMostBudget;
  if (bytes <= -kMostBudget.value()) return Bytes{} - kMostBudget;
  return Bytes::eighths(static_cast<std::int64_t>(std::floor(bytes * 8)));
}

std::optional<Error> read_budgets(const json& object, PlacementCase& asked) {
  const json* budgets = field(object, "max_memory");
  if (budgets == nullptr || !budgets->is_object()) return Error{"`max_memory` is not an object"};
  for (const auto& [key, value] : budgets->items()) {
    Bytes bytes;
    if (value.is_number()) {
      bytes = budget_of(value.get<double>());
      if (value.is_number_integer() && bytes < kMostBudget && Bytes{} - kMostBudget < bytes)
        bytes = Bytes::whole(value.get<std::int64_t>());
    } else if (value.is_string()) {
      const SizeText size = read_size(value.get_ref<const std::string&>());
      const bool refused =
          size.problem != SizeProblem::kNone || (size.bytes == Bytes{} && !asked.question.libraries.takes_zero_sizes);
      if (refused && !asked.crash) {
        asked.crash = LibraryCrash{
            size.problem == SizeProblem::kInfinite ? "OverflowError" : "ValueError", "convert_file_size_to_int",
            quoted_name(value.get_ref<const std::string&>()) + " is not a size that accelerate reads"};
      }
      bytes = size.bytes;
    } else {
      return Error{"`max_memory` has a budget that is neither a finite number nor a string"};
    }
    if (const auto device = device_of(key)) {
      asked.question.budgets.push_back({*device, bytes});
    } else if (!asked.crash) {
      asked.crash = LibraryCrash{"ValueError", "get_max_memory",
                                 quoted_name(key) + " is not a device that accelerate knows in max_memory"};
    }
  }
  return std::nullopt;
}

std::optional<Error> read_names(const json& object, const char* name, std::vector<std::string>& names) {
  const json* list = field(object, name);
  if (list == nullptr) return std::nullopt;
  if (!list->is_array()) return Error{"`" + std::string(name) + "` is not a list"};
  for (const json& item : *list) {
    if (!item.is_string()) return Error{"`" + std::string(name) + "` has an item that is not a string"};
    names.push_back(item.get<std::string>());
  }
  return std::nullopt;
}

std::optional<Error> read_arguments(const json& object, PlacementQuestion& question) {
  if (auto failed = read_names(object, "no_split_module_classes", question.no_split_module_classes)) return failed;
  if (const json* dtype = field(object, "dtype")) {
    const Result<Dtype> parsed = dtype_of(*dtype);
    if (!parsed) return parsed.error();
    question.dtype = *parsed;
  }
  if (const json* special = field(object, "special_dtypes")) {
    if (!special->is_object()) return Error{"`special_dtypes` is not an object"};
    for (const auto& [name, dtype] : special->items()) {
      const Result<Dtype> parsed = dtype_of(dtype);
      if (!parsed) return parsed.error();
      question.special_dtypes.emplace_back(name, *parsed);
    }
  }
  question.classes_are_a_set = flag(object, "no_split_module_classes_as_set", false);
  question.offload_buffers = flag(object, "offload_buffers", false);
  question.fallback_allocation = flag(object, "fallback_allocation", false);
  question.clean_result = flag(object, "clean_result", true);
  if (flag(object, "split_keeps_buffers", false)) question.libraries.split_keeps_buffers = true;
  return std::nullopt;
}

std::optional<Error> read_case(const GraphJson& line, const std::string& shown, PlacementCase& asked) {
  const json& object = line.value;
  if (!object.is_object()) return Error{"it is not an object"};
  const std::string flavour = text(object, "flavour", "accelerate");
  if (flavour != "accelerate" && flavour != "transformers" && flavour != "diffusers")
    return Error{"the flavour is none of `accelerate`, `transformers` and `diffusers`"};
  asked.question.flavour = flavour == "transformers" ? Flavour::kTransformers
                           : flavour == "diffusers"  ? Flavour::kDiffusers
                                                     : Flavour::kAccelerate;
  const std::string mode = text(object, "device_map", "auto");
  const std::optional<MapMode> known = map_mode_of_name(mode);
  if (!known) return Error{quoted_name(mode) + " is not a way to make a device map"};
  asked.question.mode = *known;
  asked.keep_in_fp32_regex = text(object, "keep_in_fp32_regex", "");
  if (auto failed = read_names(object, "keep_in_fp32_modules", asked.keep_in_fp32_modules)) return failed;
  if (auto failed = read_arguments(object, asked.question)) return failed;
  if (auto failed = read_budgets(object, asked)) return failed;
  const json* graph = field(object, "graph");
  if (graph == nullptr) return Error{"it has no graph"};
  if (graph->is_string()) {
    asked.graph_path = graph->get<std::string>();
    return std::nullopt;
  }
  Result<ModuleGraph> read = module_graph_of(*graph, line.tied_order, shown);
  if (!read) return read.error();
  asked.graph = std::move(*read);
  return std::nullopt;
}

}  // namespace

Result<PlacementCase> parse_case(std::string_view line, const PlacementLibraries& libraries, const std::string& shown) {
  Result<GraphJson> parsed = parse_graph_json(line, shown);
  if (!parsed) return parsed.error();
  PlacementCase asked;
  asked.question.libraries = libraries;
  if (const auto failed = read_case(*parsed, shown, asked))
    return Error{quoted_name(shown) + " is not a case: " + failed->message};
  return asked;
}

Result<Placement> answer_case(const PlacementCase& asked, const PlacementSimulator& simulator,
                              const ModuleGraph& graph) {
  if (asked.crash) {
    Placement placement;
    placement.crash = asked.crash;
    return placement;
  }
  if (asked.keep_in_fp32_regex.empty() && asked.keep_in_fp32_modules.empty()) return simulator.place(asked.question);
  PlacementQuestion question = asked.question;
  question.special_dtypes = kept_in_float32(graph, asked.keep_in_fp32_modules, question.libraries);
  if (asked.keep_in_fp32_regex.empty()) return simulator.place(question);
  const RE2 pattern(asked.keep_in_fp32_regex, RE2::Quiet);
  if (!pattern.ok())
    return Error{"the pattern " + quoted_name(asked.keep_in_fp32_regex) + " is not understood: " + pattern.error()};
  for (const Tensor& tensor : graph.tensors) {
    const bool first = !tensor.is_buffer() && tensor.alias == TensorId::kNone;
    if (first && RE2::PartialMatch(tensor.name, pattern))
      question.special_dtypes.emplace_back(tensor.name, Dtype::kFloat32);
  }
  return simulator.place(question);
}

}  // namespace ckptlint
