// Drives libcurl: one multi handle a thread, which keeps connections open and shares one among requests where the
// server speaks HTTP/2.
#include "hub/transfer.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <mutex>
#include <string_view>

#include "ckptlint/version.h"
#include "hub/activity.h"

namespace ckptlint {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAtATime = 16;
constexpr long kConnections = 8;  // to one host, where each serves one request at a time
constexpr std::size_t kMostHeaderBytes = 256 * 1024;
constexpr std::chrono::milliseconds kConnecting(10'000);

struct EasyEnd {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// The multi handle of this thread.
CURLM* connections() {
  struct Multi {
    Multi() {
      static std::once_flag once;
      std::call_once(once, [] { curl_global_init(CURL_GLOBAL_ALL); });
      handle = curl_multi_init();
      curl_multi_setopt(handle, CURLMOPT_MAX_HOST_CONNECTIONS, kConnections);
      curl_multi_setopt(handle, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    }
    ~Multi() { curl_multi_cleanup(handle); }
    Multi(const Multi&) = delete;
    Multi& operator=(const Multi&) = delete;
    CURLM* handle;
  };
  thread_local const Multi multi;
  return multi.handle;
}

std::string user_agent() { return fmt::format("ckptlint/{}", kVersion); }

NoAnswer failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return NoAnswer::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return NoAnswer::kUnresolved;
    case CURLE_COULDNT_CONNECT:
      return NoAnswer::kUnreached;
    case CURLE_OPERATION_TIMEDOUT:
      return NoAnswer::kSilent;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return NoAnswer::kUntrusted;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
      return NoAnswer::kNonsense;
    default:
      return NoAnswer::kCut;
  }
}

// One request under way.
class Exchange {
 public:
  Exchange(const HttpRequest& request, const HubSettings& settings, Clock::time_point deadline, HttpAnswer& answer)
      : request_(request), answer_(answer), handle_(curl_easy_init()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PIPEWAIT, 1L);
    set(CURLOPT_USERAGENT, user_agent().c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kConnecting.count()));
    set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(left.count())));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME,
        std::max(1L, static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(settings.silence).count())));
    if (!settings.certificates.empty()) set(CURLOPT_CAINFO, settings.certificates.c_str());
    set(CURLOPT_PROXY, (request.url.starts_with("https:") ? settings.https_proxy : settings.http_proxy).c_str());
    set(CURLOPT_NOPROXY, settings.no_proxy.c_str());
    if (request.compressible) set(CURLOPT_ACCEPT_ENCODING, "");
    if (request.range) {
      range_ = fmt::format("{}-{}", request.range->begin, request.range->end - 1);
      set(CURLOPT_RANGE, range_.c_str());
    }
    if (!request.token.empty()) {
      headers_.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + request.token).c_str()));
      set(CURLOPT_HTTPHEADER, headers_.get());
    }
    set(CURLOPT_ERRORBUFFER, words_);
    set(CURLOPT_HEADERFUNCTION, &Exchange::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Exchange::take_body);
    set(CURLOPT_WRITEDATA, this);
    curl_multi_add_handle(connections(), handle_.get());
  }
  ~Exchange() { curl_multi_remove_handle(connections(), handle_.get()); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  CURL* handle() const { return handle_.get(); }

  void end(CURLcode code) {
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
    const bool wanted = answer_.stopped && code == CURLE_WRITE_ERROR;
    answer_.failure = wanted ? NoAnswer::kNone : failure_of(code);
    long from_proxy = 0;  // what it said to CONNECT
    curl_easy_getinfo(handle_.get(), CURLINFO_HTTP_CONNECTCODE, &from_proxy);
    if (from_proxy >= 400 && from_proxy < 500) answer_.failure = NoAnswer::kRefused;
    if (answer_.failure == NoAnswer::kNone && answer_.status == 0) answer_.failure = NoAnswer::kNonsense;
    if (answer_.failure != NoAnswer::kNone) answer_.why = words_[0] != '\0' ? words_ : curl_easy_strerror(code);
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  static std::size_t take_header(const char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Exchange*>(self)->header({data, size}) ? size : 0;
  }
  static std::size_t take_body(const char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Exchange*>(self)->body({data, size}) ? size : 0;
  }

  bool header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMostHeaderBytes) return false;
    if (line.starts_with("HTTP/")) answer_.headers.clear();  // those before were of an interim answer
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
    answer_.headers[std::move(name)] = value;
    return true;
  }

  bool body(std::string_view piece) {
    const std::uint64_t room = request_.most_bytes - std::min<std::uint64_t>(request_.most_bytes, answer_.body.size());
    answer_.body.append(piece.substr(0, room));
    answer_.stopped = piece.size() > room;
    hub_activity().bytes += piece.size();
    return !answer_.stopped;
  }

  const HttpRequest& request_;
  HttpAnswer& answer_;
  std::unique_ptr<CURL, EasyEnd> handle_;
  std::unique_ptr<curl_slist, ListEnd> headers_;
  std::string range_;
  std::size_t header_bytes_ = 0;
  char words_[CURL_ERROR_SIZE] = {};
};

}  // namespace

std::vector<HttpAnswer> exchange(std::span<const HttpRequest> requests, const HubSettings& settings,
                                 Clock::time_point deadline) {
  std::vector<HttpAnswer> answers(requests.size());
  hub_activity().asked += requests.size();
  std::map<CURL*, std::unique_ptr<Exchange>> running;
  std::size_t next = 0;
  while (next < requests.size() || !running.empty()) {
    for (; next < requests.size() && running.size() < kAtATime; ++next) {
      auto made = std::make_unique<Exchange>(requests[next], settings, deadline, answers[next]);
      CURL* const handle = made->handle();
      running.emplace(handle, std::move(made));
    }
    int active = 0, waiting = 0;
    curl_multi_perform(connections(), &active);
    while (const CURLMsg* message = curl_multi_info_read(connections(), &waiting)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto at = running.find(message->easy_handle);
      at->second->end(code);
      running.erase(at);
      ++hub_activity().answered;
    }
    if (active > 0) curl_multi_poll(connections(), nullptr, 0, 1000, nullptr);
  }
  return answers;
}

std::string transfer_version() { return curl_version(); }

}  // namespace ckptlint
