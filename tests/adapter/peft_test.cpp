// What PeftModel.from_pretrained of the real PEFT reported (tests/record/adapters.py made the cases).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "adapter/contradictions.h"
#include "adapter/peft_loading.h"
#include "catch.h"
#include "ckptlint/rule.h"
#include "golden.h"
#include "graph/asking.h"
#include "graph/build.h"
#include "graph/evaluated_model.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

Checkpoint checkpoint_of(const Json& tensors) {
  Checkpoint checkpoint;
  for (const auto& [name, shape] : tensors.items()) {
    const auto text = std::make_shared<const std::string>(name);
    checkpoint.texts.push_back(text);
    StoredTensor stored;
    stored.name = *text;
    stored.dtype = Dtype::kFloat32;
    stored.first_extent = static_cast<std::uint32_t>(checkpoint.extents.size());
    stored.rank = static_cast<std::uint32_t>(shape.size());
    for (const Json& extent : shape) checkpoint.extents.push_back(extent.get<std::int64_t>());
    checkpoint.tensors.push_back(stored);
  }
  return checkpoint;
}

// PEFT names a tensor by the adapter, too.
std::string without_adapter(std::string name) {
  for (std::size_t at; (at = name.find(".default")) != std::string::npos;) name.erase(at, 8);
  return name;
}

std::set<std::string> names_of(const Json& list) {
  std::set<std::string> names;
  for (const Json& each : list) names.insert(without_adapter(each.get<std::string>()));
  return names;
}

std::string kind_of(const std::string& raised) { return raised.substr(0, raised.find(':')); }

// What PEFT leaves out, without what is no loss: by its new name.
std::set<std::string> left_out(const Json& theirs, const Checkpoint& stored, bool is_prompt) {
  std::set<std::string> names = names_of(theirs.value("unexpected", Json::array()));
  // The prompt encoder takes them by name afterwards.
  for (const char* prompt : {"prompt_embeddings", "prefix_task_cols", "prefix_task_rows"}) {
    if (is_prompt) names.erase(prompt);
  }
  // Copies beside what is saved whole, which PEFT stores with `bias="all"` and passes over.
  const auto is_stored = [&](const std::string& name) {
    return std::any_of(stored.tensors.begin(), stored.tensors.end(),
                       [&](const auto& each) { return each.name == name; });
  };
  const auto is_copy = [&](std::string name) {
    constexpr std::string_view kTwice = ".modules_to_save.";
    for (const std::string_view kind : {".modules_to_save.", ".original_module."}) {
      const std::size_t at = name.rfind(kind);
      if (at == std::string::npos) continue;
      // Old releases have the new name of what they leave out, with one in front.
      if (at + 1 >= kTwice.size() && name.compare(at + 1 - kTwice.size(), kTwice.size(), kTwice) == 0)
        name.erase(at + 1 - kTwice.size(), kTwice.size() - 1);
      const std::size_t begin = name.rfind(kind);
      return is_stored(name) && is_stored(name.substr(0, begin) + "." + name.substr(begin + kind.size()));
    }
    return false;
  };
  std::erase_if(names, is_copy);
  return names;
}

// What differs between our report of a load and PEFT's, or nothing.
std::string difference(const AdapterLoad& ours, const Json& theirs, const Checkpoint& stored, bool is_prompt) {
  const std::string raises = theirs.value("raises", "");
  if (kind_of(ours.raises) != kind_of(raises)) return fmt::format("raises {:?}", ours.raises);
  if (!raises.empty()) return "";
  std::set<std::string> missing, unexpected, mismatched;
  for (const std::string& name : ours.missing) missing.insert(without_adapter(name));
  for (const std::uint32_t i : ours.recomputed) unexpected.insert(std::string(stored.tensors[i].name));
  for (const std::uint32_t i : ours.unmatched) unexpected.insert(std::string(stored.tensors[i].name));
  for (const std::string& name : ours.unmatched_made) unexpected.insert(without_adapter(name));
  for (const AdapterMismatch& each : ours.mismatched) mismatched.insert(without_adapter(each.name));
  const std::set<std::string> sizes = names_of(theirs.value("mismatched", Json::array()));
  if (mismatched.size() != sizes.size()) return fmt::format("of other sizes: {}", Json(mismatched).dump());
  if (!mismatched.empty()) return "";  // where sizes differ, the library reports nothing else
  if (missing != names_of(theirs.value("missing", Json::array())))
    return fmt::format("missing: {}", Json(missing).dump());
  // Of what it leaves out, PEFT has the new name.
  if (unexpected.size() != left_out(theirs, stored, is_prompt).size())
    return fmt::format("unexpected: {}", Json(unexpected).dump());
  return "";
}

