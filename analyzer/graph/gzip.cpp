// Inflates gzip files, up to a size that the caller allows.
#include "graph/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/escape.h"

namespace ckptlint {
namespace {

// zlib's stream, ended whichever way its scope is left.
struct InflateStream {
  z_stream z{};
  bool ready = false;

  InflateStream() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready = inflateInit2(&z, kGzipOnly) == Z_OK;
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  ~InflateStream() {
    if (ready) inflateEnd(&z);
  }
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

Result<std::string> inflate_gzip(std::string_view bytes, const std::string& shown, std::uint64_t max_bytes) {
  const auto damaged = [&] { return Error{"the gzip file " + quoted_name(shown) + " is damaged or cut short"}; };
  InflateStream stream;
  if (!stream.ready || bytes.size() > std::numeric_limits<uInt>::max()) return damaged();
  stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.z.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, 1 << 16> chunk;
  while (true) {
    stream.z.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.z.avail_out = static_cast<uInt>(chunk.size());
    const int status = inflate(&stream.z, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) return damaged();
    text.append(chunk.data(), chunk.size() - stream.z.avail_out);
    if (text.size() > max_bytes)
      return Error{"the gzip file " + quoted_name(shown) + " inflates to more than " + std::to_string(max_bytes) +
                   " bytes"};
    if (status != Z_STREAM_END) continue;
    if (stream.z.avail_in == 0) return text;
    if (inflateReset(&stream.z) != Z_OK) return damaged();
  }
}

}  // namespace ckptlint
