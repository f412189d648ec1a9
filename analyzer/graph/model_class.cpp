// Resolves `architectures`, `model_type` and `auto_map` to a class and its config object, as
// AutoConfig.from_pretrained and its tables do.
#include "graph/model_class.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "graph/asking.h"
#include "graph/diffusers_class.h"
#include "graph/stand_ins.h"

namespace ckptlint {
namespace {

using python::Dict;
using python::Interpreter;
using python::Kind;
using python::Str;
using python::Value;

Value entry(Interpreter& in, const Value& dict, std::string_view key) {
  if (!dict.is(Kind::kDict)) return {};
  Value* found = python::dict_find(dict.as<Dict>(), in.intern(key));
  return found == nullptr ? Value{} : *found;
}

std::string text_of(const Value& value) {
  return value.is(Kind::kStr) ? std::string(value.as<Str>()->view()) : std::string();
}

Result<Value> read_config(Interpreter& in, const GraphRequest& request) {
  if (!request.repo) return Error{"there is no model repo"};
  Result<std::string> text = request.repo->read("config.json");
  if (!text) return Error{fmt::format("no config: {}", text.error().message)};
  const Answer<Value> config = attempt([&] { return in.call(in.import_name("json", "loads"), {in.string(*text)}); });
  if (const python::PyRaise* raised = config.raised())
    return Error{fmt::format("config.json is not valid JSON: {}", printable(in.describe(*raised)))};
  if (!config->is(Kind::kDict)) return Error{"config.json is not a JSON object"};
  return *config;
}

// The class of a reference of auto_map ("file.Class", "owner/repo--file.Class"), looked for in this repo; kMissing
// where it names code that is not there.
Value repo_class(RemoteCode& code, std::string reference) {
  const std::size_t dashes = reference.find("--");
  if (dashes != std::string::npos) reference = reference.substr(dashes + 2);
  return code.class_of(reference);
}

struct Reference {
  std::string auto_class;  // the key of auto_map
  std::string text;
};

bool is_of_auto_model(const Reference& each) { return each.auto_class == "AutoModel"; }

// The references of auto_map under a key that is a name or a list of names; empty entries are left out.
std::vector<Reference> references(const Value& auto_map) {
  std::vector<Reference> out;
  if (!auto_map.is(Kind::kDict)) return out;
  for (const Dict::Entry& each : auto_map.as<Dict>()->entries) {
    if (each.key.missing()) continue;
    if (each.value.is(Kind::kList)) {
      for (const Value& one : each.value.as<python::List>()->items) {
        if (one.is(Kind::kStr)) out.push_back({text_of(each.key), text_of(one)});
      }
    } else if (each.value.is(Kind::kStr)) {
      out.push_back({text_of(each.key), text_of(each.value)});
    }
  }
  return out;
}

std::string last_part(const std::string& dotted) {
  return dotted.substr(dotted.rfind('.') == std::string::npos ? 0 : dotted.rfind('.') + 1);
}

// Floats that JSON cannot write are tagged in the file, where the release has that.
Value with_floats(Interpreter& in, const Value& config_class, const Value& config) {
  Value decode;
  return in.find_attribute(config_class, in.intern("_decode_special_floats"), decode) ? in.call(decode, {config})
                                                                                      : config;
}

// As PreTrainedConfig reads a file.
Value config_from(Interpreter& in, const Value& config_class, const Value& config) {
  return in.call(in.attribute(config_class, in.intern("from_dict")), {with_floats(in, config_class, config)});
}

// As SomeModel.from_pretrained reads the file, which asks its own config_class, and AutoConfig a class of `auto_map`:
// of a composite config the library's from_pretrained takes the part that is of that class, and the class may have its
// own.
Value config_for(Interpreter& in, const RemoteCode& code, const Value& config_class, const Value& config) {
  python::Class* reader =
      config_class.is(Kind::kClass) ? owner_of(in, config_class.as<python::Class>(), "get_config_dict") : nullptr;
  if (reader == nullptr) return config_from(in, config_class, config);
  const Value read = with_floats(in, config_class, config);
  StandIns file(in);
  python::Dict* options = in.dict();
  python::dict_set(in.arena, options, in.intern("name_or_path"), in.string(code.path()));
  file.answer(Value::of(reader), "get_config_dict", in.tuple({read, Value::of(options)}));
  return in.call_method(config_class, in.intern("from_pretrained"), {in.string(code.path())});
}

// A logger that makes its messages and keeps none of them.
constexpr const char* kLogger = R"(
class Logger:
    def __getattr__(self, name):
        return lambda *arguments, **options: None
)";

// The library says in its log what config it has read, and prints the whole of it for that: what the code of a repo
// raises there is raised whether or not anyone reads the log.
void log_config(Interpreter& in, const GraphRequest& request, const Value& config_class) {
  const SourceFile* file = in.sources.find(config_class.as<python::Class>()->span.file);
  if (file == nullptr || !file->in_model_repo) return;
  constexpr const char* kModule = "_logger_of_messages";
  in.embedded_module(kModule, kLogger);
  const Value logger = in.call(in.import_name(kModule, "Logger"), {});
  const NotesTakenBack notes(in);
  const std::size_t absent = in.absent_packages.size();
  const Answer<Value> printed = attempt([&] {
    StandIns stand_ins(in);
    stand_ins.value(Value::of(in.import_module("transformers.configuration_utils")), "logger", logger);
    return config_from(in, config_class, *read_config(in, request));
  });
  const python::PyRaise* raised = printed.raised();
  if (raised != nullptr && !notes.any() && !raised->exception.unknown()) throw *raised;
  in.absent_packages.resize(absent);
}

// `code` is null where AutoConfig reads the file for a class of the library, which it asks for from_dict alone.
Value make_config(Interpreter& in, const GraphRequest& request, const Value& config_class, ConfigMaking& making,
                  const RemoteCode* code = nullptr) {
  making = {config_class, ConfigMaking::Step::kMade};
  const Value read = *read_config(in, request);
  const Value config =
      code == nullptr ? config_from(in, config_class, read) : config_for(in, *code, config_class, read);
  making.step = ConfigMaking::Step::kPrinted;
  if (config_class.is(Kind::kClass)) log_config(in, request, config_class);
  making.step = ConfigMaking::Step::kElse;
  return config;
}

// from_auto_class: what AutoModel.from_pretrained tells a class from `auto_map`, under whose key there.
void register_for_auto_class(Interpreter& in, const Value& type, std::string_view auto_class) {
  Value method;
  if (!type.is(Kind::kClass) || !in.find_attribute(type, in.intern("register_for_auto_class"), method)) return;
  const NotesTakenBack notes(in);
  (void)attempt([&] { return in.call(method, {in.string(auto_class)}); });
}

Result<Value> library_config_class(Interpreter& in, const Value& config) {
  std::string model_type = text_of(entry(in, config, "model_type"));
  if (model_type.empty()) return Error{"config.json has no `model_type`, and no `auto_map` with code that is there"};
  Value mapping = in.import_name("transformers.models.auto.configuration_auto", "CONFIG_MAPPING");
  if (mapping.unknown()) return Error{"transformers' table of config classes could not be evaluated"};
  const Answer<Value> found = attempt([&] { return in.item(mapping, in.string(model_type)); });
  if (found) return *found;
  return Error{fmt::format("model type {}{}", quoted_name(model_type), kUnknownModelType)};
}

// As AutoConfig.from_pretrained ends, in the first of its sentences.
[[noreturn]] void raise_unknown_type(Interpreter& in, const Value& config, ConfigMaking& making) {
  making = {Value{}, ConfigMaking::Step::kMade};
  in.raise_value_error(
      fmt::format("The checkpoint you are trying to load has model type `{}` but Transformers does not recognize this "
                  "architecture",
                  text_of(entry(in, config, "model_type"))));
}

// The class that the library's table for base models gives a config without `architectures`.
Value class_of_config(Interpreter& in, const Value& config) {
  Value mapping = in.import_name("transformers.models.auto.modeling_auto", "MODEL_MAPPING");
  Value found = in.item(mapping, Value::of(in.type_of(config)));
  if (found.is(Kind::kTuple) && found.as<python::Tuple>()->count > 0) return found.as<python::Tuple>()->items[0];
  return found;
}

// A class given as "module:Class", of the repo or of a library.
struct ExplicitClass {
  Value type;
  bool in_repo = false;
};

Result<ExplicitClass> explicit_class(Interpreter& in, const GraphRequest& request, RemoteCode& code,
                                     bool of_diffusers) {
  const std::string& reference = request.class_name;
  std::size_t colon = reference.find(':');
  std::string module = reference.substr(0, colon), name = reference.substr(colon + 1);
  constexpr std::string_view kDynamic = "transformers_modules.";
  ExplicitClass found;
  found.in_repo = module.substr(0, kDynamic.size()) == kDynamic || request.repo->is_file(module + ".py");
  const std::size_t absent = in.absent_packages.size();
  const std::string in_its_file = last_part(module) + "." + name;
  found.type = !found.in_repo ? in.import_name(module, name)
               : of_diffusers ? code.diffusers_class_of(in_its_file)
                              : code.class_of(in_its_file);
  // What a library looks for when it is imported decides nothing about the model.
  if (module.starts_with(kDiffusers)) in.absent_packages.resize(absent);
  if (!found.type.is(Kind::kClass)) return Error{fmt::format("{} is not a class", quoted_name(reference))};
  return found;
}

// Some code writes `from transformers import AutoConfig as MyConfig` and names that.
bool makes_configs(Interpreter& in, const Value& type) {
  Value method;
  return type.is(Kind::kClass) && in.find_attribute(type, in.intern("from_dict"), method);
}

// The class that `auto_map` gives config.json, where its code is there and makes configs; else kMissing.
Value own_config_class(Interpreter& in, RemoteCode& code, const Value& auto_map) {
  const std::string reference = auto_map.is(Kind::kDict) ? text_of(entry(in, auto_map, "AutoConfig")) : "";
  if (reference.empty()) return {};
  const Value found = repo_class(code, reference);
  return makes_configs(in, found) ? found : Value{};
}

// The class of a config.json to which `auto_map` gives none: what the model's class says; else what the library has for
// the model type.
Result<Value> other_config_class(Interpreter& in, const Value& config, const Value& type) {
  Value own;
  if (type.is(Kind::kClass) && in.find_attribute(type, in.intern("config_class"), own) && makes_configs(in, own))
    return own;
  return library_config_class(in, config);
}

// A class of transformers or of a package beside it; kMissing where there is none of the name.
Value library_class(Interpreter& in, const std::string& name) {
  Value found;
  if (in.find_attribute(Value::of(in.import_module("transformers")), in.intern(name), found)) return found;
  return in.class_of_packages(in.intern(name));
}

// What an Auto class calls from_pretrained of, and with which config.
constexpr const char* kChosen = R"(
@classmethod
def from_pretrained(cls, *arguments, config=None, **options):
    return cls, config
)";

