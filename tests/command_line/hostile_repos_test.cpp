// Repos that are made to hold a reader up: each ends in a clear sentence, within a second of processor time.
#include <fmt/format.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "command_line/run.h"
#include "model_repo.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;
using test::ScratchFolder;

constexpr const char* kConfig =
    R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 16, "hidden_size": 8, )"
    R"("intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2})";
constexpr const char* kFast = R"({"tokenizer_class": "PreTrainedTokenizerFast"})";

double seconds_of_children() {
  rusage used{};
  REQUIRE(getrusage(RUSAGE_CHILDREN, &used) == 0);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// What `check` says of a folder.  The program itself is asked: what of it stands in headers is not optimised here.
std::string report_on(const std::string& path) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr double kMostSeconds = 60;
#else
  constexpr double kMostSeconds = 1;
#endif
  const double begin = seconds_of_children();
  std::string report = test::run("check '" + path + "' --source " + test::transformers_wheel("5.23.0")).out;
  CHECK(seconds_of_children() - begin < kMostSeconds);
  return report;
}

void write_adapter(const ScratchFolder& folder, const std::string& name, const Json& changes) {
  Json config = {{"peft_type", "LORA"}, {"task_type", "CAUSAL_LM"}, {"r", 2}, {"lora_alpha", 2}};
  config["base_model_name_or_path"] = folder.path("base");
  config["target_modules"] = {"q_proj"};
  config.update(changes);
  folder.write(name + "/adapter_config.json", config.dump());
  test::write_sparse_checkpoint(
      "base_model.model.model.layers.{0..1}.self_attn.q_proj.lora_A.weight F32 [2, 8]\n"
      "base_model.model.model.layers.{0..1}.self_attn.q_proj.lora_B.weight F32 [8, 2]\n",
      folder.path(name + "/adapter_model.safetensors"));
}

std::string report_on_adapter(const Json& changes) {
  const ScratchFolder folder;
  folder.write("base/config.json", kConfig);
  write_adapter(folder, "adapter", changes);
  return report_on(folder.path("adapter"));
}

std::string report_on_tokenizer(const std::string& tokenizer, const std::string& config) {
  const ScratchFolder folder;
  folder.write("config.json", kConfig);
  folder.write("tokenizer.json", tokenizer);
  folder.write("tokenizer_config.json", config);
  return report_on(folder.path());
}

bool says(const std::string& report, const std::string& sentence) {
  UNSCOPED_INFO(report.substr(0, 2000));
  return report.find(sentence) != std::string::npos;
}

Json names(const std::string& front, int count) {
  Json list = Json::array();
  for (int i = 0; i < count; ++i) list.push_back(fmt::format("{}{}", front, i));
  return list;
}

Json patterns(const std::string& pattern, int count) {
  Json mapping = Json::object();
  for (int i = 0; i < count; ++i) mapping[fmt::format("{}x{}", pattern, i)] = 4;
  return mapping;
}

}  // namespace

TEST_CASE("Tokenizers of 100 MB end in a sentence within a second") {
  const std::string large = "`tokenizer.json` cannot be read, or has more than 40 MiB";
  std::string vocab = R"({"model": {"type": "WordLevel", "unk_token": null, "vocab": {)";
  while (vocab.size() < 100'000'000)
    vocab += fmt::format("{}\"token{:012}\": {}", vocab.back() == '{' ? "" : ", ", vocab.size(), 1);
  CHECK(says(report_on_tokenizer(vocab + "}}}", kFast), large));
  CHECK(says(report_on_tokenizer(std::string(100'000'000, 'x'), kFast), large));
  CHECK(says(report_on_tokenizer(std::string(100'000'000, '['), kFast), large));
  const Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                       {"chat_template", std::string(100'000'000, 'x')}};
  CHECK(says(
      report_on_tokenizer(R"({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": null}})", config.dump()),
      "`tokenizer_config.json` cannot be read, or has more than 8 MiB"));
}

TEST_CASE("Objects with tens of thousands of names are read within a second") {
  std::string names = "{";
  for (int i = 1; i <= 30'000; ++i) names += fmt::format(R"({}"<t{}>": {})", i == 1 ? "" : ", ", i, i);
  const ScratchFolder folder;
  const std::string config = kConfig;
  folder.write("config.json", config.substr(0, config.size() - 1) + R"(, "names": )" + names + "}}");
  folder.write("tokenizer.json", R"({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": null}})");
  folder.write("tokenizer_config.json", kFast);
  folder.write("added_tokens.json", names + "}");
  folder.write("generation_config.json", names + "}");
  CHECK(says(report_on(folder.path()), "more in added_tokens.json are up to 30000"));
}