bool is_sound(const Json& theirs, const Checkpoint& stored, bool is_prompt) {
  return !theirs.contains("raises") && !theirs.contains("missing") && !theirs.contains("mismatched") &&
         left_out(theirs, stored, is_prompt).empty();
}

// What is wrong with the findings about an adapter as PEFT saved it, or nothing.
std::string false_findings(const Checkpoint& stored, const Json& config, const Adapter& made, const Json& load,
                           bool is_prompt) {
  Model model;
  model.checkpoint = stored;
  model.adapter = made;
  model.adapter_config = contradictions_of(stored, config);
  constexpr Facts kKnown = Facts::kCheckpoint | Facts::kAdapter | Facts::kAdapterConfig;
  Findings findings;
  for (const Rule* rule : rules()) {
    if (rule->family == Family::kAdapters && has_all(kKnown, rule->needs)) rule->check(model, findings);
  }
  const auto theirs = load.find("auto");
  const bool sound = is_sound(load["own"], stored, is_prompt) ||
                     (theirs != load.end() && theirs->contains("class") && !theirs->value("same", false) &&
                      is_sound(*theirs, stored, is_prompt));
  std::string wrong;
  for (const Finding& finding : findings) {
    if ((sound || !made.load.recomputed.empty()) && finding.severity != Severity::kInfo) wrong += finding.message;
  }
  return findings.empty() && !sound ? "nothing is said" : wrong;
}

// With the members of `change` in place of its own; null takes one away.
Json changed(Json object, const Json& change) {
  for (const auto& [name, value] : change.items()) {
    if (value.is_null())
      object.erase(name);
    else
      object[name] = value;
  }
  return object;
}

bool is_prompt_type(const Json& config) {
  static const std::set<std::string> prompts{"PROMPT_TUNING",           "PREFIX_TUNING", "P_TUNING",
                                             "MULTITASK_PROMPT_TUNING", "CARTRIDGE",     "CPT"};
  return prompts.contains(config.value("peft_type", ""));
}

// An adapter, one of its loads, and what differs.
struct Load {
  const Json* adapter;
  const Json* load;
  std::string difference;
  MixedAdapters mixed{};
  bool unknown = false;
  bool recomputed = false;       // nothing but buffers that its layers make themselves is left out
  std::string false_findings{};  // of an adapter as it was saved
};

// The loads of one base, by a model that is built once in a while: importing PEFT takes most of the time.
class Bases {
 public:
  Bases(const std::string& config, const std::vector<SourceTree>& sources) {
    request_.repo = in_memory_tree({{"config.json", config}});
    request_.sources = sources;
    request_.initialization = false;
  }

  void compare(Load& load) {
    constexpr int kLoadsOfOne = 20;
    if (used_++ % kLoadsOfOne == 0) {
      Result<BuiltGraph> built = build_graph(request_);
      REQUIRE(built);
      built_ = std::make_unique<BuiltGraph>(std::move(*built));
      model_ = built_->evaluated->model;
    }
    EvaluatedModel& evaluated = *built_->evaluated;
    REQUIRE_FALSE(stopped_by([&] {
      python::Interpreter& in = *evaluated.interpreter;
      evaluated.model = in.call(in.import_name("copy", "deepcopy"), {model_});
    }));
    const Json config = changed((*load.adapter)["config"], load.load->value("config", Json::object()));
    const Json tensors = changed((*load.adapter)["tensors"], load.load->value("tensors", Json::object()));
    const Checkpoint stored = checkpoint_of(tensors);
    const Known<Adapter> made = load_with_peft(stored, config, load.mixed, evaluated, built_->graph);
    if (!made) {
      load.difference = made.unknown().why;
      load.unknown = true;
      return;
    }
    std::vector<const AdapterLoad*> ours{&made->load};
    for (const AdapterLoad& other : made->others) ours.push_back(&other);
    load.recomputed = !made->load.recomputed.empty() && made->load.is_sound();
    if ((*load.load)["change"] == "none")
      load.false_findings = false_findings(stored, config, *made, *load.load, is_prompt_type(config));
    const AdapterLoad* own = nullptr;
    const AdapterLoad* by_auto = nullptr;
    for (const AdapterLoad* each : ours) {
      if (each->by.empty()) own = each;
      if (each->by.starts_with("AutoPeftModelFor") && each->by.find(' ') == std::string::npos) by_auto = each;
    }
    const bool is_prompt = is_prompt_type(config);
    load.difference = difference(*own, (*load.load)["own"], stored, is_prompt);
    const auto theirs = load.load->find("auto");
    if (!load.difference.empty() || theirs == load.load->end()) return;
    // Where the Auto class has none for the model, there is nothing that we could load it on.
    if (theirs->value("raises", "").starts_with("ValueError: Unrecognized configuration class")) return;
    if (by_auto == nullptr) by_auto = own;  // of the same class
    load.difference =
        difference(*by_auto, theirs->value("same", false) ? (*load.load)["own"] : *theirs, stored, is_prompt);
    const std::string type = theirs->value("class", "");
    if (load.difference.empty() && !type.empty() && type != by_auto->base_class)
      load.difference = "of class " + by_auto->base_class;
    if (!load.difference.empty()) load.difference = "by task: " + load.difference;
  }

