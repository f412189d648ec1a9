// What a Hub answers, and addresses of unknown origin.
#include <cstdint>
#include <string>

#include "base/paths.h"
#include "hub/address.h"
#include "hub/answers.h"
#include "hub/refusal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto listing = ckptlint::read_listing(text);
  for (const ckptlint::HubFile& file : listing.ok() ? listing->files : std::vector<ckptlint::HubFile>()) {
    // It becomes the name of a file in the cache.
    if (file.blob.find_first_not_of("0123456789abcdef") != std::string::npos) __builtin_trap();
  }
  (void)ckptlint::read_tree_page(text).ok();
  const auto range = ckptlint::content_range(text);
  if (range && (range->part.begin >= range->part.end || (range->size && range->part.end > *range->size)))
    __builtin_trap();
  (void)ckptlint::asked_wait({{"ratelimit", text}, {"retry-after", text}});
  for (const std::string& location : {text, ckptlint::next_page(text)}) {
    const std::string to = ckptlint::redirected("https://hub.example/org/name", location);
    // Nothing leads out of HTTPS.
    if (!to.empty() && !ckptlint::origin_of(to).starts_with("https://")) __builtin_trap();
  }
  const auto address = ckptlint::parse_hub_address("hf://" + text);
  if (address.ok() && (!ckptlint::is_repo_name(address->name) || !ckptlint::is_plain_path(address->path)))
    __builtin_trap();
  const ckptlint::HubReply reply{
      size % 2 == 0 ? 403 : 401, {{"x-error-code", text}, {"x-error-message", text}}, "", {}, text};
  const std::string sentence = ckptlint::refusal(reply, {text, text, text, true}).message;
  if (sentence.find('\n') != std::string::npos) __builtin_trap();
  return 0;
}