// AutoModelFor....from_pretrained, up to where it loads: the class that its table has for the config, which gets the
// part of a composite config that it is for.
Result<ModelClass> chosen_by(Interpreter& in, const RemoteCode& code, const Value& auto_class, const Value& config,
                             bool trust = true) {
  constexpr const char* kModule = "_chosen_by_auto_class";
  in.embedded_module(kModule, kChosen);
  StandIns loader(in);
  loader.value(in.import_name("transformers.modeling_utils", "PreTrainedModel"), "from_pretrained",
               in.import_name(kModule, "from_pretrained"));
  const Value chosen = in.call(in.attribute(auto_class, in.intern("from_pretrained")), {in.string(code.path())},
                               {{in.intern("config"), config}, {in.intern("trust_remote_code"), Value::of(trust)}});
  if (!chosen.is(Kind::kTuple) || chosen.as<python::Tuple>()->count != 2)
    return Error{
        fmt::format("which class {} takes could not be followed",
                    quoted_name(auto_class.is(Kind::kClass) ? auto_class.as<python::Class>()->name->view() : "it"))};
  return ModelClass{chosen.as<python::Tuple>()->items[0], chosen.as<python::Tuple>()->items[1], ""};
}

// A class that was asked for by name, with the config that its from_pretrained gives it.
Result<ModelClass> asked_for(Interpreter& in, const GraphRequest& request, RemoteCode& code, const Value& config,
                             const Value& type, bool in_repo, ConfigMaking& making) {
  Value table;
  const bool chooses = in.find_attribute(type, in.intern("_model_mapping"), table) && !table.is_none();
  Value config_class = in_repo || chooses ? own_config_class(in, code, entry(in, config, "auto_map")) : Value{};
  const bool own = !config_class.missing();
  if (!own) {
    Result<Value> other = other_config_class(in, config, chooses ? Value{} : type);
    if (!other) return other.error();
    config_class = *other;
  }
  if (chooses) return chosen_by(in, code, type, make_config(in, request, config_class, making, own ? &code : nullptr));
  return ModelClass{type, make_config(in, request, config_class, making, &code), ""};
}

