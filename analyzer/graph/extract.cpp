// Walks the evaluated model as torch's named_modules does, and writes its modules, tensors, aliases and class
// attributes down as rows.
#include "graph/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "graph/asking.h"
#include "graph/first_rows.h"
#include "graph/model_walk.h"
#include "library/torch/registered_at.h"
#include "library/torch/state.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Kind;
using python::ModuleInstance;
using python::Str;
using python::Value;

constexpr std::size_t kMaxModuleDepth = 200;
constexpr std::size_t kMaxRows = 20'000'000;

class Extraction : public ModelVisitor {
 public:
  Extraction(Interpreter& in, ModuleGraph& graph) : in_(in), graph_(graph) {
    const python::torch::State& torch = *in.torch;
    graph.modules.reserve(std::min<std::size_t>(torch.modules_registered + 1, kMaxRows));
    graph.tensors.reserve(std::min<std::size_t>(torch.tensors_registered, kMaxRows));
  }

  void enter(ModuleInstance* module, const Dict::Entry* entry) {
    if (open_.size() > kMaxModuleDepth || graph_.modules.size() > kMaxRows) throw python::BudgetExceeded{"depth"};
    in_.step();
    const auto id = static_cast<ModuleId>(graph_.modules.size());
    const ModuleId parent = open_.empty() ? ModuleId::kNone : open_.back().module;
    open_.push_back({id, entry != nullptr ? descend(entry->key.as<Str>()) : 0});
    Module& row = graph_.modules.emplace_back();
    row.name = path_;
    row.class_name = module->type->name->view();
    row.parent = parent;
    if (entry != nullptr) row.registered = python::torch::registered_at(in_, *entry).latest;
    row.class_span = module->type->span;
    const auto first = static_cast<ModuleId>(modules_.add(module, index(id)));
    if (first != id) row.alias = first;
    row.first_tensor = static_cast<std::uint32_t>(graph_.tensors.size());
    if (module->type->has_unknown_base)
      in_.note_partial(fmt::format("{} has a base class that is not known", row.class_name));
    if (first == id) note_unknown_attributes(module, row);
  }

  void tensor(ModuleInstance* module, const Dict::Entry& entry, TensorKind kind) {
    const ModuleId owner = open_.back().module;
    ++graph_.modules[index(owner)].tensor_count;
    Str* key = entry.key.as<Str>();
    auto id = static_cast<TensorId>(graph_.tensors.size());
    Tensor& row = graph_.tensors.emplace_back();
    const std::size_t above = descend(key);
    row.name = path_;
    path_.resize(above);
    row.kind = kind;
    row.owner = owner;
    const python::torch::RegisteredAt at = python::torch::registered_at(in_, entry);
    row.registered = at.latest;
    if (!(at.first == at.latest)) replaced_.emplace(id, at.first);
    if (kind == TensorKind::kBuffer && module->non_persistent != nullptr) {
      row.persistent = python::dict_find(module->non_persistent->items, key) == nullptr;
    }
    if (!entry.value.is(Kind::kTensor)) {
      note_unknown(row.name, entry.value, kind == TensorKind::kParameter ? "parameter" : "buffer");
      return;
    }
    python::Tensor* tensor = entry.value.as<python::Tensor>();
    const auto first =
        static_cast<TensorId>((kind == TensorKind::kParameter ? parameters_ : buffers_).add(tensor, index(id)));
    if (first != id) {
      row.alias = first;
      name_tie(id);
      name_tie(first);
    }
    row.dtype = tensor->dtype;
    if (tensor->shape_known) {
      row.shape.assign(tensor->shape, tensor->shape + tensor->rank);
    } else {
      in_.notes.push_back({fmt::format("the shape of {} is not known", row.name), row.registered});
    }
    add_initial_value(tensor, row);
  }

  void no_module(ModuleInstance*, const Dict::Entry& entry) {
    const std::size_t above = descend(entry.key.as<Str>());
    note_unknown(path_, entry.value, "module");
    path_.resize(above);
  }

  void leave(ModuleInstance*) {
    path_.resize(open_.back().length);
    open_.pop_back();
  }

 private:
  // A module that the walk is in or below.
  struct Open {
    ModuleId module;
    std::size_t length;  // of the path to what is above it
  };

  // Adds a name to the path; gives the length to cut it back to.
  std::size_t descend(const Str* name) {
    const std::size_t above = path_.size();
    if (above != 0) path_ += '.';
    path_ += name->view();
    return above;
  }

  // An attribute that came out of unknown code may be a module, which torch would have registered.
  void note_unknown_attributes(const ModuleInstance* module, const Module& row) {
    if (module->attributes == nullptr) return;
    for (const Dict::Entry& entry : module->attributes->entries) {
      if (entry.key.missing() || !may_be_module(entry.value)) continue;
      const std::size_t before = in_.notes.size();
      note_unknown(in_.str(entry.key) + " of a " + row.class_name, entry.value, "attribute");
      const auto repeats = [&](const Interpreter::Note& note) {
        return note.what == in_.notes.back().what && note.where == in_.notes.back().where;
      };
      if (std::any_of(in_.notes.begin(), in_.notes.begin() + static_cast<std::ptrdiff_t>(before), repeats))
        in_.notes.pop_back();
    }
  }

  static bool may_be_module(const Value& value) {
    if (value.unknown()) return value.as<python::Unknown>()->returned;
    if (!value.is(Kind::kInstance)) return false;
    const python::Class* type = value.as<python::Instance>()->type;
    return type->has_unknown_base && type->layout != python::Layout::kModule;
  }

