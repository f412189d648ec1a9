// Goes through the files of a repo by what reads them.
#include "check/repo_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "adapter/adapter.h"
#include "base/paths.h"
#include "ckptlint/names.h"
#include "parts/diffusion_pipeline.h"

namespace ckptlint {
namespace {

constexpr std::size_t kMostFiles = 256;  // of one part

class RepoParts {
 public:
  RepoParts(const ModelInput& input, const Model& model, const SourceFiles& sources)
      : input_(input), repo_(*input.repo), model_(model), sources_(sources) {}

  std::vector<RepoPart> run() {
    if (input_.adapter)
      add_adapter();
    else if (!input_.parts_alone())
      add_model();
    add_sentence_parts();
    add_components();
    add_companions();
    add_code();
    return std::move(parts_);
  }

 private:
  template <typename Fact>
  static std::string why_not(const Fact& fact) {
    return fact ? "" : fact.unknown().why;
  }

  void add(RepoPart part) {
    std::sort(part.files.begin(), part.files.end());
    part.files.erase(std::unique(part.files.begin(), part.files.end()), part.files.end());
    parts_.push_back(std::move(part));
  }

  std::vector<std::string> there(std::initializer_list<const char*> names) const {
    std::vector<std::string> files;
    for (const char* name : names) {
      if (repo_.is_file(name)) files.emplace_back(name);
    }
    return files;
  }

  // The weights that are loaded, and what says where they are.
  std::vector<std::string> weights() const {
    std::vector<std::string> files;
    if (!model_.checkpoint) return files;
    for (const Shard& shard : model_.checkpoint->shards) {
      if (files.size() < kMostFiles) files.push_back(shard.path);
    }
    if (model_.checkpoint->index) files.push_back(model_.checkpoint->index->path);
    return files;
  }

  void add_model() {
    RepoPart part{"model", model_.graph ? model_.graph->class_name : "", "", weights(), ""};
    if (repo_.is_file("config.json")) part.files.emplace_back("config.json");
    part.not_checked = model_.failure ? why_not(model_.loading) : why_not(model_.failure);
    add(std::move(part));
  }

  void add_adapter() {
    RepoPart part{"adapter", "", "", weights(), why_not(model_.adapter)};
    part.files.emplace_back("adapter_config.json");
    add(std::move(part));
    const bool beside = input_.base == input_.repo;
    RepoPart base{"base model", model_.graph ? model_.graph->class_name : "", "", {}, ""};
    if (beside) base.files.emplace_back("config.json");
    if (input_.base != nullptr && !beside) base.with = adapter_base(repo_);
    base.not_checked = input_.base == nullptr ? input_.no_base : why_not(model_.graph);
    add(std::move(base));
  }

  void add_below(const std::string& folder, std::vector<std::string>& files, int depth) const {
    constexpr int kDeepest = 4;
    for (const std::string& name : repo_.list(folder)) {
      const std::string path = joined_path(folder, name);
      if (files.size() == kMostFiles) return;
      if (repo_.is_file(path))
        files.push_back(path);
      else if (depth < kDeepest)
        add_below(path, files, depth + 1);
    }
  }

  bool is_of_another(const std::string& path) const {
    for (const PipelinePart& each : model_.pipeline->parts) {
      if (!each.folder.empty() && path.starts_with(each.folder + "/")) return true;
    }
    return false;
  }

  // What the part in the root has to itself, where no model of transformers is there.
  std::vector<std::string> root_files() const {
    std::vector<std::string> files;
    add_below("", files, 0);
    std::erase_if(files, [&](const std::string& path) {
      const bool is_kept = path.ends_with(".json") || path.ends_with(".safetensors") || path.ends_with(".bin");
      return !is_kept || path == "modules.json" || path == "config_sentence_transformers.json" ||
             path.starts_with("tokenizer") || is_of_another(path);
    });
    return files;
  }

  void add_sentence_parts() {
    if (!input_.has_parts) return;
    if (!model_.pipeline) return add({"part", "", "modules.json", {"modules.json"}, model_.pipeline.unknown().why});
    for (const PipelinePart& each : model_.pipeline->parts) {
      const std::string& type = each.type;
      RepoPart part{"part", type.substr(type.rfind('.') + 1), "modules.json", {}, ""};  // npos + 1 is the whole
      if (!each.folder.empty() && is_plain_path(each.folder))
        add_below(each.folder, part.files, 0);
      else if (each.folder.empty() && input_.parts_alone())
        part.files = root_files();
      else if (each.folder.empty())
        part.files = there({"sentence_bert_config.json"});
      add(std::move(part));
    }
  }

  void add_components() {
    if (!input_.lora_file.empty()) return add({"adapter", "", "", {input_.lora_file}, why_not(model_.lora)});
    if (!input_.has_pipeline) return;
    if (!model_.diffusion) return add({"pipeline", "", "", {"model_index.json"}, model_.diffusion.unknown().why});
    add({"pipeline", model_.diffusion->class_name, "", {"model_index.json"}, ""});
    for (const PipelineComponent& each : model_.diffusion->components) {
      RepoPart part{"component", each.class_name, "model_index.json", {}, ""};
      if (is_plain_path(each.name)) {
        for (const std::string& folder : folders_of_component(repo_, each.name)) add_below(folder, part.files, 0);
      }
      add(std::move(part));
    }
    if (repo_.is_file(kModularList)) add({"pipeline", "", "", {kModularList}, kModularNotFollowed});
    add_weights_beside();
  }

  void add_weights_beside() {
    std::vector<std::string> beside = weights();
    if (beside.empty() || !input_.parts_alone()) return;
    add({"weights", "", "", std::move(beside),
         "the pipeline does not load them; what is said of them is of their headers"});
  }

  void add_companions() {
    std::vector<std::string> files = there({"vocab.json", "vocab.txt", "merges.txt", "special_tokens_map.json",
                                            "added_tokens.json", "spiece.model", "sentencepiece.bpe.model"});
    for (const std::string& name : repo_.list("")) {
      if ((name.starts_with("tokenizer") || name.starts_with("chat_template")) && repo_.is_file(name))
        files.push_back(name);
    }
    const Companions& made = model_.companions;
    if (!files.empty())
      add({"tokenizer", made.tokenizer ? made.tokenizer->class_name : "", "", std::move(files),
           why_not(made.tokenizer)});
    files = there({"processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json"});
    if (!files.empty())
      add({"processor", made.processor ? made.processor->class_name : "", "", std::move(files),
           why_not(made.processor)});
    files = there({"generation_config.json"});
    if (!files.empty()) add({"generation", "", "", std::move(files), why_not(made.generation)});
  }

  void add_code() {
    RepoPart part{"code", "", "", {}, ""};
    for (const SourceFile& file : sources_.files) {
      if (file.in_model_repo && file.path.ends_with(".py") && repo_.is_file(file.path)) part.files.push_back(file.path);
    }
    if (!part.files.empty()) add(std::move(part));
  }

  const ModelInput& input_;
  const FileTree& repo_;
  const Model& model_;
  const SourceFiles& sources_;
  std::vector<RepoPart> parts_;
};

}  // namespace

std::vector<RepoPart> repo_parts(const ModelInput& input, const Model& model, const SourceFiles& sources) {
  if (input.repo == nullptr || !input.entry.empty()) return {};
  return RepoParts(input, model, sources).run();
}

}  // namespace ckptlint
