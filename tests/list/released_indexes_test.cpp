// Indexes of released models (fixtures/formats/indexes, recorded by tests/record/indexes.py), with and without shards.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/weight_files.h"
#include "golden.h"
#include "graph/gzip.h"

using namespace ckptlint;
using namespace ckptlint::test;

namespace {

struct Recorded {
  std::string name;
  std::size_t tensors = 0;
  std::size_t files = 0;
  std::uint64_t total_size = 0;
  std::string sha256;

  // Under the name that from_pretrained looks for.
  std::string entry() const {
    return name.find(".bin.") == std::string::npos ? "model.safetensors.index.json" : "pytorch_model.bin.index.json";
  }
  std::string text() const {
    const auto text = inflate_gzip(fixture_text("formats/indexes/" + name + ".gz"), name, 1u << 20);
    REQUIRE(text.ok());
    return *text;
  }
};

std::vector<Recorded> recorded() {
  std::istringstream lines(fixture_text("formats/indexes/expected.tsv"));
  std::string line;
  std::getline(lines, line);
  std::vector<Recorded> all;
  for (Recorded each; lines >> each.name >> each.tensors >> each.files >> each.total_size >> each.sha256;)
    all.push_back(each);
  return all;
}

Checkpoint read(const std::map<std::string, std::string>& files) {
  const auto checkpoint = read_checkpoint(*in_memory_tree(files));
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

}  // namespace

TEST_CASE("released indexes are read as Python reads them, and shards that are not there are told") {
  const std::vector<Recorded> all = recorded();
  REQUIRE(all.size() > 5);
  for (const Recorded& each : all) {
    INFO(each.name);
    const Checkpoint checkpoint = read({{each.entry(), each.text()}});
    REQUIRE(checkpoint.index.has_value());
    CHECK(checkpoint.index->complete);
    CHECK(checkpoint.index->total_size == each.total_size);
    CHECK(checkpoint.index->weight_map.size() == each.tensors);
    CHECK(checkpoint.shards.size() == each.files);
    std::string lines;
    for (const auto& [name, shard] : checkpoint.index->weight_map)
      lines += fmt::format("{}\t{}\n", name, checkpoint.shard(shard).path);
    CHECK(sha256_hex(lines) == each.sha256);
    CHECK(checkpoint.defects.size() == each.files);
    CHECK(std::all_of(checkpoint.defects.begin(), checkpoint.defects.end(),
                      [](const Defect& defect) { return defect.kind == DefectKind::kShardAbsent; }));
  }
}

TEST_CASE("released indexes fit shards that have what they list, and no others") {
  for (const Recorded& each : recorded()) {
    if (each.entry().starts_with("pytorch_model")) continue;
    INFO(each.name);
    const std::string text = each.text();
    const Checkpoint listed = read({{each.entry(), text}});
    std::map<std::string, std::vector<std::string>> names;
    for (const auto& [name, shard] : listed.index->weight_map) names[listed.shard(shard).path].emplace_back(name);
    std::map<std::string, std::string> files = {{each.entry(), text}};
    for (const auto& [path, in_it] : names) files[path] = safetensors_of(in_it);
    // Of the real tensors only the names are known, not the sizes.
    const std::string total = fmt::format("{}:{} loads: `total_size` is {}, but the tensors have {} bytes\n",
                                          each.entry(), text.find("\"total_size\""), each.total_size, 4 * each.tensors);
    CHECK(text_of(read(files).defects) == total);

    // The last tensor of the first shard is moved to the last shard.
    const std::string moved = names.begin()->second.back();
    names.begin()->second.pop_back();
    names.rbegin()->second.push_back(moved);
    for (const auto& [path, in_it] : names) files[path] = safetensors_of(in_it);
    const std::vector<Defect> defects = read(files).defects;
    REQUIRE(defects.size() == 2);
    const auto elsewhere = std::find_if(defects.begin(), defects.end(), [](const Defect& defect) {
      return defect.kind == DefectKind::kTensorElsewhere;
    });
    REQUIRE(elsewhere != defects.end());
    CHECK(elsewhere->tensor == moved);
  }
}
