// Fuzz target: a zip archive of unknown origin.
#include <cstdint>
#include <string>

#include "base/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ckptlint::ByteSource source(std::string(reinterpret_cast<const char*>(data), size), "fuzzed.zip");
  const auto archive = ckptlint::ZipArchive::open(source, "fuzzed.zip");
  if (!archive) return 0;
  std::size_t read = 0;
  for (const ckptlint::ZipMember& member : archive->members()) {
    if (++read > 20) break;
    (void)archive->read(member, 1u << 20).ok();
  }
  return 0;
}
