// Reads a module graph from JSON and refuses, with the row and the reason, what torch could not have built.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/regular_file.h"
#include "graph/graph_json.h"
#include "graph/graph_json_document.h"
#include "graph/gzip.h"

namespace ckptlint {
namespace {

using nlohmann::json;

// Raised by the readers below and caught in module_graph_of; malformed input is then one error, whatever it is in.
struct Malformed {
  std::string what;
};

[[noreturn]] void fail(const std::string& what) { throw Malformed{what}; }

const json* field(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_field(const json& object, const char* name) {
  const json* value = field(object, name);
  if (value == nullptr) return "";
  if (!value->is_string()) fail(std::string("`") + name + "` is not a string");
  return value->get<std::string>();
}

const json& rows_of(const json& object, const char* name) {
  static const json kNothing = json::array();
  const json* value = field(object, name);
  if (value == nullptr) return kNothing;
  if (!value->is_array()) fail(std::string("`") + name + "` is not a list");
  return *value;
}

NameList name_list(const json& object, const char* name) {
  const json* value = field(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) fail(std::string("`") + name + "` is neither a list nor null");
  std::vector<std::string> names;
  for (const json& item : *value) {
    if (!item.is_string()) fail(std::string("`") + name + "` has an item that is not a string");
    names.push_back(item.get<std::string>());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A row of one of the three lists: which list, which row, and its columns.
struct Row {
  const char* list;
  std::size_t number;
  const json& value;

  std::string where() const { return "row " + std::to_string(number) + " of `" + list + "`"; }
  const json& at(std::size_t column) const { return value[column]; }
  void require(bool holds, const char* what) const {
    if (!holds) fail(where() + " " + what);
  }
  const std::string& text(std::size_t column, const char* what) const {
    if (!at(column).is_string()) fail(where() + " has no " + what);
    return at(column).get_ref<const std::string&>();
  }
};

std::string_view parent_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

std::vector<std::int64_t> shape_of(const Row& row, const json& value) {
  row.require(value.is_array(), "has no shape");
  std::vector<std::int64_t> shape;
  for (const json& extent : value) {
    row.require(extent.is_number_unsigned() &&
                    extent.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()},
                "has an extent that is not a whole number");
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

class GraphReader {
 public:
  GraphReader(const json& value, const std::vector<std::string>& tied_order) : value_(value), tied_order_(tied_order) {}

  ModuleGraph read() {
    if (!value_.is_object()) fail("it is not an object");
    graph_.class_name = text_field(value_, "class");
    graph_.module_name = text_field(value_, "module");
    graph_.config_class = text_field(value_, "config_class");
    graph_.base_model_prefix = text_field(value_, "base_model_prefix");
    graph_.library = text_field(value_, "library");
    graph_.no_split_modules = name_list(value_, "no_split_modules");
    graph_.keys_to_ignore_on_load_unexpected = name_list(value_, "keys_to_ignore_on_load_unexpected");
    graph_.keys_to_ignore_on_load_missing = name_list(value_, "keys_to_ignore_on_load_missing");
    graph_.keep_in_fp32_modules = name_list(value_, "keep_in_fp32_modules");
    graph_.keep_in_fp32_modules_strict = name_list(value_, "keep_in_fp32_modules_strict");
    graph_.no_placement_params = name_list(value_, "no_placement_params");
    graph_.gathered_no_split_modules = name_list(value_, "gathered_no_split_modules");
    graph_.refuses_device_maps = text_field(value_, "refuses_device_maps");
    graph_.built_in = dtype_of_torch_name(text_field(value_, "built_in"));
    read_ties();
    read_modules();
    read_tensors();
    read_sources();
    return std::move(graph_);
  }

 private:
  void read_ties() {
    const json* tied = field(value_, "tied_weights_keys");
    if (tied == nullptr) return;
    if (!tied->is_object()) {
      graph_.tied_patterns = name_list(value_, "tied_weights_keys");
      return;
    }
    auto& pairs = graph_.tied_weights.emplace();
    std::unordered_set<std::string_view> done;
    const auto add = [&](const std::string& target, const json& source) {
      if (!source.is_string()) fail("`tied_weights_keys` has a value that is not a string");
      if (done.insert(target).second) pairs.emplace_back(target, source.get<std::string>());
    };
    for (const std::string& target : tied_order_) {
      if (const auto found = tied->find(target); found != tied->end()) add(target, *found);
    }
    for (const auto& [target, source] : tied->items()) add(target, source);
  }

  void read_modules() {
    const json& rows = rows_of(value_, "modules");
    if (rows.empty()) fail("`modules` has no root");
    graph_.modules.reserve(rows.size());  // names stay where they are
    modules_.reserve(rows.size());
    for (const json& value : rows) {
      const Row row{"modules", graph_.modules.size(), value};
      row.require(value.is_array() && value.size() == 3, "is not [name, class, alias]");
      Module module;
      module.name = row.text(0, "name");
      module.class_name = row.text(1, "class");
      if (graph_.modules.empty()) {
        row.require(module.name.empty(), "is not the root, which comes first and is named \"\"");
      } else {
        row.require(!module.name.empty(), "has no name");
        const auto parent = modules_.find(parent_name(module.name));
        row.require(parent != modules_.end(), "comes before its parent");
        module.parent = parent->second;
      }
      if (!value[2].is_null()) {
        const auto first = modules_.find(row.text(2, "alias that is a name"));
        row.require(first != modules_.end(), "is an alias of no earlier module");
        const ModuleId object = graph_.module(first->second).alias;
        module.alias = object == ModuleId::kNone ? first->second : object;
      }
      const auto id = ModuleId{static_cast<std::uint32_t>(graph_.modules.size())};
      graph_.modules.push_back(std::move(module));
      row.require(modules_.emplace(graph_.modules.back().name, id).second, "has a name that an earlier module has");
    }
  }

  // The rows of one list as tensors, without aliases.
  std::vector<Tensor> tensor_rows(const char* list, TensorKind kind) {
    const json& rows = rows_of(value_, list);
    const std::size_t columns = kind == TensorKind::kBuffer ? 5 : 4;
    std::vector<Tensor> tensors;
    tensors.reserve(rows.size());
    for (const json& value : rows) {
      const Row row{list, tensors.size(), value};
      row.require(value.is_array() && value.size() == columns, kind == TensorKind::kBuffer
                                                                   ? "is not [name, dtype, shape, persistent, alias]"
                                                                   : "is not [name, dtype, shape, alias]");
      Tensor tensor;
      tensor.kind = kind;
      tensor.name = row.text(0, "name");
      const std::optional<Dtype> dtype = dtype_of_torch_name(row.text(1, "dtype"));
      if (!dtype)
        fail(row.where() + " has the dtype " + quoted_name(row.text(1, "dtype")) + ", which torch does not have");
      tensor.dtype = *dtype;
      tensor.shape = shape_of(row, row.at(2));
      if (kind == TensorKind::kBuffer) {
        row.require(row.at(3).is_boolean(), "does not say whether it is persistent");
        tensor.persistent = row.at(3).get<bool>();
      }
      const auto owner = modules_.find(parent_name(tensor.name));
      row.require(owner != modules_.end(), "belongs to no module");
      tensor.owner = owner->second;
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  }

  void read_tensors() {
    std::vector<Tensor> parameters = tensor_rows("parameters", TensorKind::kParameter);
    std::vector<Tensor> buffers = tensor_rows("buffers", TensorKind::kBuffer);
    // Module by module, parameters first: count, then put each where it belongs.
    for (const auto* tensors : {&parameters, &buffers}) {
      for (const Tensor& tensor : *tensors) ++graph_.modules[index(tensor.owner)].tensor_count;
    }
    std::uint32_t next = 0;
    std::vector<std::uint32_t> free;
    for (Module& module : graph_.modules) {
      module.first_tensor = next;
      free.push_back(next);
      next += module.tensor_count;
    }
    graph_.tensors.resize(next);
    const auto put = [&](std::vector<Tensor>& tensors, std::vector<TensorId>& places) {
      for (Tensor& tensor : tensors) {
        const std::uint32_t place = free[index(tensor.owner)]++;
        places.push_back(TensorId{place});
        graph_.tensors[place] = std::move(tensor);
      }
    };
    put(parameters, parameters_);
    put(buffers, buffers_);
    read_aliases("parameters", 3, parameters_);
    read_aliases("buffers", 4, buffers_);
  }

  void read_aliases(const char* list, std::size_t column, const std::vector<TensorId>& places) {
    const json& rows = rows_of(value_, list);
    std::unordered_map<std::string_view, TensorId> earlier;
    earlier.reserve(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      Tensor& tensor = graph_.tensors[index(places[i])];
      const Row row{list, i, rows[i]};
      if (!row.at(column).is_null()) {
        const auto first = earlier.find(row.text(column, "alias that is a name"));
        row.require(first != earlier.end(), "is an alias of no earlier row");
        const TensorId object = graph_.tensor(first->second).alias;
        tensor.alias = object == TensorId::kNone ? first->second : object;
        row.require(index(tensor.alias) < index(places[i]), "is an alias of a row that torch would list later");
      }
      row.require(earlier.emplace(tensor.name, places[i]).second, "has a name that an earlier row has");
    }
  }

  Span span_of(const json& value) const {
    if (value.is_null()) return {};
    if (!value.is_array() || value.size() != 5) fail("`spans` has an entry that is neither null nor five numbers");
    std::uint32_t numbers[5] = {};
    for (std::size_t i = 0; i < 5; ++i) {
      if (!value[i].is_number_unsigned() || value[i].get<std::uint64_t>() >= 0xffffffff)
        fail("`spans` has a position that is not a number");
      numbers[i] = value[i].get<std::uint32_t>();
    }
    if (numbers[0] >= graph_.sources.files.size()) fail("`spans` names a file that it does not list");
    return {FileId{numbers[0]}, numbers[1], numbers[2], numbers[3], numbers[4]};
  }

  template <typename Set>
  static void read_list(const json& object, const char* name, std::size_t rows, Set&& set) {
    const json& list = rows_of(object, name);
    if (list.empty()) return;
    if (list.size() != rows) fail(std::string("`") + name + "` has not one entry a row");
    for (std::size_t i = 0; i < rows; ++i) set(i, list[i]);
  }

  void read_sources() {
    if (const json* spans = field(value_, "spans")) {
      if (!spans->is_object()) fail("`spans` is not an object");
      for (const json& file : rows_of(*spans, "files")) {
        if (!file.is_string()) fail("`files` has an entry that is not a path");
        graph_.sources.files.push_back({file.get<std::string>(), "", {}, false});
      }
      read_list(*spans, "modules", graph_.modules.size(),
                [&](std::size_t i, const json& v) { graph_.modules[i].registered = span_of(v); });
      read_list(*spans, "classes", graph_.modules.size(),
                [&](std::size_t i, const json& v) { graph_.modules[i].class_span = span_of(v); });
      read_list(*spans, "parameters", parameters_.size(),
                [&](std::size_t i, const json& v) { graph_.tensors[index(parameters_[i])].registered = span_of(v); });
      read_list(*spans, "buffers", buffers_.size(),
                [&](std::size_t i, const json& v) { graph_.tensors[index(buffers_[i])].registered = span_of(v); });
    }
    for (const json& part : rows_of(value_, "partial")) {
      if (!part.is_object()) fail("`partial` has an entry that is not an object");
      const json* where = field(part, "where");
      graph_.partial.push_back({text_field(part, "what"), where == nullptr ? Span{} : span_of(*where)});
    }
    read_list(value_, "rebuild", buffers_.size(), [&](std::size_t i, const json& v) {
      Rebuild& rebuild = graph_.tensors[index(buffers_[i])].rebuild;
      if (v == "unset")
        rebuild = Rebuild::kUnset;
      else if (v == "written")
        rebuild = Rebuild::kWritten;
      else if (!v.is_null())
        fail("`rebuild` has an entry that is none of null, \"unset\" and \"written\"");
    });
    read_list(value_, "initial", buffers_.size(), [&](std::size_t i, const json& v) {
      if (!v.is_null()) graph_.tensors[index(buffers_[i])].initial_value = numbers_of(v);
    });
  }

  static std::vector<double> numbers_of(const json& value) {
    if (!value.is_array()) fail("`initial` has an entry that is neither null nor a list");
    std::vector<double> numbers;
    for (const json& number : value) {
      if (number.is_number())
        numbers.push_back(number.get<double>());
      else if (number == "inf")
        numbers.push_back(HUGE_VAL);
      else if (number == "-inf")
        numbers.push_back(-HUGE_VAL);
      else if (number == "nan")
        numbers.push_back(NAN);
      else
        fail("`initial` has a value that is not a number");
    }
    return numbers;
  }

  const json& value_;
  const std::vector<std::string>& tied_order_;
  ModuleGraph graph_;
  std::unordered_map<std::string_view, ModuleId> modules_;  // by the names in graph_
  std::vector<TensorId> parameters_, buffers_;              // where the rows of the two lists went
};

}  // namespace

namespace {

// Throws what nlohmann throws.
GraphJson parsed_json(std::string_view text) {
  GraphJson parsed;
  // nlohmann's objects are sorted; the order of the ties is taken down while they are read.
  int tied_depth = 0;
  const auto watch = [&](int depth, json::parse_event_t event, const json& value) {
    if (event != json::parse_event_t::key) return true;
    if (depth < tied_depth) tied_depth = 0;
    if (depth == tied_depth) {
      parsed.tied_order.push_back(value.get<std::string>());
    } else if (depth <= 2 && tied_depth == 0 && value == "tied_weights_keys") {
      tied_depth = depth + 1;
    }
    return true;
  };
  parsed.value = json::parse(text.begin(), text.end(), watch);
  return parsed;
}

}  // namespace

Result<GraphJson> parse_graph_json(std::string_view text, const std::string& shown) {
  try {
    return parsed_json(text);
  } catch (const json::parse_error& error) {
    // Python writes what is no JSON: Infinity and NaN, in configs above all.
    try {
      return parsed_json(json_without_infinities(text));
    } catch (const json::exception&) {  // the first error has the right place
    }
    return Error{quoted_name(shown) + " is not JSON: reading it stops at byte " + std::to_string(error.byte)};
  } catch (const json::exception&) {
    return Error{quoted_name(shown) + " has a number that is too large"};
  }
}

Result<ModuleGraph> module_graph_of(const json& value, const std::vector<std::string>& tied_order,
                                    const std::string& shown) {
  try {
    return GraphReader(value, tied_order).read();
  } catch (const Malformed& malformed) {
    return Error{quoted_name(shown) + " is not a module graph: " + malformed.what};
  }
}

Result<ModuleGraph> parse_module_graph(std::string_view text, const std::string& shown) {
  Result<GraphJson> parsed = parse_graph_json(text, shown);
  if (!parsed) return parsed.error();
  return module_graph_of(parsed->value, parsed->tied_order, shown);
}

Result<ModuleGraph> read_module_graph(const std::string& path) {
  Result<RegularFile> file = RegularFile::open(path);
  if (!file) return file.error();
  if (file->size() > kMostGraphBytes) return Error{quoted_name(path) + " is too large for a module graph"};
  Result<std::string> bytes = file->read(0, file->size());
  if (!bytes) return bytes.error();
  if (!is_gzip(*bytes)) return parse_module_graph(*bytes, path);
  Result<std::string> text = inflate_gzip(*bytes, path, kMostGraphBytes);
  if (!text) return text.error();
  return parse_module_graph(*text, path);
}

}  // namespace ckptlint
