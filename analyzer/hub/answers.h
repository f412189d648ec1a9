// What the Hub answers, read: lists of files, headers.  Pure functions of text that comes from strangers.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/transfer.h"

namespace ckptlint {

// A file of a repo at one commit.
struct HubFile {
  std::string path;
  std::optional<std::uint64_t> size;
  std::string blob;  // lowercase hexadecimal: its SHA-256 where `large`, else git's name of the blob; or empty
  bool large = false;
};

struct HubListing {
  std::string name;  // as the Hub spells it now; may be empty
  std::string commit;
  std::vector<HubFile> files;
  bool has_sizes = true;  // of all files
};

// GET /api/models/{name}/revision/{revision}[?blobs=true]
Result<HubListing> read_listing(std::string_view text);
// A page of GET /api/models/{name}/tree/{commit}?recursive=true; folders are left out.
Result<std::vector<HubFile>> read_tree_page(std::string_view text);
// The address of the next page, in a `Link` header; empty where there is none.
std::string next_page(std::string_view link);

// `Content-Range: bytes 0-99/1234`: the part, and the whole size where it is told.
struct ContentRange {
  ByteRange part;
  std::optional<std::uint64_t> size;
};
std::optional<ContentRange> content_range(std::string_view header);

// How long a server asks to be left alone: `RateLimit: "resolvers";r=0;t=55` (a second more), or `Retry-After: 30`.
std::optional<std::chrono::seconds> asked_wait(const std::map<std::string, std::string>& headers);

// An address that `location` means to whoever read it at `from`; empty where it is none, or leads from https to http.
std::string redirected(std::string_view from, std::string_view location);
// "https://host:port" of an address; empty where it has none.
std::string origin_of(std::string_view url);

}  // namespace ckptlint