  void note_unknown(const std::string& name, const Value& value, const char* kind) {
    std::string origin =
        value.unknown() ? std::string(value.as<python::Unknown>()->origin->view()) : in_.type_name(value);
    Span where = value.unknown() ? value.as<python::Unknown>()->where : Span{};
    in_.notes.push_back({fmt::format("the {} {} is {}", kind, name, origin), where});
  }

  // What a tie put in place of a parameter is found where the name comes from, not where the library ties.
  void name_tie(TensorId id) {
    const auto found = replaced_.find(id);
    if (found != replaced_.end()) graph_.tensors[index(id)].registered = found->second;
  }

  void add_initial_value(const python::Tensor* tensor, Tensor& row) const {
    constexpr std::int64_t kMaxElements = 4096;
    if (row.kind != TensorKind::kBuffer || !tensor->shape_known) return;
    std::int64_t count = 1;
    for (std::int64_t extent : row.shape) {
      if (extent < 0 || count > kMaxElements) return;
      count *= extent;
    }
    if (count > kMaxElements) return;
    if (tensor->contents != nullptr) {
      row.initial_value.emplace(tensor->contents, tensor->contents + count);
    } else if (tensor->filled) {
      row.initial_value.emplace(static_cast<std::size_t>(count), tensor->fill);
    }
  }

  Interpreter& in_;
  ModuleGraph& graph_;
  std::string path_;
  std::vector<Open> open_;
  FirstRows modules_, parameters_, buffers_;
  std::unordered_map<TensorId, Span> replaced_;  // where parameters that were replaced were registered at first
};

// An attribute of the model; kMissing where it is absent or None.
Value fact(Interpreter& in, const Value& model, std::string_view name) {
  Value value;
  if (!in.find_attribute(model, in.intern(name), value) || value.is_none()) return {};
  if (value.unknown()) {
    in.note_partial(fmt::format("{} is {}", name, value.as<python::Unknown>()->origin->view()));
    return {};
  }
  return value;
}

NameList names_of(Interpreter& in, const Value& value) {
  if (value.missing()) return std::nullopt;
  std::vector<std::string> names;
  if (value.is(Kind::kStr)) {  // sorted("abc") is what the recorder says of a bare string
    for (char c : value.as<Str>()->view()) names.emplace_back(1, c);
  } else {
    for (const Value& each : in.collect(value)->items) names.push_back(in.str(each));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A class may say what it ties where its config then does not.
void add_tieable(Interpreter& in, const Value& model, ModuleGraph& graph) {
  const Value declared = fact(in, model, "_tied_weights_keys");
  if (!declared.is(Kind::kDict)) return;
  for (const Dict::Entry& entry : declared.as<Dict>()->entries) {
    if (entry.key.is(Kind::kStr) && entry.value.is(Kind::kStr))
      graph.tieable.emplace_back(in.str(entry.key), in.str(entry.value));
  }
}

void add_ties(Interpreter& in, const Value& model, ModuleGraph& graph) {
  add_tieable(in, model, graph);
  Value tied = fact(in, model, "all_tied_weights_keys");
  if (tied.missing()) tied = fact(in, model, "_tied_weights_keys");
  if (tied.missing()) return;
  if (!tied.is(Kind::kDict)) {
    graph.tied_patterns = names_of(in, tied);
    return;
  }
  graph.tied_weights.emplace();
  for (const Dict::Entry& entry : tied.as<Dict>()->entries) {
    if (!entry.key.missing()) graph.tied_weights->emplace_back(in.str(entry.key), in.str(entry.value));
  }
  std::sort(graph.tied_weights->begin(), graph.tied_weights->end());
}

// Asks the model for what it keeps whole, as transformers does before 5.1.
void add_gathered_classes(Interpreter& in, const Value& model, ModuleGraph& graph) {
  python::Str* const method = in.intern("_get_no_split_modules");
  Value found;
  if (!in.find_attribute(model, method, found) || found.unknown()) return;
  const Answer<NameList> classes = attempt([&]() -> NameList {
    const Value given = in.call_method(model, method, {in.string("auto")});
    return given.unknown() ? std::nullopt : names_of(in, given);
  });
  if (const python::PyRaise* raised = classes.raised())
    graph.refuses_device_maps = in.describe(*raised);
  else
    graph.gathered_no_split_modules = *classes;
}

}  // namespace

ModuleGraph extract_graph(Interpreter& in, const Value& model) {
  ModuleGraph graph;
  ModuleInstance* root = model.as<ModuleInstance>();
  graph.class_name = std::string(root->type->name->view());
  Extraction extraction(in, graph);
  walk_model(root, extraction);
  graph.no_split_modules = names_of(in, fact(in, model, "_no_split_modules"));
  graph.keys_to_ignore_on_load_unexpected = names_of(in, fact(in, model, "_keys_to_ignore_on_load_unexpected"));
  graph.keys_to_ignore_on_load_missing = names_of(in, fact(in, model, "_keys_to_ignore_on_load_missing"));
  graph.keep_in_fp32_modules = names_of(in, fact(in, model, "_keep_in_fp32_modules"));
  graph.keep_in_fp32_modules_strict = names_of(in, fact(in, model, "_keep_in_fp32_modules_strict"));
  graph.no_placement_params = names_of(in, fact(in, model, "_no_placement_params"));
  add_gathered_classes(in, model, graph);
  add_ties(in, model, graph);
  Value prefix = fact(in, model, "base_model_prefix");
  if (!prefix.missing()) graph.base_model_prefix = in.str(prefix);
  graph.module_name = root->type->module != nullptr ? std::string(root->type->module->name->view()) : "";
  return graph;
}

}  // namespace ckptlint
