// A model repo on the Hub as a tree of files, of which only what is asked for is fetched.
#pragma once

#include <string>

#include "base/file_tree.h"
#include "base/result.h"
#include "hub/address.h"

namespace ckptlint {

struct HubRepo {
  FileTreePtr tree;   // of the address's folder, pinned to the commit
  std::string entry;  // the file that the address names; empty where it names a folder
  std::string name;   // "org/name" as the Hub has it now
  std::string commit;
};

// Asks the Hub which files the revision has.  Files that lie in huggingface_hub's cache are read there; of others the
// front or the whole is fetched, and kept in our own cache by their blob.  Without network (HF_HUB_OFFLINE) what is in
// the caches is all there is.  A file that cannot be fetched is lost(): an answer was not had, or was not true to the
// list.  An error, in one sentence, where there is no such repo, revision or folder, or the Hub does not say.
Result<HubRepo> open_hub(const HubAddress& address);

}  // namespace ckptlint
