// Reads the renamings and converters that get_model_conversion_mapping of transformers 5.23.0 gives for a model, and
// runs WeightConverter.convert where one applies.
#include "loading/evaluated_conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/escape.h"
#include "graph/model_walk.h"
#include "library/torch/tensors.h"
#include "loading/evaluation.h"
#include "python/evaluate/sets.h"

namespace ckptlint {
namespace {

using python::Interpreter;
using python::Kind;
using python::Value;

constexpr const char* kMapping = "transformers.conversion_mapping";
constexpr const char* kCore = "transformers.core_model_loading";

std::optional<std::string> text_or_none(Evaluation& code, const Value& object, const char* name) {
  Value value;
  if (!code.in.find_attribute(object, code.in.intern(name), value) || value.is_none()) return std::nullopt;
  return code.text(value);
}

// The groups that stand for source patterns, which the library names "g0", "g1", ...
std::vector<std::pair<int, std::size_t>> branches_of(const PythonPattern& pattern, std::size_t sources) {
  std::vector<std::pair<int, std::size_t>> branches;
  for (const auto& [name, group] : pattern.names()) {
    std::size_t source = 0;
    const auto [end, failure] = std::from_chars(name.data() + 1, name.data() + name.size(), source);
    const bool is_branch = name[0] == 'g' && failure == std::errc{} && end == name.data() + name.size();
    if (!is_branch || source >= sources) throw NotFollowed{"a pattern has groups that are not its sources"};
    branches.emplace_back(group, source);
  }
  return branches;
}

// Classes may bring a rename_source_key of their own (one that counts up an index, or waits for a first key): then that
// is asked, for each key that the pattern matches.
std::function<std::optional<Renamed>(const std::string&)> own_renaming(EvaluatedModel& evaluated, const Value& object,
                                                                       const Value& usual,
                                                                       std::vector<std::string> sources) {
  Evaluation code(evaluated);
  python::Str* name = code.in.intern("rename_source_key");
  Value* found = code.in.class_lookup(code.in.type_of(object), name);
  if (found != nullptr && found->same(usual)) return {};
  return [&evaluated, object, name, sources = std::move(sources)](const std::string& key) -> std::optional<Renamed> {
    Evaluation code(evaluated);
    const std::vector<Value> pair =
        code.items(code.run([&] { return code.in.call_method(object, name, {code.in.string(key)}); }));
    if (pair.size() != 2) throw NotFollowed{"rename_source_key gives no pair"};
    if (pair[1].is_none()) return std::nullopt;
    const auto source = std::find(sources.begin(), sources.end(), code.text(pair[1]));
    if (source == sources.end()) throw NotFollowed{"rename_source_key names no source"};
    return Renamed{code.text(pair[0]), static_cast<std::size_t>(source - sources.begin())};
  };
}

Value tensors_of(Evaluation& code, const Checkpoint& checkpoint, const std::vector<Collected>& collected) {
  python::Dict* dict = code.in.dict();
  for (const Collected& each : collected) {
    python::List* list = code.in.list(each.stored.size());
    for (const std::uint32_t row : each.stored) list->items.push(code.in.arena, tensor_like(code.in, checkpoint, row));
    python::dict_set(code.in.arena, dict, code.in.string(each.pattern), Value::of(list));
  }
  return Value::of(dict);
}

Shape shape_of(const Value& given) {
  Value value = given;
  if (value.is(Kind::kList) && value.as<python::List>()->items.count > 0) value = value.as<python::List>()->items[0];
  if (!value.is(Kind::kTensor) || !value.as<python::Tensor>()->shape_known)
    throw NotFollowed{"the shape of a converted tensor is not known"};
  const auto* tensor = value.as<python::Tensor>();
  return Shape(tensor->shape, tensor->shape + tensor->rank);
}

// WeightConverter.convert, up to the full names of what it makes.
Converted run_operations(EvaluatedModel& evaluated, const Value& object, const Checkpoint& checkpoint,
                         const std::string& layer_name, const std::vector<Collected>& collected,
                         const std::vector<std::string>& layer_names) {
  Evaluation code(evaluated);
  Interpreter& in = code.in;
  // Of the keys that are still missing, those of the layer: what operations take off the list is of their own.
  python::Set* missing = in.set();
  for (const std::string& name : layer_names) python::set_add(in, missing, in.string(name));
  Value tensors = tensors_of(code, checkpoint, collected);
  const Value sources = code.attribute(object, "source_patterns");
  const Value targets = code.attribute(object, "target_patterns");
  const Value config = code.attribute(evaluated.model, "config");
  for (const Value& operation : code.items(code.attribute(object, "operations"))) {
    tensors = code.run([&] {
      return in.call(code.attribute(operation, "convert"), {tensors},
                     {{in.intern("source_patterns"), sources},
                      {in.intern("target_patterns"), targets},
                      {in.intern("full_layer_name"), in.string(layer_name)},
                      {in.intern("model"), evaluated.model},
                      {in.intern("config"), config},
                      {in.intern("missing_keys"), Value::of(missing)}});
    });
  }
  if (!tensors.is(Kind::kDict)) throw NotFollowed{"a conversion gives no dict"};
  Converted made;
  for (const python::Dict::Entry& entry : tensors.as<python::Dict>()->entries) {
    if (!entry.key.missing()) made.tensors.emplace_back(code.text(entry.key), shape_of(entry.value));
  }
  const std::vector<std::string> left = code.texts(Value::of(missing));
  for (const std::string& name : layer_names) {
    if (std::find(left.begin(), left.end(), name) == left.end()) made.set.push_back(name);
  }
  return made;
}

Transform transform_of(EvaluatedModel& evaluated, const Value& object, const Value& renaming_class,
                       const Value& usual_renaming, const Checkpoint& checkpoint) {
  Evaluation code(evaluated);
  std::vector<std::string> sources = code.texts(code.attribute(object, "source_patterns"));
  std::vector<std::string> targets = code.texts(code.attribute(object, "target_patterns"));
  const std::string regex = code.text(code.attribute(code.attribute(object, "compiled_sources"), "pattern"));
  auto pattern = PythonPattern::compile(regex);
  if (!pattern || targets.empty()) throw NotFollowed{fmt::format("the pattern {} is not modelled", quoted_name(regex))};
  Transform made{std::move(sources), std::move(targets), std::move(*pattern)};
  made.branches = branches_of(made.pattern, made.sources.size());
  made.scope_prefix = text_or_none(code, object, "scope_prefix");
  made.base_model_prefix = text_or_none(code, object, "base_model_prefix").value_or("");
  made.own_renaming = own_renaming(evaluated, object, usual_renaming, made.sources);
  if (!code.in.is_instance(object, renaming_class)) {
    made.convert = [&evaluated, &checkpoint, object](const std::string& name, const std::vector<Collected>& collected,
                                                     const std::vector<std::string>& layer_names) {
      return run_operations(evaluated, object, checkpoint, name, collected, layer_names);
    };
  }
  return made;
}

// The class of every module and the model type of its config: what conversions are looked up by.
struct ModelNames : ModelVisitor {
  explicit ModelNames(Interpreter& in) : in(in) {}

