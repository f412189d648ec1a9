// What was fetched before: files in huggingface_hub's cache, and fronts of files in one of our own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/answers.h"
#include "hub/settings.h"

namespace ckptlint {

// "org/name" -> "models--org--name", the folder of a repo in both caches.
std::string repo_folder(const std::string& name);

// The cache of one repo.  In huggingface_hub's nothing is ever written.  Our own has, for each repo, `fronts/BLOB`
// (bytes from the front of the file of that blob, then the SHA-256 of them) and `lists/REVISION.json` (what the Hub
// said of that revision); it can be removed at any time.  What cannot be written is not kept.
class HubCache {
 public:
  HubCache(const HubSettings& settings, const std::string& name);

  // Where huggingface_hub keeps the file, if it has all of it: as that blob, or in the snapshot of the commit.
  std::string shared_file(const HubFile& file, const std::string& commit) const;

  std::optional<std::string> front(const HubFile& file) const;
  void keep_front(const HubFile& file, std::string_view bytes) const;

  // What the Hub said last of a revision.
  std::optional<std::string> list(const std::string& revision) const;
  void keep_list(const std::string& revision, std::string_view text) const;

 private:
  std::string shared_;  // the repo's folder in huggingface_hub's cache; may be empty
  std::string own_;     // and in ours
};

}  // namespace ckptlint
