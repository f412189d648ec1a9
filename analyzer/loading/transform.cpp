// Renames a key by one transform: WeightTransform.rename_source_key of core_model_loading.py in transformers 5.23.0.
#include "loading/transform.h"

#include <fmt/format.h>

#include <array>

namespace ckptlint {
namespace {

// The part of `key` in front of what the patterns are matched against; nothing where the scope excludes the key.
std::optional<std::string_view> scope_of(const Transform& transform, std::string_view key) {
  if (!transform.scope_prefix) return std::string_view();
  const auto dotted = [](const std::string& prefix) { return prefix.empty() ? prefix : prefix + "."; };
  const std::string scope = dotted(*transform.scope_prefix);
  const std::string nested = dotted(transform.base_model_prefix) + scope;
  if (key.starts_with(nested)) return key.substr(0, nested.size());
  if (key.starts_with(scope)) return key.substr(0, scope.size());
  return std::nullopt;
}

}  // namespace

std::string replaced_all(std::string_view text, std::string_view what, std::string_view with) {
  if (what.empty()) return std::string(text);
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(what, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos) return out;
    out += with;
    at = found + what.size();
  }
}

std::string replaced_once(std::string_view text, std::string_view what, std::string_view with) {
  std::string out(text);
  const std::size_t found = out.find(what);
  if (found != std::string::npos) out.replace(found, what.size(), with);
  return out;
}

std::optional<Renamed> Transform::rename(const std::string& key) const {
  const auto scope = scope_of(*this, key);
  if (!scope) return std::nullopt;
  const std::string_view rest = std::string_view(key).substr(scope->size());
  const auto match = pattern.search(rest);
  if (!match) return std::nullopt;
  if (own_renaming) return own_renaming(key);
  for (const auto& [group, source] : branches) {
    if (!match->group(rest, group)) continue;
    std::string replacement = targets.at(0);
    if (replacement.find("\\1") != std::string::npos) {
      const auto captured = match->group(rest, group + 1);
      if (!captured) throw NotFollowed{fmt::format("the pattern {} captures nothing", sources[source])};
      replacement = replaced_all(replacement, "\\1", *captured);
    }
    // As the library does: the first place where the matched text stands, which need not be where it matched.
    return Renamed{std::string(*scope) + replaced_once(rest, *match->group(rest, 0), replacement), source};
  }
  return std::nullopt;
}

std::optional<Transform> plain_renaming(std::string source, std::string target) {
  // The boundary that a pattern gets which ends in the middle of a word.
  auto pattern = PythonPattern::compile(fmt::format("(?P<g0>{}(?!\\w))", source));
  if (!pattern) return std::nullopt;
  return Transform{{std::move(source)}, {std::move(target)}, std::move(*pattern), {{1, 0}}};
}

std::vector<Transform> legacy_renamings() {
  constexpr std::array<std::array<const char*, 2>, 6> kRows{{
      {"LayerNorm.gamma", "LayerNorm.weight"},
      {"LayerNorm.beta", "LayerNorm.bias"},
      {".weight_g", ".parametrizations.weight.original0"},
      {".weight_v", ".parametrizations.weight.original1"},
      {R"(^model\.language_model\.model)", "model.language_model"},
      {R"(^language_model\.model\.model)", "model.language_model"},
  }};
  std::vector<Transform> transforms;
  for (const auto& [source, target] : kRows) {
    if (auto transform = plain_renaming(source, target)) transforms.push_back(std::move(*transform));
  }
  return transforms;
}

}  // namespace ckptlint
