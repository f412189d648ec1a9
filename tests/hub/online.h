// An environment in which the Hub is a fake one and the caches are empty, for as long as a test runs.
#pragma once

#include <cstdlib>
#include <map>
#include <string>

#include "hub/fake_hub.h"
#include "scratch_folder.h"

namespace ckptlint::test {

class Online {
 public:
  Online() {
    set("HF_ENDPOINT", hub.endpoint());
    set("HF_HOME", caches.path("huggingface"));
    set("XDG_CACHE_HOME", caches.path("cache"));
    set("HF_TOKEN", kToken);
    set("HF_HUB_DOWNLOAD_TIMEOUT", "1");
    set("CKPTLINT_HUB_TIMEOUT", "20");
    for (const char* name :
         {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_TOKEN_PATH",
          "REQUEST_METHOD", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"})
      unset(name);
  }
  ~Online() {
    for (const auto& [name, value] : before_) value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
  }
  Online(const Online&) = delete;
  Online& operator=(const Online&) = delete;

  void set(const std::string& name, const std::string& value) {
    remember(name);
    setenv(name.c_str(), value.c_str(), 1);
  }
  void unset(const std::string& name) {
    remember(name);
    unsetenv(name.c_str());
  }

  // For a large repo: that Hub hashes its files whenever it lists them, which takes its time under sanitizers.
  void be_patient() {
    set("HF_HUB_DOWNLOAD_TIMEOUT", "60");
    set("CKPTLINT_HUB_TIMEOUT", "600");
  }

  // What the servers were asked so far: at the endpoint without the addresses that it leads to, and elsewhere.
  std::size_t asked(bool elsewhere) const {
    std::size_t count = 0;
    for (const SeenRequest& each : hub.seen())
      count += each.elsewhere == elsewhere && (elsewhere || !each.target.starts_with("/direct/")) ? 1 : 0;
    return count;
  }

  static constexpr const char* kToken = "hf_SecretSecretSecret";
  FakeHub hub;
  ScratchFolder caches;

 private:
  void remember(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    before_.emplace(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
  }

  std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace ckptlint::test
