// Sound and broken safetensors files, and which of them the reference implementation refuses.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "base/escape.h"
#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/weight_file.h"
#include "golden.h"
#include "weight_files.h"

using namespace ckptlint;
using namespace ckptlint::test;

namespace {

Checkpoint read(const std::string& bytes) {
  const auto checkpoint = read_checkpoint(*in_memory_tree({{"model.safetensors", bytes}}), "model.safetensors");
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

struct Case {
  const char* what;
  std::string header;
  std::size_t data_bytes;
};

const std::vector<Case> kCases = {
    {"sound",
     R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I8","shape":[],"data_offsets":[24,25]}})",
     25},
    {"no tensors", R"({})", 0},
    {"metadata", R"({"__metadata__":{"format":"pt"}})", 0},
    {"null metadata", R"({"__metadata__":null})", 0},
    {"padding", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   )", 1},
    {"an extra field", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":{"x":[1,{}]}}})", 1},
    {"sub-byte",
     R"({"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]}})",
     5},
    {"half a byte", R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2},
    {"an overlap",
     R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6},
    {"a hole",
     R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}})",
     10},
    {"a hole at the beginning", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 8},
    {"truncated",
     R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 5},
    {"trailing bytes", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 6},
    {"backwards", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}})", 4},
    {"too few bytes for the shape", R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}})", 4},
    {"an overflowing shape", R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})", 4},
    {"an overflow before a zero", R"({"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}})", 0},
    {"a dimension beyond 63 bits", R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4},
    {"a negative dimension", R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,4]}})", 4},
    {"a fraction", R"({"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,4]}})", 4},
    {"an unknown dtype",
     R"({"a":{"dtype":"F3","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}})", 5},
    {"a dtype that is a number", R"({"a":{"dtype":8,"shape":[4],"data_offsets":[0,4]}})", 4},
    {"no dtype", R"({"a":{"shape":[4],"data_offsets":[0,4]}})", 4},
    {"no offsets", R"({"a":{"dtype":"U8","shape":[4]}})", 4},
    {"three offsets", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}})", 4},
    {"two shapes", R"({"a":{"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]}})", 4},
    {"a nested shape", R"({"a":{"dtype":"U8","shape":[[4]],"data_offsets":[0,4]}})", 4},
    {"a tensor that is a number", R"({"a":4})", 4},
    {"a tensor that is a list", R"({"a":[1,2]})", 0},
    {"the same name twice",
     R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4},
    {"the same name twice, elsewhere",
     R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 8},
    {"a number in the metadata", R"({"__metadata__":{"step":7}})", 0},
    {"an object in the metadata", R"({"__metadata__":{"step":{"x":"y"}}})", 0},
    {"metadata that is a string", R"({"__metadata__":"pt"})", 0},
    {"metadata twice", R"({"__metadata__":{"a":"b"},"__metadata__":{"a":"b"}})", 0},
    {"JSON cut short", R"({"a":{"dtype":"U8","shape":[4],)", 0},
    {"padding of zero bytes", std::string("{}\0\0", 4), 0},
    {"two documents", R"({},"__metadata__":{})", 0},
    {"a header that is a list", R"([])", 0},
    {"a name that forges lines", R"({"a\n::error::b\u001b[2J":{"dtype":"U8","shape":[4],"data_offsets":[0,3]}})", 3},
    {"bytes that are not UTF-8", "{\"a\xff\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1},
};

}  // namespace

TEST_CASE("what is wrong with a header") {
  std::string text;
  for (const Case& c : kCases) {
    const Checkpoint checkpoint = read(safetensors_file(c.header, c.data_bytes));
    text += fmt::format("== {}\n{} + {} bytes\n{} tensors, {}\n{}\n", c.what, printable(c.header), c.data_bytes,
                        checkpoint.tensors.size(), checkpoint.shards[0].loadable ? "loads" : "refused",
                        text_of(checkpoint.defects));
  }
  check_golden("formats/safetensors_defects.txt", text);
}

