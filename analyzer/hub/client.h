// Requests to the Hub with what a caller should not think about: redirects, the token, retries, limits of rate.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "hub/settings.h"
#include "hub/transfer.h"

namespace ckptlint {

struct HubQuestion {
  std::string url;
  std::optional<ByteRange> range;  // else the whole
  std::uint64_t most_bytes = 0;    // of a whole
  bool compressible = false;
};

// An answer that will not change by asking again.  With `range`, and status 206 or 200, `body` is exactly that part,
// or what there is of it where the file ends before.
struct HubReply {
  long status = 0;
  std::map<std::string, std::string> headers;  // of all answers on the way, names in lowercase; the last counts
  std::string body;
  std::optional<std::uint64_t> size;  // of the whole file, where an answer with a range tells it
  std::string from;                   // the address that answered in the end
};

// One repo's view of the network: its time runs from when it is made.  Not for several threads at once.
class HubClient {
 public:
  explicit HubClient(HubSettings settings);

  const HubSettings& settings() const { return settings_; }

  // Answers in the order of the questions, all under way together.  The token goes to the endpoint's host alone.  What
  // may pass (no connection, a cut or silent one, 408, 429, 5xx) is tried again, after the wait that the server asks
  // for or one that doubles, until the time is over.
  std::vector<Result<HubReply>> ask(std::span<const HubQuestion> questions);

 private:
  HubSettings settings_;
  std::string origin_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace ckptlint
