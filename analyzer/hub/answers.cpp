// Reads what servers answer.  What is not understood is an error or nothing, never a guess.
#include "hub/answers.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_document.h"

namespace ckptlint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostFiles = 200'000;

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::uint64_t> size_at(const Json& object) {
  const auto found = object.find("size");
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

// The name of a blob, if it is one: it becomes the name of a file in the cache.
std::string blob_name(std::string text) {
  static const RE2 kHash("[0-9a-f]{40}|[0-9a-f]{64}");
  return RE2::FullMatch(text, kHash) ? std::move(text) : "";
}

// A file as both kinds of lists have it, under other keys.
HubFile file_in(const Json& object, const char* path_key, const char* blob_key, const char* hash_key) {
  HubFile file{text_at(object, path_key), size_at(object), blob_name(text_at(object, blob_key)), false};
  const auto lfs = object.find("lfs");
  if (lfs == object.end() || !lfs->is_object()) return file;
  file.large = true;
  file.blob = blob_name(text_at(*lfs, hash_key));
  if (const auto size = size_at(*lfs)) file.size = size;
  return file;
}

}  // namespace

Result<HubListing> read_listing(std::string_view text) {
  const auto document = json_document(text);
  if (!document || !document->is_object()) return Error{"what it says of the repo is no JSON object"};
  HubListing listing{text_at(*document, "id"), text_at(*document, "sha"), {}, true};
  static const RE2 kCommit("[0-9a-f]{7,64}");
  if (!RE2::FullMatch(listing.commit, kCommit)) return Error{"what it says of the repo names no commit"};
  const auto siblings = document->find("siblings");
  if (siblings == document->end() || !siblings->is_array())
    return Error{"what it says of the repo has no list of files"};
  if (siblings->size() > kMostFiles) return Error{fmt::format("the repo has more than {} files", kMostFiles)};
  for (const Json& each : *siblings) {
    if (!each.is_object()) return Error{"what it says of the repo has a file that is no object"};
    listing.files.push_back(file_in(each, "rfilename", "blobId", "sha256"));
    listing.has_sizes &= listing.files.back().size.has_value();
  }
  return listing;
}

Result<std::vector<HubFile>> read_tree_page(std::string_view text) {
  const auto document = json_document(text);
  if (!document || !document->is_array()) return Error{"its list of files is no JSON list"};
  if (document->size() > kMostFiles) return Error{fmt::format("the repo has more than {} files", kMostFiles)};
  std::vector<HubFile> files;
  for (const Json& each : *document) {
    if (!each.is_object()) return Error{"its list of files has one that is no object"};
    if (text_at(each, "type") == "file") files.push_back(file_in(each, "path", "oid", "oid"));
  }
  return files;
}

std::string next_page(std::string_view link) {
  static const RE2 kNext(R"re((?:^|,)\s*<([^>\s]+)>\s*;[^,]*\brel="?next"?)re");
  std::string url;
  return RE2::PartialMatch(std::string(link), kNext, &url) ? url : "";
}

std::optional<ContentRange> content_range(std::string_view header) {
  static const RE2 kRange(R"(bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*))");
  std::uint64_t first = 0, last = 0;
  std::string whole;
  if (!RE2::FullMatch(std::string(header), kRange, &first, &last, &whole) || last < first) return std::nullopt;
  ContentRange range{{first, last + 1}, std::nullopt};
  if (whole == "*") return range;
  std::uint64_t size = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), size);
  if (range.part.end > size) return std::nullopt;
  range.size = size;
  return range;
}

std::optional<std::chrono::seconds> asked_wait(const std::map<std::string, std::string>& headers) {
  static const RE2 kReset(R"(\bt=([0-9]{1,6})\b)"), kSeconds("[0-9]{1,6}");
  int seconds = 0;
  if (const auto limit = headers.find("ratelimit");
      limit != headers.end() && RE2::PartialMatch(limit->second, kReset, &seconds))
    return std::chrono::seconds(seconds + 1);
  const auto after = headers.find("retry-after");
  if (after == headers.end() || !RE2::FullMatch(after->second, kSeconds)) return std::nullopt;
  std::from_chars(after->second.data(), after->second.data() + after->second.size(), seconds);
  return std::chrono::seconds(seconds);
}

std::string origin_of(std::string_view url) {
  static const RE2 kOrigin(R"((?i)(https?)://([^/?#@\s]+)(?:[/?#]\S*)?)");
  std::string scheme, host;
  if (!RE2::FullMatch(std::string(url), kOrigin, &scheme, &host)) return "";
  std::string origin = scheme + "://" + host;
  std::transform(origin.begin(), origin.end(), origin.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string_view usual = origin.starts_with("https") ? ":443" : ":80";
  if (origin.ends_with(usual)) origin.resize(origin.size() - usual.size());
  return origin;
}

std::string redirected(std::string_view from, std::string_view location) {
  static const RE2 kScheme("(?i)[a-z][a-z0-9+.-]*:.*");
  const std::string origin = origin_of(from);
  if (location.empty() || origin.empty()) return "";
  std::string to(location);
  if (location.starts_with("//")) {
    to = origin.substr(0, origin.find(':') + 1) + to;
  } else if (location.starts_with('/')) {
    to = origin + to;
  } else if (!RE2::FullMatch(std::string(location), kScheme)) {
    const std::string_view path = from.substr(0, from.find_first_of("?#"));
    const std::size_t slash = path.rfind('/');
    to = slash < origin.size() ? origin + "/" + to : std::string(path.substr(0, slash + 1)) + to;
  }
  const std::string reached = origin_of(to);
  if (reached.empty() || (origin.starts_with("https:") && !reached.starts_with("https:"))) return "";
  return to;
}

}  // namespace ckptlint
