// GGUF files: what its own library wrote, and files that are cut or wrong.
#include <nlohmann/json.hpp>

#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/weight_file.h"
#include "golden.h"
#include "weight_files.h"

using namespace ckptlint;
using namespace ckptlint::test;

namespace {

Checkpoint read(const std::string& bytes) {
  const auto checkpoint = read_checkpoint(*in_memory_tree({{"model.gguf", bytes}}), "model.gguf");
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

std::string text(std::string_view value) { return little_endian_bytes(value.size()) + std::string(value); }
std::string header(std::uint64_t tensors, std::uint64_t metadata, std::uint64_t version = 3) {
  return "GGUF" + little_endian_bytes(version, 4) + little_endian_bytes(tensors) + little_endian_bytes(metadata);
}
std::string row(std::string_view name, const std::vector<std::uint64_t>& extents, std::uint64_t type,
                std::uint64_t offset) {
  std::string bytes = text(name) + little_endian_bytes(extents.size(), 4);
  for (const std::uint64_t extent : extents) bytes += little_endian_bytes(extent);
  return bytes + little_endian_bytes(type, 4) + little_endian_bytes(offset);
}
std::string padded(std::string bytes, std::size_t data) {
  bytes.resize((bytes.size() + 31) / 32 * 32 + data);
  return bytes;
}

}  // namespace

TEST_CASE("a GGUF file is what its own library reads back") {
  const auto expected = nlohmann::json::parse(fixture_text("formats/gguf/expected.json"));
  const Checkpoint checkpoint = read(fixture_text("formats/gguf/model.gguf"));
  CHECK(text_of(checkpoint.defects).empty());
  nlohmann::json rows;
  for (const StoredTensor& tensor : checkpoint.tensors) {
    rows.push_back({{"name", tensor.name},
                    {"type", tensor.type_name},
                    {"shape", checkpoint.shape(tensor)},
                    {"bytes", tensor.bytes()},
                    {"begin", tensor.begin}});
  }
  CHECK(rows.dump(1) == expected.dump(1));
  const auto& metadata = checkpoint.shards[0].metadata;
  CHECK(metadata.at("general.architecture") == "llama");
  CHECK(metadata.at("llama.negative") == "-3");
  CHECK(metadata.at("llama.flag") == "true");
  CHECK(metadata.at("tokenizer.ggml.tokens") == "3 values");
}

TEST_CASE("a GGUF file cut anywhere is refused, and nothing else happens") {
  const std::string sound = fixture_text("formats/gguf/model.gguf");
  std::uint64_t end = 0;  // of the data; padding follows
  for (const StoredTensor& tensor : read(sound).tensors) end = std::max(end, tensor.end);
  for (std::size_t size = 4; size < end; size += 3) {
    INFO(size);
    const Checkpoint checkpoint = read(sound.substr(0, size));
    CHECK_FALSE(checkpoint.shards[0].loadable);
  }
}

TEST_CASE("what is wrong with GGUF files") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"version 1", header(0, 0, 1)},
      {"big-endian", header(0, 0, 0x03000000)},
      {"ten million million tensors", header(10'000'000'000'000, 0)},
      {"a name of a terabyte", header(1, 0) + little_endian_bytes(1ull << 40)},
      {"100 dimensions", header(1, 0) + row("t", std::vector<std::uint64_t>(100, 1), 0, 0)},
      {"an overflowing shape", padded(header(1, 0) + row("t", {1ull << 62, 4}, 0, 0), 0)},
      {"half a block", padded(header(1, 0) + row("t", {31}, 8, 0), 64)},
      {"an unknown type", padded(header(1, 0) + row("t", {1}, 77, 0), 64)},
      {"a gap", padded(header(2, 0) + row("a", {1}, 0, 0) + row("b", {1}, 0, 64), 96)},
      {"a name twice", padded(header(2, 0) + row("a", {1}, 0, 0) + row("a", {1}, 0, 32), 64)},
      {"beyond the file", padded(header(1, 0) + row("a", {100}, 0, 0), 64)},
      {"an offset of 2^64 - 1", padded(header(1, 0) + row("a", {1}, 0, ~0ull), 64)},
      {"an unknown metadata type", header(0, 1) + text("key") + little_endian_bytes(13, 4)},
      {"an array of arrays",
       header(0, 1) + text("key") + little_endian_bytes(9, 4) + little_endian_bytes(9, 4) + little_endian_bytes(1)},
      {"an array of 2^63 numbers", header(0, 1) + text("key") + little_endian_bytes(9, 4) + little_endian_bytes(4, 4) +
                                       little_endian_bytes(1ull << 63)},
      {"an alignment of 3",
       header(0, 1) + text("general.alignment") + little_endian_bytes(4, 4) + little_endian_bytes(3, 4)},
      {"an alignment of 0",
       header(0, 1) + text("general.alignment") + little_endian_bytes(4, 4) + little_endian_bytes(0, 4)},
  };
  std::string out;
  for (const auto& [what, bytes] : files) {
    const Checkpoint checkpoint = read(bytes);
    CHECK_FALSE(checkpoint.shards[0].loadable);
    out += fmt::format("== {}\n{}\n", what, text_of(checkpoint.defects));
  }
  check_golden("formats/gguf_defects.txt", out);
}
