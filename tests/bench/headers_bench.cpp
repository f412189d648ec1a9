// Opening a sharded checkpoint and checking all its headers, against simdjson on the same header bytes in memory.
//
//   headers_bench FOLDER        writes 163 sparse shards with 91,000 tensors there, unless they are there, and measures
//
// Once the headers alone, which is what headers_python.py has Python's safetensors read of the same folder, and once
// the whole checkpoint: with its index, two fifths of the bytes, and one held against the other.  By the clock and in
// processor time, which counts what all threads take, the best of sixty in one process.
#include <fmt/format.h>
#ifdef CKPTLINT_HAS_SIMDJSON
#include <simdjson.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/process_memory.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/shards.h"

namespace {

namespace fs = std::filesystem;

constexpr int kShards = 163;
constexpr int kTensors = 91'000;
constexpr int kRuns = 60;

std::string shard_name(int number) { return fmt::format("model-{:05}-of-{:05}.safetensors", number, kShards); }

// Names as those of a mixture of experts.
std::string tensor_name(int number) {
  constexpr const char* kParts[] = {"gate_proj.weight",         "up_proj.weight",
                                    "down_proj.weight",         "gate_proj.weight_scale_inv",
                                    "up_proj.weight_scale_inv", "down_proj.weight_scale_inv"};
  const int expert = number / 6;
  return fmt::format("model.layers.{}.mlp.experts.{}.{}", expert / 256, expert % 256, kParts[number % 6]);
}

bool is_scale(int number) { return number % 6 >= 3; }

// As safetensors' own writer lays it out: wide dtypes first, then by name.
std::vector<int> tensors_of(int shard) {
  std::vector<int> numbers;
  for (int i = kTensors * (shard - 1) / kShards; i < kTensors * shard / kShards; ++i) numbers.push_back(i);
  std::sort(numbers.begin(), numbers.end(),
            [](int a, int b) { return is_scale(a) != is_scale(b) ? is_scale(a) : tensor_name(a) < tensor_name(b); });
  return numbers;
}

// A sparse file.  Returns how many bytes its tensors have.
std::uint64_t write_shard(const fs::path& path, const std::vector<int>& numbers) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::uint64_t end = 0;
  for (const int number : numbers) {
    const std::uint64_t begin = end;
    end += is_scale(number) ? 16 * 56 * 4 : 2048 * 7168;
    header += fmt::format(R"(,"{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", tensor_name(number),
                          is_scale(number) ? "F32" : "F8_E4M3", is_scale(number) ? "16,56" : "2048,7168", begin, end);
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  const std::uint64_t length = header.size();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << header;
  out.close();
  fs::resize_file(path, 8 + length + end);
  return end;
}

void write_checkpoint(const fs::path& folder) {
  fs::create_directories(folder);
  std::map<std::string, std::string> shard_of;
  std::uint64_t total = 0;
  for (int shard = 1; shard <= kShards; ++shard) {
    const std::vector<int> numbers = tensors_of(shard);
    for (const int number : numbers) shard_of[tensor_name(number)] = shard_name(shard);
    total += write_shard(folder / shard_name(shard), numbers);
  }
  // As save_pretrained writes it.
  std::ofstream index(folder / "model.safetensors.index.json");
  index << fmt::format("{{\n  \"metadata\": {{\n    \"total_size\": {}\n  }},\n  \"weight_map\": {{", total);
  const char* separator = "\n";
  for (const auto& [tensor, shard] : shard_of) {
    index << fmt::format("{}    \"{}\": \"{}\"", separator, tensor, shard);
    separator = ",\n";
  }
  index << "\n  }\n}\n";
}

struct Milliseconds {
  double clock = 1e9;
  double processor = 1e9;
};

template <typename Work>
Milliseconds best_time(Work work) {
  Milliseconds best;
  for (int run = 0; run < kRuns; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t processor_begin = std::clock();
    work();
    const double processor = 1000.0 * static_cast<double>(std::clock() - processor_begin) / CLOCKS_PER_SEC;
    const std::chrono::duration<double, std::milli> clock = std::chrono::steady_clock::now() - begin;
    best = {std::min(best.clock, clock.count()), std::min(best.processor, processor)};
  }
  return best;
}

// The JSON of the headers, and behind it that of the index.
std::vector<std::string> json_texts(const fs::path& folder) {
  std::vector<std::string> texts;
  for (int shard = 1; shard <= kShards; ++shard) {
    std::ifstream in(folder / shard_name(shard), std::ios::binary);
    std::uint64_t length = 0;
    in.read(reinterpret_cast<char*>(&length), sizeof length);
    std::string text(length, '\0');
    in.read(text.data(), static_cast<std::streamsize>(length));
    texts.push_back(std::move(text));
  }
  std::ifstream index(folder / "model.safetensors.index.json", std::ios::binary);
  texts.emplace_back(std::istreambuf_iterator<char>(index), std::istreambuf_iterator<char>());
  return texts;
}

void print(std::string_view what, const Milliseconds& time) {
  fmt::print("{}: {:.1f} ms, {:.1f} ms of processor time\n", what, time.clock, time.processor);
}

// simdjson on the same bytes, and how many times as long `ours` took.
void compare(const Milliseconds& ours, const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
#ifdef CKPTLINT_HAS_SIMDJSON
  std::vector<simdjson::padded_string> padded(texts.begin(), texts.end());
  const Milliseconds parsed = best_time([&] {
    simdjson::dom::parser parser;
    for (const auto& text : padded) {
      if (parser.parse(text).error() != simdjson::SUCCESS) std::abort();
    }
  });
  print(fmt::format("  simdjson: parse the same {} bytes", bytes), parsed);
  fmt::print("  ckptlint takes {:.2f} times as long, {:.2f} times the processor time\n", ours.clock / parsed.clock,
             ours.processor / parsed.processor);
#else
  fmt::print("  {} bytes of JSON\n", bytes);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: headers_bench FOLDER\n");
    return 2;
  }
  ckptlint::prepare_process_memory();  // as the program does
  const fs::path folder = argv[1];
  if (!fs::exists(folder / "model.safetensors.index.json")) write_checkpoint(folder);
  std::vector<std::string> shards;
  for (int shard = 1; shard <= kShards; ++shard) shards.push_back(shard_name(shard));
  std::size_t tensors = 0;
  std::size_t defects = 0;
  const Milliseconds headers = best_time([&] {
    const auto tree = ckptlint::open_folder(folder.string());
    tensors = defects = 0;
    for (const ckptlint::ShardFile& each : ckptlint::read_shards(**tree, shards)) {
      tensors += each.file.tensors.size();
      defects += each.file.defects.size();
    }
  });
  print(fmt::format("ckptlint: open and check the headers of {} tensors ({} defects)", tensors, defects), headers);
  std::vector<std::string> texts = json_texts(folder);
  const std::vector<std::string> index = {std::move(texts.back())};
  texts.pop_back();
  compare(headers, texts);
  const Milliseconds checked = best_time([&] {
    const auto tree = ckptlint::open_folder(folder.string());
    const auto checkpoint = ckptlint::read_checkpoint(**tree);
    tensors = checkpoint->tensors.size();
    defects = checkpoint->defects.size();
  });
  print(fmt::format("ckptlint: read the index too and check the whole, {} tensors ({} defects)", tensors, defects),
        checked);
  texts.push_back(index.front());
  compare(checked, texts);
  return defects == 0 ? 0 : 1;
}
