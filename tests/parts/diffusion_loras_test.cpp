// What diffusers 0.42.1 made of small files of LoRA weights, by load_lora_weights (tests/record/diffusers_loras.py).
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "model_repo.h"
#include "parts/diffusion_lora.h"
#include "recorded_rows.h"
#include "release_wheels.h"
#include "side_by_side.h"

namespace ckptlint {
namespace {

using nlohmann::json;
using Named = std::map<std::string, std::string>;

std::set<std::string> names_of(const std::string& folded) {
  std::set<std::string> names;
  std::istringstream words(folded);
  for (std::string word; words >> word;) {
    for (std::string& name : test::expanded_names(word)) names.insert(std::move(name));
  }
  return names;
}

// By name, what is said of groups of names.
Named by_name(const json& groups) {
  Named all;
  for (const auto& [what, names] : groups.items()) {
    for (const std::string& name : names_of(names)) all[name] += what;
  }
  return all;
}

// A pipeline with the mixin and nothing but the model and text encoders.
void write_base(const json& row, const json& configs, const test::ScratchFolder& folder) {
  static const std::map<std::string, std::string> pipelines{
      {"StableDiffusionLoraLoaderMixin", "StableDiffusionPipeline"},
      {"StableDiffusionXLLoraLoaderMixin", "StableDiffusionXLPipeline"},
      {"FluxLoraLoaderMixin", "FluxPipeline"},
      {"WanLoraLoaderMixin", "WanPipeline"},
      {"SD3LoraLoaderMixin", "StableDiffusion3Pipeline"},
      {"CogVideoXLoraLoaderMixin", "CogVideoXPipeline"},
      {"LTXVideoLoraLoaderMixin", "LTXPipeline"},
      {"HunyuanVideoLoraLoaderMixin", "HunyuanVideoPipeline"},
      {"Lumina2LoraLoaderMixin", "Lumina2Pipeline"},
      {"SanaLoraLoaderMixin", "SanaPipeline"},
      {"QwenImageLoraLoaderMixin", "QwenImagePipeline"},
      {"CogView4LoraLoaderMixin", "CogView4Pipeline"},
      {"Mochi1LoraLoaderMixin", "MochiPipeline"},
      {"AuraFlowLoraLoaderMixin", "AuraFlowPipeline"},
  };
  const std::string model = row["model"];
  const std::string part = model.starts_with("UNet") ? "unet" : "transformer";
  json index{{"_class_name", pipelines.at(row["mixin"])}, {"_diffusers_version", "0.42.1"}};
  for (const char* other : {"vae", "tokenizer", "tokenizer_2", "tokenizer_3", "text_encoder_3", "scheduler",
                            "safety_checker", "feature_extractor", "image_encoder", "transformer_2"})
    index[other] = {nullptr, nullptr};
  if (part == "unet") {  // older releases build these pipelines with these alone
    index["scheduler"] = {"diffusers", "DDIMScheduler"};
    folder.write("scheduler/scheduler_config.json", "{}");
    index["vae"] = {"diffusers", "AutoencoderKL"};
    folder.write("vae/config.json",
                 configs.at(configs.contains("AutoencoderKL:") ? "AutoencoderKL:" : "AutoencoderKL").dump());
  }
  index[part] = {"diffusers", model.substr(0, model.find(':'))};
  const json encoder{{"architectures", {"CLIPTextModel"}},
                     {"model_type", "clip_text_model"},
                     {"hidden_size", 32},
                     {"intermediate_size", 37},
                     {"num_hidden_layers", 2},
                     {"num_attention_heads", 4},
                     {"vocab_size", 1000}};
  for (const char* name : {"text_encoder", "text_encoder_2"}) {
    index[name] = {"transformers", "CLIPTextModel"};
    folder.write(fmt::format("{}/config.json", name), encoder.dump());
  }
  folder.write("model_index.json", index.dump());
  folder.write(part + "/config.json", configs.at(model).dump());
}

// Alphas are 4, the other tensors zero.
void write_lora(const json& row, const test::ScratchFolder& folder) {
  std::string text;
  for (const auto& [kind, names] : row["tensors"].items()) {
    for (const std::string& name : names_of(names))
      text += name + " " + kind + (name.ends_with(".alpha") ? " = 4\n" : "\n");
  }
  test::write_sparse_checkpoint(text, folder.path(row["file"]), row.value("metadata", json::object()));
}

std::string kind_of(const ConvertedTensor& tensor) {
  static const std::map<std::string, std::string> types{{"float32", "F32"}, {"float16", "F16"}, {"bfloat16", "BF16"}};
  return fmt::format("{} [{}]", types.at(tensor.dtype), fmt::join(tensor.shape, ", "));
}

std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

// How many pairs only one of the two has, with the first; or nothing.
std::string apart(const char* what, const Named& ours, const Named& theirs) {
  std::size_t more = 0, fewer = 0;
  std::string first;
  const auto count = [&](const Named& of, const Named& others, std::size_t& number) {
    for (const auto& [name, value] : of) {
      const auto other = others.find(name);
      if (other != others.end() && other->second == value) continue;
      if (first.empty()) first = name + " " + value;
      ++number;
    }
  };
  count(ours, theirs, more);
  count(theirs, ours, fewer);
  return more + fewer == 0 ? "" : fmt::format("{}: {} only here, {} only there: {}; ", what, more, fewer, first);
}

Named plain(const std::set<std::string>& names) {
  Named all;
  for (const std::string& name : names) all[name];
  return all;
}

std::string difference_of_converted(const DiffusionLora& lora, const json& want) {
  if (want.contains("error")) {
    if (lora.is_converted) return "it is converted; ";
    return type_of(lora.load.raises) == type_of(want["error"]) ? "" : "converting raises " + lora.load.raises;
  }
  if (!lora.is_converted) return "not converted: " + lora.load.raises;
  Named keys, alphas, wanted_alphas;
  for (const ConvertedTensor& each : lora.converted) keys[each.name] = kind_of(each);
  for (const auto& [name, alpha] : lora.alphas) alphas[name] = fmt::format("{}", alpha);
  const json wanted = want.value("alphas", json::object());
  for (const auto& [name, alpha] : wanted.items()) wanted_alphas[name] = fmt::format("{}", alpha.get<double>());
  const json metadata = lora.metadata.empty() ? json() : json::parse(lora.metadata);
  return apart("converted", keys, by_name(want["keys"])) + apart("alphas", alphas, wanted_alphas) +
         (metadata == want.value("metadata", json()) ? "" : "other metadata " + lora.metadata);
}

std::string difference_of_loaded(const DiffusionLora& lora, const json& want) {
  if (want.contains("error"))
    return type_of(lora.load.raises) == type_of(want["error"]) ? "" : "no such error, but " + lora.load.raises;
  if (!lora.load.raises.empty()) return "raises " + lora.load.raises;
  Named layers, wanted_layers;
  for (const AdaptedModule& each : lora.layers)
    layers[each.component + ":" + each.module] += fmt::format("{} {:g}", each.rank, each.alpha);
  for (const auto& [component, groups] : want["layers"].items()) {
    for (const auto& [module, numbers] : by_name(groups)) wanted_layers[component + ":" + module] = numbers;
  }
  return apart("unexpected", plain({lora.unexpected.begin(), lora.unexpected.end()}),
               plain(names_of(want["unexpected"]))) +
         apart("missing", plain({lora.missing.begin(), lora.missing.end()}), plain(names_of(want["missing"]))) +
         apart("layers", layers, wanted_layers);
}

std::string difference_of_dropped(const DiffusionLora& lora, const json& want) {
  return apart("dropped", plain({lora.dropped.begin(), lora.dropped.end()}), plain(names_of(want)));
}

// The folders of a row; not on several threads, as what is checked on the way is counted.
struct Folders {
  test::ScratchFolder base, lora;
};

std::unique_ptr<Folders> folders_of(const json& row, const json& configs) {
  auto folders = std::make_unique<Folders>();
  write_base(row, configs, folders->base);
  write_lora(row, folders->lora);
  return folders;
}

// What is made of the file on what lies at `base`.
Known<DiffusionLora> lora_on(const std::string& base, const json& row, const Folders& folders,
                             const std::vector<SourceTree>& sources) {
  Result<FileTreePtr> repo = open_folder(base), files = open_folder(folders.lora.path());
  if (!repo.ok() || !files.ok()) return Unknown{"no folder"};
  GraphRequest request;
  request.repo = *repo;
  request.sources = sources;
  return diffusion_lora_of(request, *files, row["file"]);
}

// What is wrong with our answer, or nothing.
std::string difference(const json& row, const Folders& folders, const std::vector<SourceTree>& sources) {
  const Known<DiffusionLora> lora = lora_on(folders.base.path(), row, folders, sources);
  if (!lora) return "not known: " + lora.unknown().why;
  if (!lora->base.raises.empty()) return "the base raises " + lora->base.raises + lora->base.place;
  return difference_of_converted(*lora, row["converted"]) + difference_of_loaded(*lora, row["loaded"]) +
         difference_of_dropped(*lora, row.value("dropped", ""));
}

// The same of the model without a pipeline.
std::string difference_alone(const json& row, const Folders& folders, const std::vector<SourceTree>& sources) {
  const std::string part = row["model"].get<std::string>().starts_with("UNet") ? "unet" : "transformer";
  const Known<DiffusionLora> lora = lora_on(folders.base.path(part), row, folders, sources);
  if (!lora) return "alone: not known: " + lora.unknown().why;
  if (!lora->base.raises.empty()) return "the model raises " + lora->base.raises + lora->base.place;
  json want = row["alone"];
  if (want.contains("layers")) want["layers"] = json{{"", want["layers"]}};
  const std::string different = difference_of_loaded(*lora, want);
  return different.empty() ? "" : "alone: " + different;
}

// What is left apart, by the beginnings of the case and of the difference, and why.
struct LeftApart {
  const char *mixin, *spelling, *difference, *why;
};
constexpr LeftApart kLeftApart[] = {
    {"StableDiffusionLoraLoaderMixin", "sgm", "converted: ",
     "lora_state_dict was recorded with unet_config, which this mixin's load_lora_weights does not give"},
};

bool is_left_apart(const json& row, const std::string& difference) {
  for (const LeftApart& each : kLeftApart) {
    if (row["mixin"].get<std::string>().starts_with(each.mixin) &&
        row["case"].get<std::string>().starts_with(each.spelling) && difference.starts_with(each.difference))
      return true;
  }
  return false;
}

// One row of `part_of`: all of them take long.
void check_release(const std::string& version, const std::string& transformers, const std::string& peft_version,
                   std::size_t part_of) {
  std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  const std::string peft = test::wheel_of_release(peft_version, "peft");
  if (sources.empty() || peft.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " or that of peft " << peft_version << " is not there");
    return;
  }
  Result<FileTreePtr> tree = open_zip(peft);
  REQUIRE(tree);
  sources.push_back({*tree, "", "", false, false, needs_of(**tree, "peft")});
  const json configs = json::parse(test::fixture_text("diffusers/small_configs-" + version + ".json"));
  std::vector<json> rows = test::recorded_rows("diffusers/loras-" + version + ".jsonl.gz");
  std::erase_if(rows, [](const json& row) { return !row.contains("loaded"); });  // of models that are large
  REQUIRE(rows.size() > 100);
  if (part_of > 1) {
    std::vector<json> some;
    for (std::size_t i = 0; i < rows.size(); i += part_of) some.push_back(std::move(rows[i]));
    rows = std::move(some);
  }
  std::vector<std::unique_ptr<Folders>> folders;
  for (const json& row : rows) folders.push_back(folders_of(row, configs));
  std::vector<std::string> differences(rows.size()), alone(rows.size());
  test::side_by_side(rows.size(), [&](std::size_t i) {
    differences[i] = difference(rows[i], *folders[i], sources);
    if (rows[i].contains("alone")) alone[i] = difference_alone(rows[i], *folders[i], sources);
  });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(version << ", row " << i << ": " << rows[i]["model"] << " " << rows[i]["case"]);
    if (!is_left_apart(rows[i], differences[i])) CHECK(differences[i] == "");
    CHECK(alone[i] == "");
  }
}

TEST_CASE("Files of LoRA weights are converted and loaded as diffusers 0.42.1 does it") {
  check_release("0.42.1", "5.23.0", "0.21.2", std::getenv("CKPTLINT_WHEELS") == nullptr ? 2 : 1);
}

TEST_CASE("Files of LoRA weights are converted and loaded as diffusers 0.36.0 does it") {
  check_release("0.36.0", "4.57.6", "0.18.1", std::getenv("CKPTLINT_WHEELS") == nullptr ? 5 : 1);
}
TEST_CASE("Files of LoRA weights are converted and loaded as diffusers 0.31.0 does it") {
  check_release("0.31.0", "4.57.6", "0.18.1", 1);
}

}  // namespace
}  // namespace ckptlint