// As AutoConfig and the Auto class that `auto_map` names end for those who do not trust the code: all of it is the
// library's own.
Result<ModelClass> untrusting(Interpreter& in, const GraphRequest& request, const RemoteCode& code,
                              const std::string& auto_class, ConfigMaking& making) {
  making = {Value{}, ConfigMaking::Step::kMade};
  const Value config_class = in.import_name("transformers.configuration_utils", "PretrainedConfig");
  StandIns file(in);
  file.answer(config_class, "get_config_dict",
              in.tuple({with_floats(in, config_class, *read_config(in, request)), Value::of(in.dict())}));
  const Value config = in.call_method(in.import_name("transformers", "AutoConfig"), in.intern("from_pretrained"),
                                      {in.string(code.path())});
  making.step = ConfigMaking::Step::kElse;
  return chosen_by(in, code, in.import_name("transformers", auto_class), config, false);
}

}  // namespace

Result<ModelClass> find_model_class(Interpreter& in, const GraphRequest& request, RemoteCode& code,
                                    ConfigMaking& making) {
  Result<Value> config = read_config(in, request);
  if (!config) return config.error();
  if (request.class_name.find(':') != std::string::npos) {
    Result<ExplicitClass> given = explicit_class(in, request, code, is_diffusers_config(in, *config));
    if (!given) return given.error();
    if (is_diffusers_class(in, given->type)) return ModelClass{given->type, *config, "from_config"};
    return asked_for(in, request, code, *config, given->type, given->in_repo, making);
  }

  const Value auto_map = entry(in, *config, "auto_map");
  if (is_diffusers_config(in, *config)) {
    const std::string own = auto_map.is(Kind::kDict) ? text_of(entry(in, auto_map, "AutoModel")) : "";
    const Value type = request.class_name.empty() && !own.empty() ? code.diffusers_class_of(own) : Value{};
    if (is_diffusers_class(in, type)) return ModelClass{type, *config, "from_config"};
    return find_diffusers_class(in, request, *config);
  }

  std::string name = request.class_name;
  if (name.empty()) {
    Value architectures = entry(in, *config, "architectures");
    if (architectures.is(Kind::kList) && !architectures.as<python::List>()->items.empty())
      name = text_of(architectures.as<python::List>()->items[0]);
  }
  std::vector<Reference> own = references(auto_map);
  if (name.empty()) {  // then the repo's own code is what AutoModel takes
    std::erase_if(own, [](const Reference& each) { return !is_of_auto_model(each); });
  } else {
    std::erase_if(own, [&](const Reference& each) {
      return last_part(each.text) != name && each.auto_class != request.class_name;
    });
  }
  // `architectures` may name a class of the code that no Auto class leads to, as what the model is within another.
  if (const std::vector<Reference> all = references(auto_map);
      request.class_name.empty() && !name.empty() && own.empty() && !all.empty() && library_class(in, name).missing()) {
    own = all;
    const bool has_base = std::any_of(own.begin(), own.end(), is_of_auto_model);
    std::erase_if(own, [&](const Reference& each) {
      return has_base ? !is_of_auto_model(each) : !each.auto_class.starts_with("AutoModel");
    });
  }
  if (!request.class_name.empty() && own.empty()) {
    const Value named = library_class(in, name);
    if (!named.missing()) return asked_for(in, request, code, *config, named, false, making);
  }

  if (request.without_code)
    return untrusting(in, request, code, own.empty() ? "AutoModel" : own.front().auto_class, making);

  // The library makes the config before it looks for the model.
  ModelClass found;
  const Value own_config = own_config_class(in, code, auto_map);
  if (!own_config.missing()) found.config = make_config(in, request, own_config, making, &code);
  std::string auto_class;  // under which `auto_map` names the class
  for (const Reference& reference : own) {
    if (!found.type.missing()) break;
    found.type = repo_class(code, reference.text);
    auto_class = reference.auto_class;
  }
  // A class that is asked for by its own name is not loaded through an Auto class.
  const bool by_auto_class = request.class_name.empty() || request.class_name == auto_class;
  if (by_auto_class) register_for_auto_class(in, found.type, auto_class);
  if (own_config.missing()) {
    // AutoConfig does not ask the model's class, however `auto_map` names that.
    const bool of_table = by_auto_class && !found.type.missing() && !text_of(entry(in, *config, "model_type")).empty();
    Result<Value> type = of_table ? library_config_class(in, *config) : other_config_class(in, *config, found.type);
    if (!type && of_table) raise_unknown_type(in, *config, making);
    if (!type) return type.error();
    found.config = make_config(in, request, *type, making);
  }
  if (!found.type.missing()) {
    // A type that the library has itself keeps its own class in the tables.
    if (!own_config.missing() && by_auto_class && !library_config_class(in, *config).ok())
      code.register_for(auto_class, Value::of(in.type_of(found.config)), found.type);
    return found;
  }
  if (name.empty()) {
    const Answer<Value> base_class = attempt([&] { return class_of_config(in, found.config); });
    if (!base_class) return Error{"config.json names no class in `architectures`; say which with --class"};
    found.type = *base_class;
  } else {
    found.type = library_class(in, name);
  }
  if (!found.type.is(Kind::kClass))
    return Error{fmt::format("class {} is neither in the repo's code nor in the library", quoted_name(name))};
  return found;
}

