// Repos of a Hub: what is asked for them, what is kept, and what every fault ends in.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/byte_source.h"
#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "command_line/run.h"
#include "commands/check.h"
#include "golden.h"
#include "hub/address.h"
#include "hub/answers.h"
#include "hub/locate.h"
#include "hub/online.h"
#include "hub/settings.h"
#include "hub/tree.h"
#include "model_repo.h"
#include "release_wheels.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;
using test::FakeFile;
using test::Fault;
using test::Online;
using test::SeenRequest;

// A safetensors file of tensors of so many bytes each, which are not there.
FakeFile shard(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& tensors) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t at = 0;
  for (const auto& [name, shape] : tensors) {
    std::uint64_t bytes = 2;
    for (const std::int64_t extent : shape) bytes *= static_cast<std::uint64_t>(extent);
    header[name] = {{"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string front(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) front[i] = static_cast<char>(text.size() >> (8 * i));
  front += text;
  return {front, front.size() + at};
}

std::map<std::string, FakeFile> small_repo() {
  return {{"config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})"},
          {"sub/config.json", "{}"},
          {"model.safetensors", shard({{"a", {4}}, {"b", {1000, 2000}}})}};
}

// The same tensors behind an index that is a large file, of which the Hub lists the hash.
const std::string kIndex =
    R"({"metadata": {}, "weight_map": {"a": "model-1.safetensors", "b": "model-1.safetensors"}})";

std::map<std::string, FakeFile> indexed_repo() {
  std::map<std::string, FakeFile> files = small_repo();
  files.emplace("model-1.safetensors", files.at("model.safetensors"));
  files.erase("model.safetensors");
  files.emplace("model.safetensors.index.json", FakeFile(kIndex, kIndex.size()));
  return files;
}

// The tensors of a checkpoint, or the sentence in which reading it ends.
std::string outcome(const std::string& path) {
  const Result<Location> location = locate(path);
  if (!location.ok()) return location.error().message;
  const Result<Checkpoint> checkpoint = read_checkpoint(*location->tree, location->entry);
  if (auto lost = location->tree->lost()) return lost->message;
  if (!checkpoint.ok()) return checkpoint.error().message;
  std::string names;
  for (const Defect& defect : checkpoint->defects) names += "defect: " + defect.message + "; ";
  for (const StoredTensor& tensor : checkpoint->tensors) names += std::string(tensor.name) + " ";
  return names;
}

TEST_CASE("Addresses of models on the Hub") {
  struct Row {
    const char* text;
    const char* name;  // null: refused
    const char* revision;
    const char* path;
  };
  for (const Row& row : std::vector<Row>{
           {"hf://org/name", "org/name", "", ""},
           {"hf://org/name/", "org/name", "", ""},
           {"hf://models/org/name", "org/name", "", ""},
           {"hf://gpt2", "gpt2", "", ""},
           {"hf://gpt2@main", "gpt2", "main", ""},
           {"hf://org/name@v1.0", "org/name", "v1.0", ""},
           {"hf://org/name@main/sub/folder", "org/name", "main", "sub/folder"},
           {"hf://org/name@refs/pr/1", "org/name", "refs/pr/1", ""},
           {"hf://org/name@refs/pr/1/sub", "org/name", "refs/pr/1", "sub"},
           {"hf://org/name@feature%2Fx/sub", "org/name", "feature/x", "sub"},
           {"hf://org/name/sub/a@b.json", "org/name", "", "sub/a@b.json"},
           {"hf://org/name/model.safetensors", "org/name", "", "model.safetensors"},
           {"hf://", nullptr, "", ""},
           {"hf://org/name@", nullptr, "", ""},
           {"hf://org/name@a b", nullptr, "", ""},
           {"hf://org/../name", nullptr, "", ""},
           {"hf://org/name/../other", nullptr, "", ""},
           {"hf://org/na\nme", nullptr, "", ""},
           {"hf://datasets/org/name", nullptr, "", ""},
           {"hf://spaces/org/name", nullptr, "", ""},
           {"hf://org/name.git", nullptr, "", ""},
       }) {
    INFO(row.text);
    const Result<HubAddress> address = parse_hub_address(row.text);
    CHECK(address.ok() == (row.name != nullptr));
    if (!address.ok() || row.name == nullptr) continue;
    CHECK(address->name == row.name);
    CHECK(address->revision == row.revision);
    CHECK(address->path == row.path);
  }
}

TEST_CASE("Where an address leads") {
  struct Row {
    const char* from;
    const char* location;
    const char* to;
  };
  for (const Row& row : std::vector<Row>{
           {"https://a/x/y?z", "/w", "https://a/w"},
           {"https://a/x/y?z", "w?q=1", "https://a/x/w?q=1"},
           {"https://a", "w", "https://a/w"},
           {"https://a/x", "https://b:444/y", "https://b:444/y"},
           {"https://a/x", "//b/y", "https://b/y"},
           {"http://a/x", "https://b/y", "https://b/y"},
           {"https://a/x", "http://b/y", ""},
           {"https://a/x", "file:///etc/passwd", ""},
           {"https://a/x", "gopher://b", ""},
           {"https://a/x", "", ""},
           {"https://a/x", "https://", ""},
           {"https://a/x", "https://b/y z", ""},
       }) {
    INFO(row.from << " " << row.location);
    CHECK(redirected(row.from, row.location) == row.to);
  }
  CHECK(origin_of("HTTPS://A.b:443/x") == "https://a.b");
  CHECK(origin_of("http://a:80") == "http://a");
  CHECK(origin_of("http://user@a/") == "");
}

TEST_CASE("Headers of answers") {
  CHECK(content_range("bytes 0-9/20")->size == 20);
  CHECK(content_range("bytes 3-9/*")->part.begin == 3);
  for (const char* wrong :
       {"", "bytes 9-3/20", "bytes 0-20/20", "bytes */20", "items 0-1/2", "bytes 0-99999999999999999999/*"})
    CHECK_FALSE(content_range(wrong).has_value());
  CHECK(next_page("<https://a/b?c=1>; rel=\"next\"") == "https://a/b?c=1");
  CHECK(next_page("<https://a/0>; rel=\"prev\", <https://a/b>; rel=\"next\"") == "https://a/b");
  CHECK(next_page("<https://a/0>; rel=\"prev\"") == "");
  CHECK(asked_wait({{"ratelimit", "\"resolvers\";r=0;t=55"}}) == std::chrono::seconds(56));
  CHECK(asked_wait({{"retry-after", "7"}}) == std::chrono::seconds(7));
  CHECK_FALSE(asked_wait({{"retry-after", "Wed, 21 Oct"}}).has_value());
}

TEST_CASE("A repo of the Hub is read by its headers alone") {
  Online online;
  online.hub.add_repo("org/model", small_repo());
  CHECK(outcome("hf://org/model") == "a b ");
  CHECK(outcome("hf://org/model/model.safetensors") == "a b ");
  CHECK(outcome(std::string("hf://org/model@") + test::FakeHub::kCommit) == "a b ");
  CHECK(outcome("hf://org/model@refs/pr/1") == "a b ");
  CHECK(locate("hf://org/model/sub")->tree->list("") == std::vector<std::string>{"config.json"});
  const auto location = locate("hf://org/model");
  CHECK(location->hub_name == "org/model");
  CHECK(location->hub_commit == test::FakeHub::kCommit);
  for (const SeenRequest& each : online.hub.seen()) CHECK(each.authorization.empty() == each.elsewhere);
}

TEST_CASE("What the Hub does not have is one sentence") {
  Online online;
  online.hub.add_repo("org/model", small_repo());
  CHECK(outcome("hf://org/none").find("has no model `org/none`, or it is private") != std::string::npos);
  CHECK(outcome("hf://org/model@v9") == "`org/model` has no revision `v9`");
  CHECK(outcome("hf://org/model/elsewhere").find("neither a folder nor a file `elsewhere`") != std::string::npos);
  online.set("HF_ENDPOINT", "ftp://somewhere");
  CHECK(outcome("hf://org/model") == "HF_ENDPOINT is no address of a Hub: `ftp://somewhere`");
  online.set("HF_ENDPOINT", "http://127.0.0.1:1");
  online.set("CKPTLINT_HUB_TIMEOUT", "1");
  CHECK(outcome("hf://org/model").find("cannot be reached") != std::string::npos);
  online.set("CKPTLINT_HUB_TIMEOUT", "soon");
  CHECK(outcome("hf://org/model") == "CKPTLINT_HUB_TIMEOUT is no number of seconds: `soon`");
}

TEST_CASE("A renamed repo is followed") {
  Online online;
  online.hub.add_repo("new/name", small_repo());
  online.hub.rename("old/name", "new/name");
  CHECK(outcome("hf://old/name") == "a b ");
  CHECK(locate("hf://old/name")->hub_name == "new/name");
}

TEST_CASE("A Hub that lists no sizes is asked for its tree, page by page") {
  Online online;
  online.hub.add_repo("org/model", small_repo());
  online.hub.list_without_sizes(1);
  CHECK(outcome("hf://org/model") == "a b ");
  CHECK(online.asked(false) == 1 + 3 + 2);
}

// Each fault, and the sentence in which it ends; "" where it passes and the verdict is that of a sound repo.
TEST_CASE("Every fault ends in a sentence or passes") {
  struct Row {
    const char* what;
    std::string part;
    Fault fault;
    const char* sentence;
    std::map<std::string, FakeFile> repo = small_repo();
  };
  const std::string index = "/direct/org/model//model.safetensors.index.json";
  std::string changed = kIndex;  // to a sound index of the same length
  changed.replace(changed.find("\"b\""), 3, "\"c\"");
  const std::string list = "/api/models/org/model/revision", file = "/resolve/",
                    bytes = "/direct/org/model//model.safetensors";
  const std::map<std::string, std::string> soon = {{"Retry-After", "1"}};
  const std::map<std::string, std::string> late = {{"RateLimit", "\"resolvers\";r=0;t=55"}};
  for (const Row& row : std::vector<Row>{
           {"gated", file, {.status = 403, .headers = {{"X-Error-Code", "GatedRepo"}}}, "is gated"},
           {"a token that is not taken",
            list,
            {.status = 401, .headers = {{"X-Error-Message", "Invalid credentials"}}},
            "does not take the token"},
           {"no file",
            file,
            {.status = 404, .headers = {{"X-Error-Code", "EntryNotFound"}}},
            "has no file `config.json`"},
           {"forbidden", file, {.status = 403}, "forbids to read"},
           {"disabled",
            list,
            {.status = 403, .headers = {{"X-Error-Message", "Access to this resource is disabled."}}},
            "is disabled"},
           {"too many requests, for a moment", list, {.status = 429, .headers = soon, .times = 1}, ""},
           {"too many requests",
            file,
            {.status = 429, .headers = late},
            "was asked too often and wants to be left alone for 56 s"},
           {"busy once", bytes, {.status = 503, .times = 1}, ""},
           {"broken", list, {.status = 500, .headers = late}, "answers with status 500"},
           {"reset once", list, {.times = 1, .reset = true}, ""},
           {"reset", bytes, {.headers = late, .reset = true}, "was cut"},
           {"cut once", bytes, {.times = 1, .cut = 5}, ""},
           {"cut", bytes, {.cut = 5}, "was cut"},
           {"slow", bytes, {.drips = true}, "did not answer in time"},
           {"silent once", bytes, {.times = 1, .silent = true}, ""},
           {"ignores ranges", bytes, {.ignores_range = true}, ""},
           {"another range", bytes, {.shifted = 3}, "other bytes than those that were asked for"},
           {"a range without its header",
            bytes,
            {.status = 206, .body = "abc"},
            "other bytes than those that were asked for"},
           {"416", bytes, {.status = 416}, "is shorter than the Hub says"},
           {"endless", bytes, {.endless = true}, "other bytes than those that were asked for"},
           {"an endless list", list, {.endless = true}, "answers with more than 67108864 bytes"},
           {"a list that is no JSON", list, {.body = "<html>"}, "is no JSON object"},
           {"a list without a commit", list, {.body = "{\"siblings\": []}"}, "names no commit"},
           {"a list without files",
            list,
            {.body = "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\"}"},
            "has no list of files"},
           {"a loop",
            file,
            {.status = 302,
            .headers = {{"Location", "/org/model/resolve/0123456789abcdef0123456789abcdef01234567/model.safetensors"}}},
            "without an end"},
           {"to nowhere", file, {.status = 302}, "leads to nowhere"},
           {"to a file", file, {.status = 302, .headers = {{"Location", "file:///etc/passwd"}}}, "leads to nowhere"},
           {"another commit",
            bytes,
            {.headers = {{"X-Repo-Commit", "ffff456789abcdef0123456789abcdef01234567"}}},
            "from another commit"},
           {"an error page",
            bytes,
            {.status = 200, .body = "<html>not found</html>"},
            "another size than the Hub lists"},
           {"the bytes that the Hub lists", index, {.status = 200, .body = kIndex}, "", indexed_repo()},
           {"another hash", index, {.status = 200, .body = changed}, "its hash is another", indexed_repo()},
       }) {
    INFO(row.what);
    Online online;
    online.set("CKPTLINT_HUB_TIMEOUT", "4");
    online.hub.add_repo("org/model", row.repo);
    online.hub.script(row.part, row.fault);
    const std::string end = outcome("hf://org/model");
    if (*row.sentence == '\0')
      CHECK(end == "a b ");
    else
      CHECK(end.find(row.sentence) != std::string::npos);
    CHECK(end.find(Online::kToken) == std::string::npos);
    CHECK(end.find('\n') == std::string::npos);
    INFO(end);
    for (const SeenRequest& each : online.hub.seen()) CHECK((each.authorization.empty() || !each.elsewhere));
    CHECK(end.find("signed") == std::string::npos);  // addresses that open files are secrets
  }
}

TEST_CASE("What was fetched is not fetched again") {
  Online online;
  online.hub.add_repo("org/model", small_repo());
  CHECK(outcome("hf://org/model") == "a b ");
  online.hub.forget_seen();
  CHECK(outcome("hf://org/model") == "a b ");
  CHECK(online.hub.seen().size() == 1);  // which commit it is by now
  online.hub.forget_seen();
  online.set("HF_HUB_OFFLINE", "1");
  CHECK(outcome("hf://org/model") == "a b ");
  CHECK(outcome("hf://org/other").find("HF_HUB_OFFLINE forbids to ask the Hub") == 0);
  CHECK(online.hub.seen().empty());
  online.unset("HF_HUB_OFFLINE");
  // What is damaged is fetched anew.
  for (const auto& each : fs::recursive_directory_iterator(online.caches.path("cache"))) {
    if (each.is_regular_file()) std::ofstream(each.path(), std::ios::app) << "x";
  }
  CHECK(outcome("hf://org/model") == "a b ");
  CHECK(online.hub.seen().size() > 1);
}

TEST_CASE("A file that huggingface_hub has is not fetched") {
  Online online;
  online.hub.add_repo("org/model", small_repo());
  const auto sound = small_repo().at("model.safetensors");
  const std::string snapshot = "huggingface/hub/models--org--model/snapshots/" + std::string(test::FakeHub::kCommit);
  online.caches.write(snapshot + "/model.safetensors",
                      sound.front + std::string(sound.size - sound.front.size(), '\0'));
  CHECK(outcome("hf://org/model") == "a b ");
  for (const SeenRequest& each : online.hub.seen()) CHECK(each.target.find("model.safetensors") == std::string::npos);
}

TEST_CASE("The token is what huggingface_hub would send") {
  Online online;
  online.hub.add_repo("org/model", small_repo());
  const auto sent = [&] {
    online.hub.forget_seen();
    CHECK(locate("hf://org/model").ok());
    return online.hub.seen().front().authorization;
  };
  CHECK(sent() == std::string("Bearer ") + Online::kToken);
  online.set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
  CHECK(sent() == "");
  online.unset("HF_HUB_DISABLE_IMPLICIT_TOKEN");
  online.unset("HF_TOKEN");
  CHECK(sent() == "");
  online.caches.write("huggingface/token", "hf_stored\n");
  CHECK(sent() == "Bearer hf_stored");
  online.caches.write("token", " hf_other ");
  online.set("HF_TOKEN_PATH", online.caches.path("token"));
  CHECK(sent() == "Bearer hf_other");
  online.set("HF_TOKEN", "hf_\x01");
  CHECK(locate("hf://org/model").error().message == "the token in `HF_TOKEN` has characters that no token has");
}

// The files of a folder, as far as they are no links.
std::map<std::string, FakeFile> files_of(const std::string& folder) {
  std::map<std::string, FakeFile> files;
  for (const auto& each : fs::recursive_directory_iterator(folder)) {
    if (!each.is_regular_file()) continue;
    std::ifstream in(each.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    files.emplace(fs::relative(each.path(), folder).string(), FakeFile(text, text.size(), text.size() > 4096));
  }
  return files;
}

nlohmann::json report_on(const std::string& path) {
  CheckOptions options;
  options.model.paths = {path};
  options.model.sources = {test::transformers_wheel()};
  options.output.format = "json";
  std::ostringstream out, err;
  run_check(options, out, err);
  nlohmann::json report = nlohmann::json::parse(out.str(), nullptr, false);
  INFO(path << ": " << out.str() << err.str());
  REQUIRE(report.is_object());
  return report;
}

// The findings without the names of the folder and of the repo.
std::string findings_of(const nlohmann::json& report) {
  std::string all;
  for (const auto& each : report["models"][0]["findings"])
    all += each["rule"].get<std::string>() + ": " + each["message"].get<std::string>() + "\n";
  return all;
}

TEST_CASE("A proxy is asked where the environment names one, and not for what it excepts") {
  Online online;
  auto files = small_repo();
  files.erase("model.safetensors");  // what is elsewhere is at an address of this machine
  online.hub.add_repo("org/model", files);
  const std::string direct = online.hub.endpoint();
  online.set("HF_ENDPOINT", "http://hub.invalid");
  online.set("CKPTLINT_HUB_TIMEOUT", "1");
  CHECK(locate("hf://org/model").error().message.find("cannot be found") != std::string::npos);
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
    INFO(name);
    online.set(name, direct);
    CHECK(locate("hf://org/model")->tree->read("config.json").ok());
    online.unset(name);
    CHECK(online.hub.seen().back().as_proxy);
    fs::remove_all(online.caches.path("cache"));
  }
  online.set("http_proxy", direct);
  online.set("NO_PROXY", "hub.invalid");
  CHECK_FALSE(locate("hf://org/model").ok());
  // A CGI program is handed a client's header under this name.
  online.unset("http_proxy");
  online.unset("NO_PROXY");
  online.set("HTTP_PROXY", direct);
  online.set("REQUEST_METHOD", "GET");
  CHECK_FALSE(locate("hf://org/model").ok());
}

// Four hundred gigabytes in 163 files.
TEST_CASE("A large repo takes as many requests as it has shards, and a few") {
  Online online;
  std::map<std::string, FakeFile> files;
  nlohmann::ordered_json map;
  constexpr int kShards = 163;
  std::uint64_t headers = 0, size = 0;
  for (int i = 0; i < kShards; ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "model-%05d-of-%05d.safetensors", i + 1, kShards);
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors;
    const std::string layer = "model.layers." + std::to_string(i) + ".mlp.experts.";
    for (int expert = 0; expert < 190; ++expert) {
      for (const char* part : {"down_proj.weight", "gate_proj.weight", "up_proj.weight"})
        tensors.emplace_back(layer + std::to_string(expert) + "." + part, std::vector<std::int64_t>{2048, 1024});
    }
    for (const auto& [tensor, shape] : tensors) map[tensor] = name;
    const FakeFile file = shard(tensors);
    headers += file.front.size();
    size += file.size - file.front.size();
    files.emplace(name, file);
  }
  CHECK(size > 380'000'000'000);
  const std::string index = nlohmann::ordered_json{{"metadata", {{"total_size", size}}}, {"weight_map", map}}.dump();
  files.emplace("model.safetensors.index.json", FakeFile(index, index.size()));
  files.emplace("config.json", "{}");
  online.hub.add_repo("org/large", files);
  online.be_patient();
  const auto location = locate("hf://org/large");
  REQUIRE(location.ok());
  const auto checkpoint = read_checkpoint(*location->tree);
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->tensors.size() == 163 * 570);
  for (const Defect& defect : checkpoint->defects) FAIL_CHECK(defect.message);
  CHECK(online.asked(false) == kShards + 3);
  CHECK(online.asked(true) == kShards + 1);
  std::uint64_t bytes = 0;
  for (const SeenRequest& each : online.hub.seen()) bytes += each.range.empty() ? 0 : each.body;
  CHECK(bytes >= headers);
  CHECK(static_cast<double>(bytes) < 1.2 * static_cast<double>(headers));
}

TEST_CASE("A check of a large repo takes as many requests as it has shards, and six") {
  Online online;
  nlohmann::json config = {{"model_type", "llama"},        {"architectures", {"LlamaForCausalLM"}},
                           {"num_hidden_layers", 161},     {"hidden_size", 8192},
                           {"intermediate_size", 28672},   {"num_attention_heads", 64},
                           {"num_key_value_heads", 8},     {"vocab_size", 128256},
                           {"tie_word_embeddings", false}, {"dtype", "bfloat16"}};
  std::map<std::string, FakeFile> files{{"config.json", config.dump()}, {"generation_config.json", "{}"}};
  nlohmann::json map;
  std::uint64_t size = 0;
  constexpr int kShards = 163;
  for (int i = 0; i < kShards; ++i) {
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors;
    if (i == 161) tensors = {{"model.embed_tokens.weight", {128256, 8192}}};
    if (i == 162) tensors = {{"lm_head.weight", {128256, 8192}}, {"model.norm.weight", {8192}}};
    for (const auto& [part, rows, columns] :
         std::vector<std::tuple<std::string, int, int>>{{"input_layernorm", 8192, 0},
                                                        {"mlp.down_proj", 8192, 28672},
                                                        {"mlp.gate_proj", 28672, 8192},
                                                        {"mlp.up_proj", 28672, 8192},
                                                        {"post_attention_layernorm", 8192, 0},
                                                        {"self_attn.k_proj", 1024, 8192},
                                                        {"self_attn.o_proj", 8192, 8192},
                                                        {"self_attn.q_proj", 8192, 8192},
                                                        {"self_attn.v_proj", 1024, 8192}}) {
      std::vector<std::int64_t> shape{rows};
      if (columns > 0) shape.push_back(columns);
      if (i < 161) tensors.emplace_back("model.layers." + std::to_string(i) + "." + part + ".weight", shape);
    }
    char name[64];
    std::snprintf(name, sizeof name, "model-%05d-of-%05d.safetensors", i + 1, kShards);
    for (const auto& [tensor, shape] : tensors) map[tensor] = name;
    const FakeFile file = shard(tensors);
    size += file.size - file.front.size();
    files.emplace(name, file);
  }
  files.emplace("model.safetensors.index.json",
                nlohmann::json{{"metadata", {{"total_size", size}}}, {"weight_map", map}}.dump());
  online.hub.add_repo("org/large", files);
  online.be_patient();
  const nlohmann::json report = report_on("hf://org/large");
  CHECK(findings_of(report) == "");
  CHECK(report["models"][0]["complete"] == true);
  CHECK(online.asked(false) == 1 + 3 + kShards);
  CHECK(online.asked(true) == kShards);
}

TEST_CASE("A repo on the Hub gets the findings of its local copy") {
  std::size_t compared = 0;
  for (const auto& rule : fs::directory_iterator(test::fixture_path("rules"))) {
    for (const auto& each : fs::directory_iterator(rule.path())) {
      const std::string path = "rules/" + rule.path().filename().string() + "/" + each.path().filename().string();
      if (!each.is_directory() || fs::exists(each.path() / "model") || fs::exists(each.path() / "options")) continue;
      const test::ModelRepo repo(path);
      std::uint64_t bytes = 0;
      for (const auto& file : fs::recursive_directory_iterator(repo.path()))
        bytes += file.is_regular_file() ? file.file_size() : 0;
      if (bytes > 1u << 20) continue;
      INFO(path);
      Online online;
      online.hub.add_repo("org/model", files_of(repo.path()));
      const std::string from_hub = findings_of(report_on("hf://org/model"));
      // As huggingface_hub would have it after a download.
      const std::string cached = online.caches.path("elsewhere/models--org--model");
      fs::create_directories(cached + "/snapshots");
      fs::copy(repo.path(), cached + "/snapshots/" + test::FakeHub::kCommit, fs::copy_options::recursive);
      online.set("HF_HUB_CACHE", online.caches.path("elsewhere"));
      CHECK(from_hub == findings_of(report_on("org/model")));
      ++compared;
      break;
    }
  }
  CHECK(compared > 20);
}

// The other commands, through the program itself.
TEST_CASE("Each command reads a repo on the Hub as it reads a folder") {
  Online online;
  const test::ModelRepo repo("models/granite-switch-like");
  online.hub.add_repo("org/model", files_of(repo.path()));
  const std::string environment =
      "HF_ENDPOINT=" + online.hub.endpoint() + " XDG_CACHE_HOME=" + online.caches.path() + " ";
  const auto answer = [&](const std::string& command, const std::string& path) {
    test::Run run = test::run_line(environment + CKPTLINT_PROGRAM + " " + command + " " + path);
    for (const std::string& shown : {path, std::string("hf://org/model")}) {
      for (std::size_t at = 0; (at = run.out.find(shown)) != std::string::npos;)
        run.out.replace(at, shown.size(), "PATH");
    }
    return std::to_string(run.status) + "\n" + run.out;
  };
  for (const char* command : {"list", "list --format json", "graph", "graph --format dot", "load", "load --zero3",
                              "map --max-memory 0=16KiB,1=16KiB", "list --diff " /* against itself */}) {
    INFO(command);
    const std::string twice = std::string(command).ends_with(' ') ? " hf://org/model" : "";
    const auto lists_asked_for = [&] {
      const std::vector<SeenRequest> seen = online.hub.seen();
      return std::count_if(seen.begin(), seen.end(),
                           [](const SeenRequest& each) { return each.target.starts_with("/api/models/"); });
    };
    const auto before = lists_asked_for();
    const std::string of_hub = answer(command + twice, "hf://org/model");
    CHECK(lists_asked_for() - before == (twice.empty() ? 1 : 2));
    CHECK(of_hub == answer(command + twice, repo.path()));
  }
  CHECK(answer("--diff --max-memory 0=16KiB,1=16KiB", "hf://org/model").starts_with("1\n"));
  CHECK(answer("--fix --unsafe-fixes --max-memory 0=16KiB,1=16KiB", "hf://org/model")
            .find("cannot be edited where it is, on the Hub") != std::string::npos);
}

TEST_CASE("The base model of an adapter is read from the Hub where that is allowed") {
  Online online;
  const test::ModelRepo adapter("rules/contradictory-adapter/bad_no_magnitudes_base_unknown");
  const test::ModelRepo base("rules/missing-chat-template/bad_tags_in_a_line");
  online.hub.add_repo("org/base", files_of(base.path()));
  online.hub.add_repo("org/adapter", files_of(adapter.path()));
  const auto grounds = [&](bool allowed) {
    CheckOptions options;
    options.model.paths = {"hf://org/adapter"};
    options.model.sources = {test::transformers_wheel()};
    options.model.online = allowed;
    std::ostringstream out, err;
    run_check(options, out, err);
    return out.str() + err.str();
  };
  CHECK(grounds(false).find("neither `--base` nor `--online` says where it is") != std::string::npos);
  CHECK(online.asked(false) > 0);
  const std::string with = grounds(true);
  INFO(with);
  CHECK(with.find("neither `--base`") == std::string::npos);
  const auto seen = online.hub.seen();
  CHECK(std::any_of(seen.begin(), seen.end(),
                    [](const SeenRequest& each) { return each.target.starts_with("/api/models/org/base/"); }));
}

}  // namespace
}  // namespace ckptlint
