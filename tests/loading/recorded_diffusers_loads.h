// Loads as tests/record/diffusers_loads.py writes them, held against ours.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/disk.h"
#include "graph/asking.h"
#include "graph/evaluated_model.h"
#include "graph/evaluator.h"
#include "library/library.h"
#include "library/torch/torch.h"
#include "loading/diffusers_load.h"
#include "loading/recorded_loads.h"
#include "side_by_side.h"

namespace ckptlint::test {

using nlohmann::json;

inline bool is_weight_file(const std::string& name) {
  return name.ends_with(".safetensors") || name.ends_with(".bin") || name.ends_with(".ckpt");
}

inline StoredFile file_of(const std::string& path, const json& described) {
  StoredFile file{path, described.is_object()};
  if (!file.loadable) return file;
  const Checkpoint checkpoint = checkpoint_of(described);
  for (const StoredTensor& each : checkpoint.tensors) {
    const auto shape = checkpoint.shape(each);
    file.tensors.push_back({std::string(each.name), each.dtype, {shape.begin(), shape.end()}});
  }
  return file;
}

// A file that is no weights; an index is kept with the names of each shard folded.
inline std::string text_of(const json& value) {
  if (value.is_string()) return value;
  json index = value;
  if (!index.is_object() || !index.contains("weight_map")) return index.dump();
  json map = json::object();
  for (const auto& [shard, names] : index["weight_map"].items()) {
    for (const std::string& name : words_of(names)) map[name] = shard;
  }
  index["weight_map"] = std::move(map);
  return index.dump();
}

inline std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

// Exceptions are told as the rows have them, with the folder by its name.
inline std::string as_recorded(std::string text) {
  for (std::size_t at = text.find("/repo"); at != std::string::npos; at = text.find("/repo", at))
    text.replace(at, 5, "FOLDER");
  return text;
}

inline std::string difference_of(const NamedLoad& load, const json& row) {
  const json& want = row["report"];
  if (want.contains("error")) return "no error is predicted";
  if (sorted(load.missing) != words_of(want["missing"])) return "missing differ";
  if (sorted(load.unexpected) != words_of(want["unexpected"])) return "unexpected differ";
  std::vector<std::string> names, wanted;
  for (const auto& [stored, name] : load.mismatched) names.push_back(name);
  for (const json& each : want["mismatched"]) wanted.push_back(each[0]);
  if (sorted(names) != sorted(wanted)) {
    std::string ours = "mismatched differ:";
    for (const std::string& name : sorted(names)) ours += " " + name;
    return ours;
  }
  if (!row.contains("kind")) return "";
  std::set<std::string> unset(load.unset.begin(), load.unset.end()), on_meta;
  std::erase_if(unset, [](const std::string& name) { return name.find(".weight._") != std::string::npos; });  // parts
  for (const std::string& name : words_of(row.value("meta", ""))) on_meta.insert(name);
  return std::includes(on_meta.begin(), on_meta.end(), unset.begin(), unset.end()) ? "" : "tensors have values";
}

inline std::string type_of(const std::string& exception) { return exception.substr(0, exception.find(':')); }

// {text: folded names} as {name: text}; the names of tensors are folded themselves.
inline std::map<std::string, std::string> metadata_of(const json& told) {
  std::map<std::string, std::string> metadata;
  for (const auto& [text, names] : told.items()) {
    for (const std::string& name : words_of(names)) {
      if (name == "tensor_names") {
        json all = json::array();
        for (const std::string& tensor : words_of(text)) all.push_back(tensor);
        metadata[name] = all.dump();
      } else {
        metadata[name] = text;
      }
    }
  }
  return metadata;
}

// The folder of a row; not on several threads, as what is checked on the way is counted.
struct Folder {
  FileTreePtr tree;
  std::vector<StoredFile> files;
};

inline Folder folder_of(const json& row) {
  std::map<std::string, std::string> texts;
  Folder made;
  const std::string folder = row["arguments"].value("subfolder", "");
  for (const auto& [name, value] : row["files"].items()) {
    const std::string path = folder.empty() || name.find('/') != std::string::npos ? name : folder + "/" + name;
    if (is_weight_file(name)) {
      made.files.push_back(file_of(path, value));
      if (row.contains("metadata") && row["metadata"].contains(name))
        made.files.back().metadata = metadata_of(row["metadata"][name]);
    }
    texts[path] = is_weight_file(name) ? "" : text_of(value);
  }
  made.tree = in_memory_tree(std::move(texts));
  return made;
}

// What is wrong with our report, or nothing.
inline std::string difference(const json& row, const Folder& folder, const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.repo = folder.tree;
  request.sources = sources;
  request.quantize = row.contains("kind");
  json arguments = row["arguments"];
  if (row.contains("argument")) {
    arguments["quantization_config"] = row["argument"];
    request.quantization = row["argument"].dump();
  }
  Result<std::shared_ptr<python::Interpreter>> made =
      make_evaluator(request, request.quantize ? python::install_library_for_quantizers : python::install_library);
  if (!made.ok()) return made.error().message;
  EvaluatedModel evaluated{std::move(*made), python::Value()};
  python::Interpreter& in = *evaluated.interpreter;
  const std::string name = row["class"];
  auto ended = run_phase([&] {
    python::set_default_device(in, "cpu");
    evaluated.model = in.import_name(name.substr(0, name.find(':')), name.substr(name.find(':') + 1));
    return load_with_diffusers(evaluated, folder.tree, folder.files, arguments.dump());
  });
  const json& want = row["report"];
  const NamedLoad* load = std::get_if<NamedLoad>(&ended);
  if (load != nullptr && !load->raised) return difference_of(*load, row);
  const Stopped* stopped = std::get_if<Stopped>(&ended);
  if (stopped != nullptr && stopped->by != Stopped::By::kRaise) return "not known: " + stopped->what;
  const std::string raises = load != nullptr ? load->raised->what : stopped->what;
  if (!want.contains("error")) return "raises " + raises;
  return type_of(raises) == type_of(want["error"]) ? "" : "raises " + as_recorded(raises);
}

inline void check_loads(const std::vector<nlohmann::json>& rows, const std::vector<SourceTree>& sources,
                        const std::string& version) {
  std::vector<Folder> folders;
  for (const nlohmann::json& row : rows) folders.push_back(folder_of(row));
  std::vector<std::string> differences(rows.size());
  side_by_side(rows.size(), [&](std::size_t i) { differences[i] = difference(rows[i], folders[i], sources); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(version << ", row " << i << ", " << rows[i]["class"] << ", " << rows[i].value("kind", "plain") << ", "
                 << rows[i]["case"] << ", " << rows[i]["arguments"] << "\n"
                 << rows[i]["report"].dump().substr(0, 400));
    CHECK(differences[i] == "");
  }
}

}  // namespace ckptlint::test
