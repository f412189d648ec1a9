// What `hf://...` names: a model repo of the Hugging Face Hub, a revision of it, and a place in it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ckptlint {

struct HubAddress {
  std::string name;      // "org/name", or "name" of a model from before there were owners
  std::string revision;  // a branch, a tag, a commit or "refs/pr/N"; empty: main
  std::string path;      // a folder or a file in the repo; empty: its root
};

bool is_hub_address(std::string_view path);

// hf://[models/]org/name[@revision][/path], as HfFileSystem of huggingface_hub reads it: a revision with slashes is
// written with %2F, but for refs/pr/N and refs/convert/NAME.  An error for what is no model repo.
Result<HubAddress> parse_hub_address(std::string_view path);

// Whether it may be the name of a repo: validate_repo_id of huggingface_hub.
bool is_repo_name(std::string_view name);

// Every byte but letters, digits and "-._~" as %XX; "/" stays where `keep_slashes`.
std::string percent_encoded(std::string_view text, bool keep_slashes);

}  // namespace ckptlint
