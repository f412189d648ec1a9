// How the Hub is reached: what huggingface_hub 1.x reads from the environment, read here in the same way.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace ckptlint {

struct HubSettings {
  std::string endpoint;  // HF_ENDPOINT, else the public Hub; without a slash at its end
  std::string
      token;  // HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or what stands in HF_TOKEN_PATH or HF_HOME/token; may be empty
  bool offline = false;      // HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE
  std::string certificates;  // SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, else the system's; may be empty
  std::string http_proxy;    // for http:, HTTP_PROXY, ALL_PROXY, or lowercase; may be empty
  std::string https_proxy;   // for https:, HTTPS_PROXY, ALL_PROXY, or lowercase; may be empty
  std::string no_proxy;      // NO_PROXY or lowercase
  std::string shared_cache;  // where huggingface_hub keeps repos (hub_cache()); may be empty
  std::string own_cache;     // where parts of files are kept: ckptlint/hub in the user's cache; may be empty
  std::chrono::milliseconds silence{10'000};  // HF_HUB_DOWNLOAD_TIMEOUT: how long a server may say nothing
  std::chrono::milliseconds total{300'000};   // CKPTLINT_HUB_TIMEOUT: for all that one model asks, with every retry
};

// An error where a variable cannot be used: an endpoint that is no address, a token that no header can hold, a number
// that is none.  It never has the token's text.
Result<HubSettings> hub_settings();

// HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub; or empty.
std::string hub_cache();

}  // namespace ckptlint
