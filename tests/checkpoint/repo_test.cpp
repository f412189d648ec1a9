// Whole repos: which weights are taken, indexes against shards, values.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "golden.h"
#include "scratch_folder.h"
#include "weight_files.h"

using namespace ckptlint;
using namespace ckptlint::test;
using Files = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

namespace {

Checkpoint read(const Files& files) {
  const auto checkpoint = read_checkpoint(*in_memory_tree(files));
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

std::string index_of(const std::vector<std::pair<std::string, std::string>>& weight_map,
                     const std::string& total = "8") {
  std::string text = R"({"metadata":{"total_size":)" + total + R"(},"weight_map":{)";
  for (const auto& [name, file] : weight_map) text += fmt::format(R"("{}":"{}",)", name, file);
  if (!weight_map.empty()) text.pop_back();
  return text + "}}";
}

std::string chosen(const Checkpoint& checkpoint) {
  for (const WeightSet& set : checkpoint.sets) {
    if (set.chosen) return set.entry;
  }
  return "";
}

const Files kSharded = {
    {"model.safetensors.index.json", index_of({{"a", "s1.safetensors"}, {"b", "s2.safetensors"}})},
    {"s1.safetensors", safetensors_of({"a"})},
    {"s2.safetensors", safetensors_of({"b"})},
};

Files with(Files files, const Files& more) {
  for (const auto& [path, text] : more) files[path] = text;
  return files;
}
Files without(Files files, const std::string& path) {
  files.erase(path);
  return files;
}

}  // namespace

TEST_CASE("a repo without weights is fine") {
  const Checkpoint checkpoint = read({{"config.json", "{}"}});
  CHECK_FALSE(checkpoint.has_weights());
  CHECK(checkpoint.sets.empty());
  CHECK(checkpoint.defects.empty());
}

TEST_CASE("the set that from_pretrained takes") {
  const std::string one = safetensors_of({"a"});
  CHECK(chosen(read(with(kSharded, {{"model.safetensors", one}}))) == "model.safetensors");
  CHECK(chosen(read(with(kSharded, {{"pytorch_model.bin", "x"}}))) == "model.safetensors.index.json");
  CHECK(chosen(read({{"pytorch_model.bin", "x"}, {"pytorch_model.bin.index.json", "{}"}})) == "pytorch_model.bin");
  CHECK(chosen(read({{"model.safetensors", one},
                     {"other.safetensors", one},
                     {"config.json", R"({"transformers_weights": "other.safetensors"})"}})) == "other.safetensors");
  CHECK(chosen(read({{"adapter_model.safetensors", one}})) == "adapter_model.safetensors");
  CHECK(chosen(read({{"training_args.bin", "x"}})).empty());
}

TEST_CASE("every set that is there is named, with the reason") {
  const std::string one = safetensors_of({"a"});
  const Checkpoint checkpoint = read(with(kSharded, {{"model.safetensors", one},
                                                     {"model.fp16.safetensors", one},
                                                     {"consolidated.safetensors", one},
                                                     {"original/consolidated.00.pth", "x"},
                                                     {"pytorch_model.bin", "x"},
                                                     {"adapter_model.bin", "x"},
                                                     {"model-q4.gguf", "x"},
                                                     {"config.json", "{}"},
                                                     {"training_args.bin", "x"}}));
  std::string text;
  for (const WeightSet& set : checkpoint.sets) {
    text += fmt::format("{}{}: {}\n", set.entry, set.automatic ? " (taken)" : "", set.why);
  }
  check_golden("formats/weight_sets.txt", text);
}

TEST_CASE("a sound sharded checkpoint") {
  const Checkpoint checkpoint = read(kSharded);
  CHECK(text_of(checkpoint.defects).empty());
  CHECK(names_of(checkpoint) == Names{"a", "b"});
  REQUIRE(checkpoint.index);
  CHECK(checkpoint.index->total_size == 8u);
  CHECK(checkpoint.shard(checkpoint.find("b")->shard).path == "s2.safetensors");
}

TEST_CASE("what is wrong between an index and its shards") {
  const auto indexed = [](const std::vector<std::pair<std::string, std::string>>& map, const std::string& total = "8") {
    return Files{{"model.safetensors.index.json", index_of(map, total)}};
  };
  const auto index_text = [](const std::string& text) { return Files{{"model.safetensors.index.json", text}}; };
  const std::vector<std::pair<std::string, Files>> cases = {
      {"a shard is absent", without(kSharded, "s2.safetensors")},
      {"a tensor is in no shard",
       with(kSharded, indexed({{"a", "s1.safetensors"}, {"b", "s2.safetensors"}, {"c", "s2.safetensors"}}))},
      {"a tensor is in another shard", with(kSharded, indexed({{"a", "s2.safetensors"}, {"b", "s1.safetensors"}}))},
      {"a tensor is not listed", with(kSharded, {{"s2.safetensors", safetensors_of({"b", "extra"})}})},
      {"a tensor is in two shards", with(kSharded, {{"s2.safetensors", safetensors_of({"b", "a"})}})},
      {"another total", with(kSharded, indexed({{"a", "s1.safetensors"}, {"b", "s2.safetensors"}}, "9"))},
      {"paths out of the repo",
       with(kSharded, indexed({{"a", "s1.safetensors"}, {"b", "../s2.safetensors"}, {"c", "/etc/passwd"}, {"d", ""}}))},
      {"a truncated shard", with(kSharded, {{"s2.safetensors", safetensors_of({"b"}).substr(0, 60)}})},
      {"no metadata", with(kSharded, index_text(R"({"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}})"))},
      {"metadata is null",
       with(kSharded, index_text(R"({"metadata":null,"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}})"))},
      {"no weight_map", index_text(R"({"metadata":{}})")},
      {"a weight_map of lists", index_text(R"({"metadata":{},"weight_map":{"a":["s1.safetensors"]}})")},
      {"JSON cut short", index_text(R"({"metadata":{},"weight_map":{"a":"s1.saf)")},
      {"an index that is a number", index_text("7")},
      {"deep nesting", index_text(std::string(100'000, '['))},
      {"shards without an index",
       {{"model-00001-of-00002.safetensors", safetensors_of({"a"})},
        {"model-00002-of-00002.safetensors", safetensors_of({"b"})}}},
      {"a config that names weights out of the repo",
       {{"config.json", R"({"transformers_weights": "../model.safetensors"})"}}},
      {"a config that names a pickle",
       {{"config.json", R"({"transformers_weights": "weights.bin"})"}, {"weights.bin", "x"}}},
      {"a number that no shard has",
       {{"model-00001-of-00003.safetensors", safetensors_of({"a"})},
        {"model-00003-of-00003.safetensors", safetensors_of({"b"})},
        {"model.safetensors.index.json",
         index_of({{"a", "model-00001-of-00003.safetensors"}, {"b", "model-00003-of-00003.safetensors"}})}}},
      {"numbers that no shard has, and no index", {{"model-00002-of-00005.safetensors", safetensors_of({"a"})}}},
      {"one shard of a billion", {{"model-00001-of-999999999.safetensors", safetensors_of({"a"})}}},
      {"a file that the config names and that is not there",
       {{"config.json", R"({"transformers_weights": "other.safetensors"})"}}},
  };
  std::string text;
  for (const auto& [what, files] : cases) {
    const Checkpoint checkpoint = read(files);
    CHECK_FALSE(checkpoint.defects.empty());
    text += fmt::format("== {}\n{} tensors\n{}\n", what, checkpoint.tensors.size(), text_of(checkpoint.defects));
  }
  check_golden("formats/index_defects.txt", text);
}

TEST_CASE("of a tensor in two shards the last is kept, as it is loaded") {
  const Checkpoint checkpoint = read(with(kSharded, {{"s2.safetensors", safetensors_of({"b", "a"})}}));
  CHECK(names_of(checkpoint) == Names{"a", "b"});
  CHECK(checkpoint.shard(checkpoint.find("a")->shard).path == "s2.safetensors");
}

TEST_CASE("many shards give what each of them gives alone") {
  Files files;
  std::vector<std::pair<std::string, std::string>> listed;
  std::string defects;
  for (int i = 0; i < 40; ++i) {
    const std::string path = fmt::format("s{:02}.safetensors", i);
    Names names;
    for (int tensor = 0; tensor < 1 + i % 5; ++tensor) names.push_back(fmt::format("layers.{}.{}", i, tensor));
    for (const std::string& name : names) listed.emplace_back(name, path);
    std::string bytes = safetensors_of(names);
    if (i % 7 == 3) bytes.resize(bytes.size() - 2);
    if (i % 11 == 5) bytes = i == 5 ? "" : "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";
    files[path] = bytes;
    const auto alone = read_checkpoint(*in_memory_tree({{path, bytes}}), path);
    REQUIRE(alone.ok());
    defects += text_of(alone->defects);
  }
  files["model.safetensors.index.json"] = index_of(listed, "0");
  const Checkpoint checkpoint = read(files);
  CHECK(text_of(checkpoint.defects) == defects);
  REQUIRE(checkpoint.shards.size() == 40);
  CHECK(std::is_sorted(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                       [](const StoredTensor& a, const StoredTensor& b) { return a.name < b.name; }));
  std::size_t tensors = 0;
  for (const Shard& shard : checkpoint.shards) tensors += shard.tensor_count;
  CHECK(checkpoint.tensors.size() == tensors);
  for (const StoredTensor& tensor : checkpoint.tensors)
    CHECK(tensor.name.starts_with(fmt::format("layers.{}.", index(tensor.shard))));
}

TEST_CASE("the order of an index makes no difference") {
  // Names that interleave between three files, in two dtypes, which each file has one behind the other.
  Files files;
  std::map<std::string, std::string> file_of;
  std::vector<std::string> headers(3);
  std::vector<std::size_t> ends(3);
  for (const bool wide : {true, false}) {
    for (int i = 0; i < 60; ++i) {
      const auto file = static_cast<std::size_t>(i * 7 % 3);
      const std::string name = fmt::format("layers.{}.{}", i, wide ? "scale" : "weight");
      const std::size_t bytes = wide ? 8 : 2;
      headers[file] +=
          fmt::format(R"({}"{}":{{"dtype":"{}","shape":[1],"data_offsets":[{},{}]}})",
                      headers[file].empty() ? "{" : ",", name, wide ? "F64" : "BF16", ends[file], ends[file] + bytes);
      ends[file] += bytes;
      file_of[name] = fmt::format("s{}.safetensors", file);
    }
  }
  for (std::size_t i = 0; i < 3; ++i)
    files[fmt::format("s{}.safetensors", i)] = safetensors_file(headers[i] + "}", ends[i]);
  const std::string total = std::to_string(ends[0] + ends[1] + ends[2]);
  const std::vector<std::pair<std::string, std::string>> by_name(file_of.begin(), file_of.end());
  const std::vector<std::pair<std::string, std::string>> backwards(file_of.rbegin(), file_of.rend());
  const auto told = [](const Checkpoint& checkpoint) {
    std::string text = text_of(checkpoint.defects);
    for (const StoredTensor& tensor : checkpoint.tensors) {
      text +=
          fmt::format("{} {} [{}] {} {}-{}\n", tensor.name, tensor.type_name, fmt::join(checkpoint.shape(tensor), ","),
                      checkpoint.shard(tensor.shard).path, tensor.begin, tensor.end);
    }
    return text;
  };
  const Checkpoint first = read(with(files, {{"model.safetensors.index.json", index_of(by_name, total)}}));
  const Checkpoint second = read(with(files, {{"model.safetensors.index.json", index_of(backwards, total)}}));
  CHECK(first.defects.empty());
  CHECK(first.tensors.size() == 120);
  CHECK(told(first) == told(second));
  // One entry that is false, at each place in turn: nothing but that is told.
  for (std::size_t i = 0; i < by_name.size(); i += 7) {
    auto wrong = by_name;
    wrong[i].second = wrong[i].second == "s0.safetensors" ? "s1.safetensors" : "s0.safetensors";
    const Checkpoint checkpoint = read(with(files, {{"model.safetensors.index.json", index_of(wrong, total)}}));
    REQUIRE(checkpoint.defects.size() == 1);
    CHECK(checkpoint.defects[0].kind == DefectKind::kTensorElsewhere);
    CHECK(checkpoint.defects[0].tensor == wrong[i].first);
    CHECK(names_of(checkpoint) == names_of(first));
    wrong[i] = {wrong[i].first + "0", by_name[i].second};
    const Checkpoint renamed = read(with(files, {{"model.safetensors.index.json", index_of(wrong, total)}}));
    CHECK(renamed.defects.size() == 2);
    CHECK(names_of(renamed) == names_of(first));
  }
}

TEST_CASE("shards beyond the number of tensors that are read are told once") {
  Names many;
  for (int i = 0; i < 150'000; ++i) many.push_back(fmt::format("{}", i));
  const std::string large = safetensors_of(many);
  Files files;
  for (int i = 0; i < 20; ++i)
    files[fmt::format("model-{:05}-of-00020.safetensors", i + 1)] = i < 3 ? large : safetensors_of({"small"});
  const Checkpoint checkpoint = read(files);
  CHECK(checkpoint.tensors.size() == 150'000);  // of equal names one
  CHECK(text_of(checkpoint.defects) ==
        "model-00001-of-00020.safetensors:0 refused: there is no index for 20 files like "
        "`model-00001-of-00020.safetensors`, without which from_pretrained does not find them\n"
        "model-00004-of-00020.safetensors:0 loads: the shards before this one have 450000 tensors; this one and those "
        "behind it were not read\n");
}

TEST_CASE("a file asked for by name is read, whatever from_pretrained takes") {
  const FileTreePtr tree = in_memory_tree(with(kSharded, {{"model.safetensors", safetensors_of({"x"})}}));
  CHECK(names_of(*read_checkpoint(*tree, "s2.safetensors")) == Names{"b"});
  CHECK(names_of(*read_checkpoint(*tree, "model.safetensors.index.json")) == Names{"a", "b"});
  CHECK_FALSE(read_checkpoint(*tree, "absent.safetensors").ok());
  CHECK_FALSE(read_checkpoint(*tree, "../s2.safetensors").ok());
}

TEST_CASE("a snapshot of the Hugging Face cache is read through its links") {
  ScratchFolder cache;
  const std::string repo = "models--org--name/";
  std::filesystem::create_directories(cache.path(repo + "snapshots/rev"));
  for (const auto& [name, bytes] : kSharded) {
    cache.write(fmt::format("{}blobs/of-{}", repo, name), bytes);
    cache.link("../../blobs/of-" + name, fmt::format("{}snapshots/rev/{}", repo, name));
  }
  const auto tree = open_folder(cache.path(repo + "snapshots/rev"));
  REQUIRE(tree.ok());
  const auto checkpoint = read_checkpoint(**tree);
  REQUIRE(checkpoint.ok());
  CHECK(text_of(checkpoint->defects).empty());
  CHECK(names_of(*checkpoint) == Names{"a", "b"});
}

TEST_CASE("stored values") {
  using namespace std::string_literals;
  struct Value {
    const char* dtype;
    std::string bytes;
    double value;
  };
  const std::vector<Value> values = {
      {"F64", "\x00\x00\x00\x00\x00\x00\xf8\x3f"s, 1.5},
      {"F32", "\x00\x00\x20\xc0"s, -2.5},
      {"F16", "\x00\x3e"s, 1.5},
      {"F16", "\x01\x00"s, std::ldexp(1, -24)},
      {"BF16", "\xc0\x3f"s, 1.5},
      {"F8_E4M3", "\x7e"s, 448},
      {"F8_E5M2", "\x7b"s, 57344},
      {"F8_E8M0", "\x80"s, 2},
      {"I64", "\xfe\xff\xff\xff\xff\xff\xff\xff"s, -2},
      {"I8", "\xff"s, -1},
      {"U8", "\xff"s, 255},
      {"BOOL", "\x01"s, 1},
  };
  for (const Value& value : values) {
    INFO(value.dtype);
    const std::string header =
        fmt::format(R"({{"t":{{"dtype":"{}","shape":[1],"data_offsets":[0,{}]}}}})", value.dtype, value.bytes.size());
    const FileTreePtr tree = in_memory_tree({{"model.safetensors", safetensors_file(header, 0) + value.bytes}});
    const auto checkpoint = read_checkpoint(*tree);
    REQUIRE(checkpoint.ok());
    const auto read = stored_values(*tree, *checkpoint, checkpoint->tensors[0]);
    REQUIRE(read.ok());
    CHECK(*read == std::vector<double>{value.value});
  }
}

TEST_CASE("values that cannot be had are errors") {
  const auto refused = [](const char* dtype, int elements, int bytes, std::uint64_t limit) {
    const std::string header =
        fmt::format(R"({{"t":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}}}})", dtype, elements, bytes);
    const FileTreePtr tree = in_memory_tree({{"model.safetensors", safetensors_file(header, 8)}});
    const auto checkpoint = read_checkpoint(*tree);
    return !stored_values(*tree, *checkpoint, checkpoint->tensors[0], limit).ok();
  };
  CHECK(refused("U8", 8, 8, 7));
  CHECK(refused("C64", 1, 8, 10));
  CHECK(refused("U8", 5, 8, 10));
  CHECK(refused("U8", 100, 100, 1000));  // beyond the file
  CHECK_FALSE(refused("U8", 8, 8, 8));
}

TEST_CASE("a checkpoint made by hand") {
  const Checkpoint checkpoint = sketched_checkpoint({{"b", Dtype::kBfloat16, {2, 3}}, {"a", Dtype::kFloat32, {}}});
  CHECK(names_of(checkpoint) == Names{"a", "b"});
  CHECK(checkpoint.find("b")->bytes() == 12);
  CHECK(checkpoint.find("a")->begin == 12);
  CHECK(checkpoint.shards[0].loadable);
}
