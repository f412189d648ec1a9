// Files of torch.save made in memory, of tensors that are zero.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "ckptlint/dtype.h"
#include "model_repo.h"
#include "zip_writer.h"

namespace ckptlint::test {

// A zip of a state dict, of rows as write_sparse_checkpoint takes them, without values.
inline std::string torch_file(const std::string& text) {
  static const std::map<std::string, std::string> storages{{"F64", "Double"},    {"F32", "Float"}, {"F16", "Half"},
                                                           {"BF16", "BFloat16"}, {"I64", "Long"},  {"BOOL", "Bool"}};
  const auto number = [](std::uint64_t value) {
    std::string bytes = "J";
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
    return bytes;
  };
  const auto word = [&](const std::string& value) { return "X" + number(value.size()).substr(1) + value; };
  const auto numbers = [&](const std::vector<std::uint64_t>& values) {
    std::string bytes = "(";
    for (const std::uint64_t value : values) bytes += number(value);
    return bytes + "t";
  };
  std::string pickle = "\x80\2}(";
  std::vector<std::uint64_t> sizes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t open = line.find('[');
    std::istringstream words(line.substr(0, open));
    std::string names, type;
    words >> names >> type;
    INFO(line);
    REQUIRE(storages.contains(type));
    const auto shape = nlohmann::json::parse(line.substr(open)).get<std::vector<std::uint64_t>>();
    std::vector<std::uint64_t> strides(shape.size());
    std::uint64_t count = 1;
    for (std::size_t i = shape.size(); i-- > 0; count *= shape[i]) strides[i] = count;
    for (const std::string& name : expanded_names(names)) {
      pickle += word(name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + word("storage") + "ctorch\n" +
                storages.at(type) + "Storage\n" + word(std::to_string(sizes.size())) + word("cpu") + number(count) +
                "tQ" + number(0) + numbers(shape) + numbers(strides) + "\x89" + "ccollections\nOrderedDict\n)RtR";
      sizes.push_back(count * static_cast<std::uint64_t>(bits(*dtype_of_safetensors_name(type))) / 8);
    }
  }
  ZipWriter zip;
  zip.add({"archive/data.pkl", pickle + "u."});
  zip.add({"archive/version", "3\n"});
  for (std::size_t i = 0; i < sizes.size(); ++i)
    zip.add({"archive/data/" + std::to_string(i), std::string(sizes[i], '\0')});
  return zip.finish();
}

}  // namespace ckptlint::test
