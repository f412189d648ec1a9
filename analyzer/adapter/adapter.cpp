// Reads adapter_config.json.
#include "adapter/adapter.h"

#include <nlohmann/json.hpp>

#include "base/json_document.h"
#include "base/paths.h"

namespace ckptlint {
namespace {

constexpr const char* kName = "adapter_config.json";
constexpr std::uint64_t kLongestConfig = 1u << 20;

}  // namespace

std::optional<nlohmann::ordered_json> adapter_config(const FileTree& repo, const std::string& folder) {
  const std::string name = joined_path(folder, kName);
  if (!repo.is_file(name)) return std::nullopt;
  const Result<std::string> text = repo.read(name, kLongestConfig);
  auto document = text.ok() ? json_document(*text) : std::nullopt;
  if (!document || !document->is_object()) return std::nullopt;
  return document;
}

bool is_adapter(const FileTree& repo) { return adapter_config(repo).has_value(); }

std::string adapter_base(const FileTree& repo) {
  const auto config = adapter_config(repo);
  if (!config) return "";
  const auto name = config->find("base_model_name_or_path");
  return name != config->end() && name->is_string() ? name->get<std::string>() : "";
}

}  // namespace ckptlint
