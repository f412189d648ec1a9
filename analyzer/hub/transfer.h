// HTTP requests, many at a time, each tried once: libcurl's multi interface.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/settings.h"

namespace ckptlint {

// Bytes [begin, end) of a file.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct HttpRequest {
  std::string url;
  std::string token;               // sent as a bearer; may be empty
  std::optional<ByteRange> range;  // else the whole
  std::uint64_t most_bytes = 0;    // of the body; receiving stops behind them
  bool compressible = false;       // the server may send it compressed
};

enum class NoAnswer {
  kNone,        // there is one
  kUnresolved,  // no address for the name
  kUnreached,   // no connection
  kUntrusted,   // the certificate, or TLS
  kRefused,     // a proxy leads nobody there: 407, 403
  kCut,         // the connection ended early
  kSilent,      // nothing came for too long, or the time was over
  kNonsense,    // what came is not HTTP, or has too many headers
};

struct HttpAnswer {
  NoAnswer failure = NoAnswer::kNone;
  std::string why;                             // libcurl's words for it
  long status = 0;                             // of the last answer, where failure is kNone
  std::map<std::string, std::string> headers;  // names in lowercase; of equal names the last counts
  std::string body;
  bool stopped = false;  // there was more than most_bytes
};

// The answers, in the order of the requests.  Redirects are answers; nothing is tried again.  Connections are kept open
// between calls of one thread.  `deadline` ends all of them.
std::vector<HttpAnswer> exchange(std::span<const HttpRequest> requests, const HubSettings& settings,
                                 std::chrono::steady_clock::time_point deadline);

// "libcurl/8.5.0 OpenSSL/3.0.2 ..."
std::string transfer_version();

}  // namespace ckptlint