 private:
  GraphRequest request_;
  std::unique_ptr<BuiltGraph> built_;
  python::Value model_ = python::Value::none();
  int used_ = 0;
};

std::vector<SourceTree> opened(const std::vector<std::string>& wheels) {
  std::vector<SourceTree> sources;
  for (const std::string& wheel : wheels) {
    const Result<std::vector<SourceTree>> trees = open_source(CKPTLINT_THIRD_PARTY_DIR "/" + wheel);
    REQUIRE(trees);
    for (SourceTree tree : *trees) {
      tree.own = false;
      sources.push_back(tree);
    }
  }
  return sources;
}

// X-LoRA: what is mixed lies in folders beside (tests/record/mixed_adapters.py).
void check_mixed(const std::string& peft, const std::string& transformers) {
  Bases bases(test::fixture_text("upstream/adapter_bases/llama/config.json"),
              opened({"transformers-" + transformers + "-py3-none-any.whl", "peft-" + peft + "-py3-none-any.whl"}));
  std::istringstream lines(test::fixture_text("upstream/peft-" + peft + "/mixed.jsonl"));
  std::size_t all = 0;
  for (std::string line; std::getline(lines, line); ++all) {
    const Json row = Json::parse(line);
    Load load{&row, &row, "", {}};
    for (const auto& [path, adapter] : row["mixed"].items())
      load.mixed.emplace(path, SavedAdapter{adapter["config"], checkpoint_of(adapter["tensors"])});
    bases.compare(load);
    INFO(row["change"] << ": " << row["own"].dump());
    CHECK(load.difference == "");
    CHECK(load.false_findings == "");
  }
  CHECK(all >= 36);
}

TEST_CASE("X-LoRA adapters are loaded as peft 0.21.2 loads them") { check_mixed("0.21.2", "5.23.0"); }
TEST_CASE("X-LoRA adapters are loaded as peft 0.18.1 loads them") { check_mixed("0.18.1", "4.57.6"); }

// `remade`: how many of the saved adapters have tensors that PEFT leaves out and makes anew, by the names that it
// reports.
void check_release(const std::string& peft, const std::string& transformers, std::size_t remade) {
  const std::vector<SourceTree> sources =
      opened({"transformers-" + transformers + "-py3-none-any.whl", "peft-" + peft + "-py3-none-any.whl"});
  std::vector<Json> rows;
  std::istringstream lines(test::fixture_text("upstream/peft-" + peft + "/loads.jsonl"));
  for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
  std::map<std::string, std::vector<Load>> by_base;
  for (const Json& row : rows) {
    for (const Json& load : row["loads"]) by_base[row["base"]].push_back({&row, &load, ""});
  }
  std::size_t all = 0, unknown = 0, recomputed = 0;
  for (auto& [name, loads] : by_base) {
    const std::string config = test::fixture_text("upstream/adapter_bases/" + name + "/config.json");
    const auto work = [&, &loads = loads](std::size_t first) {
      Bases bases(config, sources);
      for (std::size_t i = first; i < loads.size(); i += 2) bases.compare(loads[i]);
    };
    std::thread other(work, 1);
    work(0);
    other.join();
    for (const Load& load : loads) {
      ++all;
      unknown += load.unknown ? 1 : 0;
      if (load.unknown) continue;
      recomputed += load.recomputed && load.load->at("change") == "none" ? 1 : 0;
      // Its reason is in the row.
      if (load.load->contains("differs")) {
        CHECK(load.difference != "");
        continue;
      }
      INFO(name << ", " << load.adapter->at("config").dump() << ", " << load.load->dump());
      CHECK(load.difference == "");
      CHECK(load.false_findings == "");
    }
  }
  INFO(unknown << " of " << all << " are not known");
  CHECK(unknown * 100 < all);
  CHECK(recomputed == remade);
}

TEST_CASE("Adapters are loaded as peft 0.21.2 loads them") { check_release("0.21.2", "5.23.0", 0); }
TEST_CASE("Adapters are loaded as peft 0.18.1 loads them") { check_release("0.18.1", "4.57.6", 4); }
TEST_CASE("Adapters are loaded as peft 0.12.0 loads them") { check_release("0.12.0", "4.57.6", 12); }

}  // namespace
}  // namespace ckptlint
