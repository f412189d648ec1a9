// Reads the environment as constants.py and utils/_auth.py of huggingface_hub 1.x do.
#include "hub/settings.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/escape.h"
#include "base/regular_file.h"
#include "base/user_cache.h"

namespace ckptlint {
namespace {

constexpr const char* kPublicHub = "https://huggingface.co";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = variable(name); !value.empty()) return value;
  }
  return "";
}

bool is_on(const char* name) {
  std::string value = variable(name);
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::toupper(c); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

std::string hugging_face_home() {
  if (std::string home = variable("HF_HOME"); !home.empty()) return home;
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) return cache + "/huggingface";
  const std::string home = variable("HOME");
  return home.empty() ? "" : home + "/.cache/huggingface";
}

std::string without_space(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  text.erase(std::find_if_not(text.rbegin(), text.rend(), is_space).base(), text.end());
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_space));
  return text;
}

// The token and where it stands.
std::pair<std::string, std::string> found_token() {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (std::string token = without_space(variable(name)); !token.empty()) return {token, name};
  }
  std::string path = variable("HF_TOKEN_PATH");
  if (path.empty() && !hugging_face_home().empty()) path = hugging_face_home() + "/token";
  constexpr std::uint64_t kLongest = 4096;
  const Result<RegularFile> file = RegularFile::open(path);
  if (path.empty() || !file.ok() || file->size() > kLongest) return {};
  const Result<std::string> text = file->read(0, file->size());
  return {text.ok() ? without_space(*text) : "", path};
}

std::string system_certificates() {
  std::error_code failed;
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt"}) {
    if (std::filesystem::exists(path, failed)) return path;
  }
  return "";
}

// The seconds in a variable, within a day; nothing where it is not set.
Result<std::optional<std::chrono::milliseconds>> seconds_in(const char* name) {
  const std::string text = variable(name);
  if (text.empty()) return std::optional<std::chrono::milliseconds>();
  double seconds = 0;
  constexpr double kDay = 86'400;
  static const RE2 kNumber(R"(\s*([0-9]{1,9}(?:\.[0-9]{0,9})?)\s*)");
  if (!RE2::FullMatch(text, kNumber, &seconds) || seconds <= 0)
    return Error{fmt::format("{} is no number of seconds: {}", name, quoted_name(text))};
  return std::optional(std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, kDay) * 1000)));
}

}  // namespace

std::string hub_cache() {
  if (std::string cache = first_set({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}); !cache.empty()) return cache;
  const std::string home = hugging_face_home();
  return home.empty() ? "" : home + "/hub";
}

Result<HubSettings> hub_settings() {
  HubSettings settings;
  settings.endpoint = variable("HF_ENDPOINT");
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  if (settings.endpoint.empty()) settings.endpoint = kPublicHub;
  static const RE2 kEndpoint(R"(https?://[A-Za-z0-9._\-\[\]:]+(?:/[A-Za-z0-9._~/\-]*)?)");
  if (!RE2::FullMatch(settings.endpoint, kEndpoint))
    return Error{fmt::format("HF_ENDPOINT is no address of a Hub: {}", quoted_name(settings.endpoint))};
  settings.offline = is_on("HF_HUB_OFFLINE") || is_on("TRANSFORMERS_OFFLINE");
  if (!is_on("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
    const auto [token, where] = found_token();
    const bool fits = std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
    if (!fits) return Error{fmt::format("the token in {} has characters that no token has", quoted_name(where))};
    settings.token = token;
  }
  settings.certificates = first_set({"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"});
  if (settings.certificates.empty()) settings.certificates = system_certificates();
  // A CGI program is handed a client's header in HTTP_PROXY.
  const char* const capital = variable("REQUEST_METHOD").empty() ? "HTTP_PROXY" : "http_proxy";
  settings.http_proxy = first_set({"http_proxy", capital, "all_proxy", "ALL_PROXY"});
  settings.https_proxy = first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  settings.no_proxy = first_set({"no_proxy", "NO_PROXY"});
  settings.shared_cache = hub_cache();
  if (const std::filesystem::path cache = user_cache(); !cache.empty()) settings.own_cache = cache / "hub";
  for (const auto& [name, limit] :
       {std::pair{"HF_HUB_DOWNLOAD_TIMEOUT", &settings.silence}, std::pair{"CKPTLINT_HUB_TIMEOUT", &settings.total}}) {
    const auto seconds = seconds_in(name);
    if (!seconds.ok()) return seconds.error();
    if (*seconds) *limit = **seconds;
  }
  return settings;
}

}  // namespace ckptlint
