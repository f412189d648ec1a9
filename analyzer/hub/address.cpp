// Takes addresses of the Hub apart, with the grammar that huggingface_hub has for them.
#include "hub/address.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "base/paths.h"

namespace ckptlint {
namespace {

constexpr std::string_view kScheme = "hf://";

// "%2F" and its like; a "%" that is none of them stays.
std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

// The part before the first `separator`, which is taken from `rest` together with it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

// A revision and the path behind it.
std::pair<std::string, std::string> revision_and_path(std::string_view rest) {
  static const RE2 special("(refs/(?:convert|pr)/[^/]+)(?:/(.*))?");
  std::string revision, path;
  if (RE2::FullMatch(std::string(rest), special, &revision, &path)) return {revision, path};
  revision = percent_decoded(take_until(rest, '/'));
  return {revision, std::string(rest)};
}

bool is_revision(std::string_view revision) {
  constexpr std::size_t kLongest = 255;
  return !revision.empty() && revision.size() <= kLongest &&
         std::none_of(revision.begin(), revision.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

}  // namespace

bool is_hub_address(std::string_view path) { return path.starts_with(kScheme); }

bool is_repo_name(std::string_view name) {
  static const RE2 kName(R"((?:\b[\w\-.]+\b/)?\b[\w\-.]{1,96}\b)");
  return RE2::FullMatch(std::string(name), kName) && name.find("--") == std::string_view::npos &&
         name.find("..") == std::string_view::npos && !name.ends_with(".git");
}

std::string percent_encoded(std::string_view text, bool keep_slashes) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/');
    if (plain)
      encoded += c;
    else
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

Result<HubAddress> parse_hub_address(std::string_view path) {
  const auto refused = [&](const std::string& why) {
    return Error{fmt::format("{} is no model on the Hub: {}", quoted_name(path), why)};
  };
  std::string_view rest = path.substr(std::min(path.size(), kScheme.size()));
  for (const char* kind : {"datasets/", "spaces/", "buckets/"}) {
    if (rest.starts_with(kind)) return refused(fmt::format("{} are not checked", std::string(kind, strlen(kind) - 1)));
  }
  if (rest.starts_with("models/")) rest.remove_prefix(std::string_view("models/").size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  HubAddress address;
  // The first "@" ends the name, if it stands in one of the name's two parts.
  const std::size_t slash = rest.find('/');
  const std::size_t second = slash == std::string_view::npos ? slash : rest.find('/', slash + 1);
  if (const std::size_t at = rest.find('@'); at < std::min(second, rest.size())) {
    address.name = rest.substr(0, at);
    std::tie(address.revision, address.path) = revision_and_path(rest.substr(at + 1));
    if (!is_revision(address.revision)) return refused("behind `@` stands no revision");
  } else {
    address.name = rest.substr(0, second);
    if (second != std::string_view::npos) address.path = rest.substr(second + 1);
  }
  if (!is_repo_name(address.name)) return refused("it is written hf://ORG/NAME[@REVISION][/FOLDER]");
  if (!is_plain_path(address.path)) return refused("the path in it leads elsewhere");
  return address;
}

}  // namespace ckptlint