  void enter(const python::ModuleInstance* module, const python::Dict::Entry*) {
    names.emplace(module->type->name->view());
    if (module->attributes == nullptr) return;
    const Value* config = python::dict_find(module->attributes, in.intern("config"));
    Value model_type;
    if (config != nullptr && in.find_attribute(*config, in.intern("model_type"), model_type) &&
        model_type.is(Kind::kStr))
      names.emplace(model_type.as<python::Str>()->view());
  }

  Interpreter& in;
  std::set<std::string> names;
};

std::string library_path(const std::string& folder, std::string_view file) {
  return folder.empty() ? std::string(file) : fmt::format("{}/{}", folder, file);
}

}  // namespace

Value tensor_like(Interpreter& in, const Checkpoint& checkpoint, std::uint32_t row) {
  const StoredTensor& stored = checkpoint.tensors[row];
  if (stored.rank > python::torch::kMaxRank) throw NotFollowed{"a stored tensor has too many dimensions"};
  python::torch::Sizes sizes;
  for (const std::int64_t extent : checkpoint.shape(stored)) sizes.push(extent);
  return Value::of(python::torch::make_tensor(in, stored.dtype, sizes, nullptr));
}

bool has_transforms(EvaluatedModel& evaluated) {
  Interpreter& in = *evaluated.interpreter;
  FileTreePtr tree;
  std::string folder;
  const Answer<bool> is_there = attempt([&] { return in.folder_of(in.import_module("transformers"), tree, folder); });
  if (!is_there || !*is_there) return false;
  return tree->is_file(library_path(folder, "conversion_mapping.py")) &&
         tree->is_file(library_path(folder, "core_model_loading.py"));
}

bool may_have_own_transforms(EvaluatedModel& evaluated) {
  if (!evaluated.quantizer.is_none()) return true;
  Interpreter& in = *evaluated.interpreter;
  constexpr std::string_view kFile = "conversion_mapping.py";
  for (const SourceFile& file : in.sources.files) {
    if (file.path.ends_with(kFile)) return true;
  }
  FileTreePtr tree;
  std::string folder;
  if (!in.folder_of(in.import_module("transformers"), tree, folder)) return true;
  const Result<std::string> text = tree->read(library_path(folder, kFile));
  if (!text.ok()) return true;
  ModelNames model(in);
  walk_model(evaluated.model.as<python::ModuleInstance>(), model);
  return std::any_of(model.names.begin(), model.names.end(), [&](const std::string& name) {
    return text->find(fmt::format("\"{}\"", name)) != std::string::npos ||
           text->find(fmt::format("'{}'", name)) != std::string::npos;
  });
}

python::Value conversion_mapping_of(EvaluatedModel& evaluated,
                                    const std::vector<std::pair<std::string, std::string>>& key_mapping) {
  Evaluation code(evaluated);
  Value mapping = Value::none();
  if (!key_mapping.empty()) {
    python::Dict* patterns = code.in.dict();
    for (const auto& [pattern, replacement] : key_mapping)
      python::dict_set(code.in.arena, patterns, code.in.string(pattern), code.in.string(replacement));
    mapping = Value::of(patterns);
  }
  return code.run([&] {
    const Value function = code.in.import_name(kMapping, "get_model_conversion_mapping");
    if (evaluated.quantizer.is_none()) return code.in.call(function, {evaluated.model, mapping});
    return code.in.call(function, {evaluated.model, mapping, evaluated.quantizer});
  });
}

std::vector<Transform> transforms_of(EvaluatedModel& evaluated, const Checkpoint& checkpoint,
                                     const std::vector<std::pair<std::string, std::string>>& key_mapping) {
  return transforms_from(evaluated, conversion_mapping_of(evaluated, key_mapping), checkpoint);
}

std::vector<Transform> transforms_from(EvaluatedModel& evaluated, const Value& objects, const Checkpoint& checkpoint) {
  Evaluation code(evaluated);
  const Value renaming = code.in.import_name(kCore, "WeightRenaming");
  const Value usual = code.attribute(code.in.import_name(kCore, "WeightTransform"), "rename_source_key");
  std::vector<Transform> transforms;
  for (const Value& object : code.items(objects))
    transforms.push_back(transform_of(evaluated, object, renaming, usual, checkpoint));
  return transforms;
}

}  // namespace ckptlint
