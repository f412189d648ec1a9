// Repos of code as blocks of a text; tests/record/remote_code.py says how one is read.
#pragma once

#include <map>
#include <sstream>
#include <string>

namespace ckptlint::test {

using Parts = std::map<std::string, std::string>;

inline std::map<std::string, Parts> blocks_of(const std::string& text) {
  std::map<std::string, Parts> blocks;
  std::istringstream lines(text);
  std::string name, part;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== ")) {
      name = line.substr(4);
      part.clear();
      blocks[name];
    } else if (line.starts_with("--- ")) {
      part = line.substr(4);
      blocks[name][part];
    } else if (!part.empty()) {
      blocks[name][part] += line + "\n";
    }
  }
  // The empty lines between blocks are of none.
  for (auto& [block, parts] : blocks) {
    for (auto& [key, value] : parts) {
      value.erase(value.find_last_not_of('\n') + 1);
      value += "\n";
    }
  }
  return blocks;
}

inline std::string value_of(const Parts& parts, const std::string& name, const std::string& otherwise) {
  const auto found = parts.find(name);
  return found == parts.end() ? otherwise : found->second.substr(0, found->second.size() - 1);
}

inline Parts files_of(const Parts& parts) {
  std::string body;
  std::istringstream lines(value_of(parts, "body", ""));
  for (std::string line; std::getline(lines, line);) body += "        " + line + "\n";
  const auto text = [&](const char* name) { return parts.contains(name) ? parts.at(name) : ""; };
  Parts files;
  files["modeling_x.py"] =
      "from torch import nn\nfrom transformers import PreTrainedModel\nfrom .configuration_x import XConfig\n" +
      text("imports") + "\n" + text("extra") +
      "\nclass XModel(PreTrainedModel):\n    config_class = " + value_of(parts, "config_class", "XConfig") +
      "\n    def __init__(self, config):\n        super().__init__(config)\n        self.first = nn.Linear(2, 2)\n" +
      body + "\n        self.post_init()\n    def _init_weights(self, module):\n        pass\n";
  files["configuration_x.py"] =
      "from transformers import PretrainedConfig\nclass XConfig(PretrainedConfig):\n    model_type = \"x_of_mine\"\n";
  files["config.json"] =
      R"({"model_type": "x_of_mine", "architectures": ["XModel"], "auto_map": )" +
      value_of(parts, "auto_map", R"({"AutoConfig": "configuration_x.XConfig", "AutoModel": "modeling_x.XModel"})") +
      "}";
  for (const auto& [name, content] : parts) {
    if (name.find('.') != std::string::npos) files[name] = content;
  }
  return files;
}

}  // namespace ckptlint::test
