// What tests/record/ wrote of pipelines of diffusers.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "golden.h"
#include "graph/gzip.h"
#include "parts/diffusion_pipeline.h"

namespace ckptlint::test {

// Python writes into its JSON what is none.
constexpr const char *kInfinity = "-Infinity", *kInfinityAsText = "\"-Infinity\"";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// The rows of fixtures/diffusers/NAME.
inline std::vector<nlohmann::json> pipeline_rows(const std::string& name) {
  const Result<std::string> text = inflate_gzip(fixture_text("diffusers/" + name), name, 256u << 20);
  REQUIRE(text);
  std::vector<nlohmann::json> rows;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);)
    rows.push_back(nlohmann::json::parse(replaced(line, kInfinity, kInfinityAsText)));
  return rows;
}

// Pipelines that were recorded as they are, and their parts.
class PipelinesByName {
 public:
  explicit PipelinesByName(const std::string& version) {
    for (nlohmann::json& part : pipeline_rows("pipeline_parts-" + version + ".jsonl.gz"))
      parts_.emplace(part["name"], std::move(part));
    for (nlohmann::json& row : pipeline_rows("pipelines-" + version + ".jsonl.gz"))
      if (row["case"] == "unchanged") pipelines_.emplace(row["pipeline"], std::move(row));
  }

  // The folder of the row's pipeline with its edits, without weights; `stored`: the dtype in which it was saved.
  FileTreePtr folder_of(const nlohmann::json& row, const std::string& stored = "") const {
    const nlohmann::json& pipeline = pipelines_.at(row["pipeline"]);
    std::map<std::string, std::string> files{{"model_index.json", pipeline["index"].dump()}};
    for (const auto& [folder, name] : pipeline["parts"].items()) {
      for (const auto& [file, value] : parts_.at(name)["files"].items()) {
        nlohmann::json content = value;
        for (const nlohmann::json& edit : row.value("edits", nlohmann::json::array()))
          if (edit[0] == folder && file == "config.json") content[edit[1].get<std::string>()] = edit[2];
        // As transformers writes it.
        if (!stored.empty() && file == "config.json" && !content.contains("_class_name")) content["dtype"] = stored;
        files[folder + "/" + file] =
            content.is_string() ? content.get<std::string>() : replaced(content.dump(), kInfinityAsText, kInfinity);
      }
    }
    return in_memory_tree({files.begin(), files.end()});
  }

 private:
  std::map<std::string, nlohmann::json> parts_, pipelines_;
};

// The pipeline of a folder, made of its configs, without anything stored.
inline Known<DiffusionPipeline> made_of_configs(const FileTreePtr& folder, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.repo = folder;
  request.sources = sources;
  Known<DiffusionPipeline> pipeline = diffusion_pipeline_of(request, "{}", PipelineModels::kOfConfigs);
  if (pipeline && !pipeline->load.raises.empty()) return Unknown{"making it raises " + pipeline->load.raises};
  return pipeline;
}

}  // namespace ckptlint::test