namespace {

constexpr std::size_t kMostFields = 3;
constexpr std::size_t kLongestValue = 60;

// The dict at `path` in `config`, whose last name is left out of it.
bool erase_at(Interpreter& in, const Value& config, const std::vector<std::string>& path) {
  Value at = config;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) at = entry(in, at, path[i]);
  return at.is(Kind::kDict) && python::dict_erase(at.as<Dict>(), Value::of(in.intern(path.back())));
}

std::vector<std::string> keys_of(const Value& dict) {
  std::vector<std::string> keys;
  if (!dict.is(Kind::kDict)) return keys;
  for (const Dict::Entry& each : dict.as<Dict>()->entries) {
    if (each.key.is(Kind::kStr)) keys.push_back(text_of(each.key));
  }
  return keys;
}

// What is tried to be left out: not what says which class it is.
bool is_setting(const std::string& key) {
  return key != "model_type" && key != "architectures" && key != "auto_map" && key != "transformers_version";
}

class FieldSearch {
 public:
  FieldSearch(Interpreter& in, const GraphRequest& request, const Value& type)
      : in_(in), request_(request), type_(type) {}

  // Fields of the dict at `path` without which the config can be made.
  void below(const std::vector<std::string>& path) {
    for (const std::string& key : keys_of(at(path))) {
      if (found.size() == kMostFields || !is_setting(key)) continue;
      std::vector<std::string> field = path;
      field.push_back(key);
      if (!made_without(field)) continue;
      const std::size_t before = found.size();
      if (path.empty() && at(field).is(Kind::kDict)) below(field);
      if (found.size() == before) add(field);
    }
  }

