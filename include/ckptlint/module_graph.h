// The module graph: what torch would have built from a config, as flat arrays named by typed ids.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckptlint/dtype.h"
#include "ckptlint/source.h"

namespace ckptlint {

enum class ModuleId : std::uint32_t { kNone = 0xffffffff };
enum class TensorId : std::uint32_t { kNone = 0xffffffff };
constexpr std::uint32_t index(ModuleId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(TensorId id) { return static_cast<std::uint32_t>(id); }

// One row of torch's named_modules(remove_duplicate=False), in that order; the root is row 0 and is named "".
struct Module {
  std::string name;                   // dotted
  std::string class_name;             // type(module).__name__
  ModuleId alias = ModuleId::kNone;   // the first row of the same module object, if this is not it
  ModuleId parent = ModuleId::kNone;  // kNone for the root
  std::uint32_t first_tensor = 0;     // its own tensors are tensors[first_tensor, first_tensor + tensor_count):
  std::uint32_t tensor_count = 0;     // parameters first, then buffers
  Span registered;                    // the assignment or call that registered it
  Span class_span;                    // `class X` of its type
};

enum class TensorKind : std::uint8_t { kParameter, kBuffer };

// What is known of a tensor's value right after construction.
enum class Rebuild : std::uint8_t {
  kUnknown,  // not evaluated
  kUnset,    // nothing writes it after a meta-device build
  kWritten,  // `_init_weights` writes it
};

// One parameter or buffer under one name.  Rows that share a tensor repeat its dtype and shape.
struct Tensor {
  std::string name;  // dotted, as in state_dict()
  TensorKind kind = TensorKind::kParameter;
  Dtype dtype = Dtype::kFloat32;
  bool persistent = true;  // parameters are
  Rebuild rebuild = Rebuild::kUnknown;
  TensorId alias = TensorId::kNone;  // the first row of the same tensor object, if this is not it (same kind)
  ModuleId owner = ModuleId::kNone;
  std::vector<std::int64_t> shape;
  Span registered;                                   // the assignment or register_* call
  std::optional<std::vector<double>> initial_value;  // row-major, while small and known

  bool is_buffer() const { return kind == TensorKind::kBuffer; }
};

// A part of the model that could not be evaluated; the graph may lack or misstate what it would have built.
struct Partial {
  std::string what;
  Span where;
};

struct Quantizer;  // ckptlint/quantizer.h

using NameList = std::optional<std::vector<std::string>>;  // sorted; absent where the attribute is None

struct ModuleGraph {
  std::string class_name;
  std::vector<Module> modules;
  std::vector<Tensor> tensors;

  NameList no_split_modules;
  NameList keys_to_ignore_on_load_unexpected;
  NameList keys_to_ignore_on_load_missing;
  NameList keep_in_fp32_modules;
  NameList keep_in_fp32_modules_strict;
  NameList no_placement_params;
  // What transformers before 5.1 keeps whole: gathered from this model and those within it when a map is asked for
  // (_get_no_split_modules).  Absent where it has no such method, or raises: then the message is the next field.
  NameList gathered_no_split_modules;
  std::string refuses_device_maps;
  // The dtype that it was built in, and is loaded in; absent where only the graph is known.
  std::optional<Dtype> built_in;
  // transformers 5: all_tied_weights_keys, {target: source}.  transformers 4: names or patterns only (tied_targets).
  std::optional<std::vector<std::pair<std::string, std::string>>> tied_weights;  // sorted by target
  NameList tied_patterns;
  // What the class would tie if its config said so: `_tied_weights_keys` where it is a dict, {target: source}, as
  // written.  Not in JSON.
  std::vector<std::pair<std::string, std::string>> tieable;
  std::string base_model_prefix;

  // The library that builds and loads it, and its release, where that is not transformers: "diffusers 0.42.1".
  std::string library;
  std::string module_name;  // where the class lives: dotted Python module
  std::string config_class;
  std::vector<Partial> partial;
  SourceFiles sources;
  // Of a model as its quantizer left it (preprocess_model), with the tensors that are loaded and placed.
  std::shared_ptr<const Quantizer> quantizer;

  const Module& module(ModuleId id) const { return modules[index(id)]; }
  const Tensor& tensor(TensorId id) const { return tensors[index(id)]; }
  // The names, in the order given.
  std::vector<std::string> names_of(const std::vector<TensorId>& ids) const {
    std::vector<std::string> names;
    names.reserve(ids.size());
    for (const TensorId id : ids) names.push_back(tensor(id).name);
    return names;
  }
};

// A value of config.json, or of the configs in it.
struct ConfigField {
  std::string path;   // dotted: "text_config.vocab_size"
  std::string value;  // as JSON, shortened
};

// The AttributeError in which a property ended, where another stands for it: an object whose class has a `__getattr__`
// is asked once more, and says that it has no such attribute.
struct HiddenError {
  std::string what;  // "AttributeError: message"; empty: there is none
  Span where;
};

// The model's own code raised an exception where the library would meet it too.
struct BuildFailure {
  std::string stage;  // a clause: "importing the model's code", "making the config", "the constructor"
  std::string what;   // "ValueError: message"
  Span where;
  std::vector<std::string> absent_packages;  // asked for by the code and taken as absent
  // Where it is the config that cannot be made: without any one of these it could be; and the given releases of
  // transformers that make it as it is.
  std::vector<ConfigField> fields{};
  std::vector<std::string> accepted_by{};
  HiddenError hides{};
};

// An entry that code of the repo makes in a table of the library, and that the library does not find there.
struct IgnoredEntry {
  std::string table;  // "CONFIG_MAPPING"
  std::string key;    // as Python prints it, or the name of a class
  std::string call;   // that makes an entry which is found
  Span where;
};

// The exception in which from_pretrained ends once there is a model, whatever values are stored.
struct LoadFailure {
  std::string stage;  // when: "at the end of loading", ...
  std::string what;   // "ValueError: message"
  Span where;
  HiddenError hides{};
  bool after_weights = true;  // false: before they are read
};

}  // namespace ckptlint