TEST_CASE("what is wrong with a file as a whole") {
  using namespace std::string_literals;
  const std::string sound = safetensors_of({"a", "b"});
  const std::vector<std::pair<std::string, std::string>> files = {
      {"empty", ""},
      {"seven bytes", "1234567"},
      {"nothing behind the length", little_endian_bytes(2)},
      {"a header of no bytes", little_endian_bytes(0) + "{}"},
      {"a header of 1 TB", little_endian_bytes(1ull << 40) + "{}"},
      {"a header of 2^64 - 1 bytes", little_endian_bytes(~0ull) + "{}"},
      {"a header longer than the file", little_endian_bytes(4000) + "{\"a\":"},
      {"a header that is text", little_endian_bytes(8) + "abcdefgh"},
      {"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 4976698672\n"},
      {"a web page", "<!DOCTYPE html><html><body>Not found</body></html>"},
      {"a zip", "PK\x03\x04 and so on and on"},
      {"a pickle", "\x80\x02}q\x00.  and so on"s},
      {"zeros", std::string(64, '\0')},
      {"cut in the data", sound.substr(0, sound.size() - 3)},
      {"cut in the header", sound.substr(0, 40)},
  };
  std::string text;
  for (const auto& [what, bytes] : files) {
    const Checkpoint checkpoint = read(bytes);
    CHECK_FALSE(checkpoint.shards[0].loadable);
    text += fmt::format("== {}\n{}\n", what, text_of(checkpoint.defects));
  }
  check_golden("formats/file_defects.txt", text);
}

TEST_CASE("a sound file gives its tensors, sorted, with their places") {
  const Checkpoint checkpoint = read(safetensors_file(
      R"({"z":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"a":{"dtype":"F64","shape":[],"data_offsets":[12,20]},"__metadata__":{"format":"pt","x":"y"}})",
      20));
  REQUIRE(checkpoint.defects.empty());
  REQUIRE(names_of(checkpoint) == std::vector<std::string>{"a", "z"});
  const StoredTensor* z = checkpoint.find("z");
  REQUIRE(z != nullptr);
  CHECK(z->dtype == Dtype::kBfloat16);
  CHECK(z->type_name == "BF16");
  CHECK(std::vector<std::int64_t>(checkpoint.shape(*z).begin(), checkpoint.shape(*z).end()) ==
        std::vector<std::int64_t>{2, 3});
  CHECK(z->bytes() == 12);
  CHECK(z->begin == checkpoint.shards[0].data_begin);
  CHECK(checkpoint.shape(*checkpoint.find("a")).empty());
  CHECK(checkpoint.find("b") == nullptr);
  CHECK(checkpoint.shards[0].metadata == std::map<std::string, std::string>{{"format", "pt"}, {"x", "y"}});
  CHECK(checkpoint.shards[0].loadable);
}

TEST_CASE("a copy keeps its names when the original is gone") {
  auto original = std::make_unique<Checkpoint>(read(safetensors_of({"a.long.name.that.is.not.stored.inline"})));
  const Checkpoint copy = *original;
  original.reset();
  CHECK(copy.tensors[0].name == "a.long.name.that.is.not.stored.inline");
}

TEST_CASE("the number of tensors is limited") {
  ReadLimits limits;
  limits.tensors = 3;
  const std::string bytes = safetensors_of({"a", "b", "c", "d", "e"});
  const WeightFile file = read_weight_file(ByteSource(bytes, "x"), "x.safetensors", limits);
  CHECK(file.tensors.size() == 3);
  REQUIRE(file.defects.size() == 1);
  CHECK(file.defects[0].kind == DefectKind::kTooManyTensors);
}

TEST_CASE("deep nesting ends in a defect") {
  std::string header = R"({"a":{"x":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}}";
  const Checkpoint checkpoint = read(safetensors_file(header, 0));
  REQUIRE(checkpoint.defects.size() == 1);
  CHECK(checkpoint.defects[0].kind == DefectKind::kHeaderSyntax);
}

TEST_CASE("a thousand faults of one kind are told as twenty and a number") {
  std::string header = "{";
  for (int i = 0; i < 1000; ++i)
    header += fmt::format(R"({}"t{}":{{"dtype":"U8","shape":[9],"data_offsets":[0,1]}})", i == 0 ? "" : ",", i);
  const Checkpoint checkpoint = read(safetensors_file(header + "}", 1));
  std::size_t sizes = 0;
  for (const Defect& defect : checkpoint.defects) sizes += defect.kind == DefectKind::kSizeMismatch ? 1 : 0;
  CHECK(sizes == 20);
  CHECK(text_of(checkpoint.defects).find("(and 980 more of this kind)") != std::string::npos);
}