  std::vector<ConfigField> found;

 private:
  Value at(const std::vector<std::string>& path) {
    Value value = *read_config(in_, request_);
    for (const std::string& key : path) value = entry(in_, value, key);
    return value;
  }

  bool made_without(const std::vector<std::string>& field) {
    const NotesTakenBack notes(in_);
    const Value config = *read_config(in_, request_);
    if (!erase_at(in_, config, field)) return false;
    const Known<bool> made =
        within_limits(in_, [&] { return bool(attempt([&] { config_from(in_, type_, config); })); });
    return made && *made;
  }

  void add(const std::vector<std::string>& field) {
    std::string path;
    for (const std::string& key : field) path += (path.empty() ? "" : ".") + key;
    std::string value = in_.str(in_.call(in_.import_name("json", "dumps"), {at(field)}));
    if (value.size() > kLongestValue) value = value.substr(0, kLongestValue) + "...";
    found.push_back({std::move(path), std::move(value)});
  }

  Interpreter& in_;
  const GraphRequest& request_;
  const Value& type_;
};

}  // namespace

std::vector<ConfigField> fields_that_raise(Interpreter& in, const GraphRequest& request, const Value& type) {
  if (type.missing()) return {};
  FieldSearch search(in, request, type);
  (void)attempt([&] { search.below({}); });
  return std::move(search.found);
}

}  // namespace ckptlint
