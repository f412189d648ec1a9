// What it means when the Hub says no.
#pragma once

#include <string>

#include "hub/client.h"

namespace ckptlint {

// What was asked for.
struct HubSubject {
  std::string name;
  std::string revision;  // as people wrote it; may be empty
  std::string path;      // a file; empty: the repo itself
  bool with_token = false;
};

// One sentence for a status that is no success, by `X-Error-Code` and the status, as hf_raise_for_status of
// huggingface_hub tells them apart.
Error refusal(const HubReply& reply, const HubSubject& subject);

}  // namespace ckptlint