namespace {

// Which defects are the library's words.
bool is_what_it_says(DefectKind kind, const std::string& words) {
  using enum DefectKind;
  const auto says = [&](const char* text) { return words.find(text) != std::string::npos; };
  if (says("invalid JSON") || says("invalid UTF-8"))
    return kind == kHeaderSyntax || kind == kHeaderLength || kind == kWrongFormat || kind == kHeaderField ||
           kind == kMetadata || kind == kUnknownDtype;
  if (says("invalid offset")) return kind == kOffsets || kind == kOverlap || kind == kHole;
  if (says("overflow")) return kind == kShapeOverflow;
  if (says("invalid shape") || says("subbytes")) return kind == kSizeMismatch;
  return says("incomplete metadata") && (kind == kTruncated || kind == kTrailingBytes);
}

std::string without_escapes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.compare(i, 2, "\\x") == 0;
    out += escape ? static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16)) : text[i];
    if (escape) i += 3;
  }
  return out;
}

}  // namespace

TEST_CASE("headers are judged as safetensors 0.8.0 judged them") {
  std::istringstream rows(fixture_text("upstream/safetensors-0.8.0/headers.tsv"));
  std::size_t count = 0;
  for (std::string line; std::getline(rows, line); ++count) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    const std::string verdict = line.substr(0, first);
    const std::string header = without_escapes(line.substr(second + 1));
    INFO(line);
    const Checkpoint checkpoint = read(safetensors_file(header, std::stoul(line.substr(first + 1))));
    INFO(text_of(checkpoint.defects));
    const bool loads = verdict.starts_with("loads: ");
    REQUIRE(checkpoint.shards[0].loadable == loads);
    if (!loads) {
      CHECK(std::any_of(checkpoint.defects.begin(), checkpoint.defects.end(), [&](const Defect& defect) {
        return defect.stops_loading && is_what_it_says(defect.kind, verdict);
      }));
      continue;
    }
    nlohmann::json tensors = nlohmann::json::array();
    for (const StoredTensor& tensor : checkpoint.tensors)
      tensors.push_back({tensor.name, tensor.type_name, checkpoint.shape(tensor), tensor.bytes()});
    CHECK(tensors == nlohmann::json::parse(verdict.substr(7)));
  }
  CHECK(count > 400);
}

TEST_CASE("rows are read alike, however they are spelt") {
  // Dtypes, shapes and offsets that repeat, nearly repeat, or begin like those before.
  struct Row {
    const char* dtype;
    std::vector<std::int64_t> shape;
    std::uint64_t bytes;
  };
  const std::vector<Row> rows = {{"F32", {2, 3}, 24},  {"F32", {2, 3}, 24},
                                 {"F32", {3, 2}, 24},  {"F32", {2, 3}, 24},
                                 {"BF16", {2, 3}, 12}, {"F32", {2, 3, 1}, 24},
                                 {"U8", {}, 1},        {"U8", {1}, 1},
                                 {"U8", {0}, 0},       {"U8", {0, 99999999}, 0},
                                 {"F32", {2, 3}, 24},  {"U8", {12345678}, 12345678},
                                 {"U8", {1}, 1},       {"F64", {123456789}, 987654312},
                                 {"U8", {3}, 3}};
  std::string plain = "{";
  std::string spaced = "{";
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [dtype, shape, bytes] = rows[i];
    const std::string extents = fmt::format("{}", fmt::join(shape, ","));
    plain += fmt::format(R"({}"t{:02}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", i == 0 ? "" : ",", i,
                         dtype, extents, end, end + bytes);
    spaced += fmt::format(R"({}"t{:02}": {{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", i == 0 ? "" : ",", i,
                          dtype, extents, end, end + bytes);
    end += bytes;
  }
  const auto listed = [&](const std::string& header) {
    // The data is not there: which tensors are cut is said of both alike.
    const std::string bytes = safetensors_file(header, 0);
    const Checkpoint checkpoint = *read_checkpoint(*in_memory_tree({{"model.safetensors", bytes}}));
    std::string text;
    for (const StoredTensor& tensor : checkpoint.tensors)
      text += fmt::format("{} {} [{}] {}\n", tensor.name, tensor.type_name, fmt::join(checkpoint.shape(tensor), ","),
                          tensor.bytes());
    return std::pair(text, checkpoint.defects.size());
  };
  std::string expected;
  for (std::size_t i = 0; i < rows.size(); ++i)
    expected += fmt::format("t{:02} {} [{}] {}\n", i, rows[i].dtype, fmt::join(rows[i].shape, ","), rows[i].bytes);
  CHECK(listed(plain + "}").first == expected);
  CHECK(listed(spaced + "}") == listed(plain + "}"));
  for (std::size_t length = plain.size() - 60; length < plain.size(); ++length)
    CHECK(listed(plain.substr(0, length)).second == 1);
}
