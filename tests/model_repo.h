// Model repos for tests: a fixture folder, copied, with its weight files made from text.
//
// `model.safetensors.txt` stands for model.safetensors, a line a tensor: "name DTYPE [extents]", and where values
// matter
// "= value value ...".  Names may have {0..3,7} or {q,k} in them.  The file is sparse: what has no values is zero.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "ckptlint/dtype.h"
#include "golden.h"
#include "scratch_folder.h"

namespace ckptlint::test {

inline std::vector<std::string> alternatives_of(const std::string& list) {
  std::vector<std::string> all;
  std::istringstream items(list);
  for (std::string item; std::getline(items, item, ',');) {
    const std::size_t dots = item.find("..");
    if (dots == std::string::npos) {
      all.push_back(item);
      continue;
    }
    for (int i = std::stoi(item.substr(0, dots)); i <= std::stoi(item.substr(dots + 2)); ++i)
      all.push_back(std::to_string(i));
  }
  return all;
}

inline std::vector<std::string> expanded_names(const std::string& name) {
  const std::size_t open = name.find('{');
  if (open == std::string::npos) return {name};
  const std::size_t close = name.find('}', open);
  std::vector<std::string> all;
  for (const std::string& rest : expanded_names(name.substr(close + 1))) {
    for (const std::string& item : alternatives_of(name.substr(open + 1, close - open - 1))) {
      all.push_back(name.substr(0, open) + item + rest);
    }
  }
  return all;
}

inline std::string bytes_of(double value, Dtype dtype) {
  const auto raw = [](auto typed) { return std::string(reinterpret_cast<const char*>(&typed), sizeof typed); };
  switch (dtype) {
    case Dtype::kFloat64:
      return raw(value);
    case Dtype::kFloat32:
      return raw(static_cast<float>(value));
    case Dtype::kFloat16:
      // Powers of two alone.
      return raw(static_cast<std::uint16_t>((std::ilogb(value) + 15) << 10));
    case Dtype::kBfloat16:
      return raw(static_cast<float>(value)).substr(2);
    case Dtype::kInt64:
      return raw(static_cast<std::int64_t>(value));
    case Dtype::kBool:
      return raw(static_cast<std::uint8_t>(value));
    default:
      FAIL("no values of this type in fixtures");
      return "";
  }
}

// Writes the safetensors file that `text` describes, with `metadata` beside its format.
inline void write_sparse_checkpoint(const std::string& text, const std::string& path,
                                    const nlohmann::json& metadata = nlohmann::json::object()) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  for (const auto& [name, value] : metadata.items()) header["__metadata__"][name] = value;
  std::vector<std::pair<std::uint64_t, std::string>> values;
  std::uint64_t end = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::size_t open = line.find('[');
    const std::size_t close = line.find(']');
    std::istringstream words(line.substr(0, open));
    std::string names;
    std::string type;
    words >> names >> type;
    const auto dtype = dtype_of_safetensors_name(type);
    INFO(line);
    REQUIRE(dtype.has_value());
    const auto shape = nlohmann::json::parse(line.substr(open, close - open + 1));
    std::uint64_t size = static_cast<std::uint64_t>(bits(*dtype)) / 8;
    for (const auto& extent : shape) size *= extent.get<std::uint64_t>();
    std::string bytes;
    const std::size_t equals = line.find('=', close);
    std::istringstream given(equals == std::string::npos ? "" : line.substr(equals + 1));
    for (double value = 0; given >> value;) bytes += bytes_of(value, *dtype);
    for (const std::string& name : expanded_names(names)) {
      header[name] = {{"dtype", type}, {"shape", shape}, {"data_offsets", {end, end + size}}};
      if (!bytes.empty()) values.emplace_back(end, bytes);
      end += size;
    }
  }
  std::string head = header.dump();
  head.append((8 - head.size() % 8) % 8, ' ');
  const std::uint64_t length = head.size();
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << head;
  for (const auto& [offset, bytes] : values) {
    out.seekp(static_cast<std::streamoff>(8 + length + offset));
    out << bytes;
  }
  out.close();
  REQUIRE(out.good());
  std::filesystem::resize_file(path, 8 + length + end);
}

// A copy of fixtures/<path> that lives as long as this.
class ModelRepo {
 public:
  explicit ModelRepo(const std::string& path) {
    for (const auto& entry : std::filesystem::directory_iterator(fixture_path(path))) {
      const std::string name = entry.path().filename().string();
      if (entry.is_directory()) copy_folder(entry.path(), path + "/" + name, folder_.path(name));
      if (name.ends_with(".safetensors.txt")) {
        write_sparse_checkpoint(fixture_text(path + "/" + name), folder_.path(name.substr(0, name.size() - 4)));
      } else if (entry.is_regular_file()) {
        std::filesystem::copy_file(entry.path(), folder_.path(name));
      }
    }
  }

  const std::string& path() const { return folder_.path(); }
  const ScratchFolder& folder() const { return folder_; }
  std::string text(const std::string& name) const {
    std::ifstream in(folder_.path(name), std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // `output` with the folder's own path, which differs from run to run, called REPO; its name too, also as a module's.
  std::string without_path(std::string output) const {
    const std::string name = path().substr(path().rfind('/') + 1);
    std::string module = name;
    for (std::size_t at = module.find('-'); at != std::string::npos; at = module.find('-', at))
      module.replace(at, 1, "_hyphen_");
    for (const std::string& own : {path(), name, module}) {
      for (std::size_t at = output.find(own); at != std::string::npos; at = output.find(own, at))
        output.replace(at, own.size(), "REPO");
    }
    return output;
  }

 private:
  static constexpr auto kWithAllBelow = std::filesystem::copy_options::recursive;

  // Weights of a folder lie directly in it.
  static void copy_folder(const std::filesystem::path& from, const std::string& fixture, const std::string& to) {
    std::filesystem::copy(from, to, kWithAllBelow);
    for (const auto& entry : std::filesystem::directory_iterator(from)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".safetensors.txt")) continue;
      write_sparse_checkpoint(fixture_text(fixture + "/" + name), to + "/" + name.substr(0, name.size() - 4));
      std::filesystem::remove(to + "/" + name);
    }
  }

  ScratchFolder folder_;
};

// A release of transformers that set-up fetched.
inline std::string transformers_wheel(const std::string& release = "5.23.0") {
  const std::string path = std::string(CKPTLINT_THIRD_PARTY_DIR "/transformers-") + release + "-py3-none-any.whl";
  INFO(path << " is not there: run .ci/setup --tests");
  REQUIRE(std::filesystem::exists(path));
  return path;
}

}  // namespace ckptlint::test