TEST_CASE("Tokenizers with more tokens or merges than anybody has end in a sentence within a second") {
  std::string added = R"({"model": {"type": "WordLevel", "unk_token": null, "vocab": {"a": 0}}, "added_tokens": [)";
  for (int i = 1; i <= 230'000; ++i) {
    added += fmt::format(R"({}{{"id": {}, "content": "<t{}>", "single_word": false, "lstrip": false, "rstrip": false, )"
                         R"("normalized": false, "special": true}})",
                         i == 1 ? "" : ", ", i, i);
  }
  CHECK(says(report_on_tokenizer(added + "]}", kFast),
             "`tokenizer.json` has 230000 added tokens, more than the 40000 that are followed"));
  std::string merges = R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [)";
  for (int i = 0; i < 1'000'000; ++i) merges += i == 0 ? R"("a b")" : R"(, "a b")";
  CHECK(says(report_on_tokenizer(merges + "]}}", kFast),
             "`tokenizer.json` has 1000000 merges, more than the 750000 that are followed"));
  std::string vocab = R"({"model": {"type": "WordLevel", "unk_token": null, "vocab": {)";
  for (int i = 0; i < 1'100'000; ++i) vocab += fmt::format(R"({}"t{}": {})", i == 0 ? "" : ", ", i, i);
  CHECK(says(report_on_tokenizer(vocab + "}}}", kFast),
             "`tokenizer.json` has 1100000 tokens, more than the 1000000 that are followed"));
}

TEST_CASE("Adapters with more names or patterns than anybody has end in a sentence within a second") {
  const std::string many = "names in `{}`, more than the 2000 that are followed";
  for (const int count : {2001, 10'000}) {
    const std::string text = report_on_adapter({{"target_modules", names("m_proj", count)}});
    CHECK(says(text, fmt::format("{} {}", count, fmt::format(fmt::runtime(many), "target_modules"))));
  }
  CHECK(says(report_on_adapter({{"rank_pattern", patterns("(.+)+", 3000)}}),
             fmt::format(fmt::runtime(many), "rank_pattern")));
  // As many as are followed.
  CHECK(says(report_on_adapter({{"rank_pattern", patterns("(.+)+", 2000)}}),
             "how PEFT loads the adapter could not be followed"));
}

TEST_CASE("Adapters whose patterns have no end are answered within a second") {
  for (const char* pattern : {"(a+)+$", "(.*a){20}x", R"(((m|o|d|e|l|.)+)+\$)"}) {
    INFO(pattern);
    CHECK(says(report_on_adapter({{"target_modules", pattern}}), "adapter: 1 error"));
    CHECK(says(report_on_adapter({{"rank_pattern", {{pattern, 4}}}}), "adapter: "));
    CHECK(says(report_on_adapter({{"exclude_modules", pattern}}), "adapter: "));
  }
}

TEST_CASE("Adapters that name themselves or each other as their base say so") {
  const ScratchFolder folder;
  write_adapter(folder, "itself", {{"base_model_name_or_path", folder.path("itself")}});
  write_adapter(folder, "one", {{"base_model_name_or_path", folder.path("other")}});
  write_adapter(folder, "other", {{"base_model_name_or_path", "../one"}});
  write_adapter(folder, "dot", {{"base_model_name_or_path", "./"}});
  CHECK(says(report_on(folder.path("itself")), "is the adapter's own folder, in which no model is"));
  CHECK(says(report_on(folder.path("one")), "is an adapter itself, without a model in its folder"));
  CHECK(says(report_on(folder.path("other")), "is an adapter itself, without a model in its folder"));
  CHECK(says(report_on(folder.path("dot")), "and `--base` does not say where it is"));
}

TEST_CASE("A repo of sentence-transformers whose parts have no end is answered within a second") {
  const ScratchFolder folder;
  Json list = Json::array();
  for (int i = 0; i < 100'000; ++i)
    list.push_back(
        {{"idx", i}, {"name", std::to_string(i)}, {"path", "p"}, {"type", "sentence_transformers.models.Normalize"}});
  folder.write("modules.json", list.dump());
  CHECK(says(report_on(folder.path()), "has more than 64 parts"));
  list = Json::array({{{"idx", 0}, {"name", "0"}, {"path", "r"}, {"type", "sentence_transformers.models.Router"}}});
  folder.write("modules.json", list.dump());
  const Json router = {
      {"types", {{"../r", "sentence_transformers.models.Router"}, {".", "sentence_transformers.models.Router"}}},
      {"structure", Json::object()},
      {"parameters", Json::object()}};
  folder.write("r/router_config.json", router.dump());
  CHECK(says(report_on(folder.path()), "the part `Router` in `r` cannot be loaded"));
  folder.write("r/router_config.json", Json({{"types", {{".", "sentence_transformers.models.Router"}}},
                                             {"structure", Json::object()},
                                             {"parameters", Json::object()}})
                                           .dump());
  CHECK(says(report_on(folder.path()), "the part `Router` in `r` cannot be loaded"));
}

}  // namespace ckptlint
