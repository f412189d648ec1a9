// Every fuzz target for a moment, without libFuzzer: over its seeds and findings in fixtures/fuzz/<target>, and over
// each of them cut short and with bytes changed.  What a target does not survive ends this program.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#define TARGET(name) extern "C" int fuzz_one_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef TARGET

namespace {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};

constexpr Target kTargets[] = {
#define TARGET(name) {#name, fuzz_one_##name},
#include "fuzz_targets.inc"
#undef TARGET
};

constexpr int kChanged = 200;  // variants of each seed

void run(const Target& target, const std::string& bytes) {
  target.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string changed(std::string bytes, std::mt19937& random) {
  for (int i = 0; i < 3 && !bytes.empty(); ++i) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(at, random() % 8);
        break;
      case 2:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 16));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

}  // namespace

int main() {
  for (const Target& target : kTargets) {
    const std::filesystem::path folder = std::filesystem::path(CKPTLINT_FIXTURES_DIR "/fuzz") / target.name;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (files.empty()) {
      std::fprintf(stderr, "%s has no seeds\n", folder.c_str());
      return 1;
    }
    std::mt19937 random(1);
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(in), {});
      std::fprintf(stderr, "%s: %s\n", target.name, file.filename().c_str());
      run(target, bytes);
      for (int i = 0; i < kChanged; ++i) run(target, changed(bytes, random));
    }
  }
  return 0;
}
