// The rows in which loads of the real libraries are recorded (tests/record/loads.py).
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "ckptlint/checkpoint.h"
#include "model_repo.h"
#include "release_wheels.h"

namespace ckptlint::test {

// Names with their numbers folded, sorted.
inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    for (std::string& name : expanded_names(word)) all.push_back(std::move(name));
  }
  std::sort(all.begin(), all.end());
  return all;
}

// Headers are all that loading looks at.
inline Checkpoint checkpoint_of(const nlohmann::json& tensors) {
  Checkpoint checkpoint;
  std::map<std::string, std::pair<Dtype, std::vector<std::int64_t>>> rows;
  for (const auto& [kind, names] : tensors.items()) {
    const std::size_t space = kind.find(' ');
    const auto dtype = dtype_of_safetensors_name(kind.substr(0, space));
    if (!dtype) throw std::runtime_error("no dtype: " + kind);  // and no assertion: several threads come here
    // Behind " = ", the values that the recorded checkpoint had; of the others they did not count.
    const auto shape =
        nlohmann::json::parse(kind.substr(space + 1, kind.find(" = ") - space - 1)).get<std::vector<std::int64_t>>();
    for (const std::string& name : words_of(names)) rows.emplace(name, std::pair(*dtype, shape));
  }
  for (const auto& [name, row] : rows) {
    const auto text = std::make_shared<const std::string>(name);
    checkpoint.texts.push_back(text);
    StoredTensor stored;
    stored.name = *text;
    stored.dtype = row.first;
    stored.first_extent = static_cast<std::uint32_t>(checkpoint.extents.size());
    stored.rank = static_cast<std::uint32_t>(row.second.size());
    checkpoint.extents.insert(checkpoint.extents.end(), row.second.begin(), row.second.end());
    checkpoint.tensors.push_back(stored);
  }
  return checkpoint;
}

}  // namespace ckptlint::test
