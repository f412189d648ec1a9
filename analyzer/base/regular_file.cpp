// Opens regular files and nothing else, and reads from them at offsets; devices, pipes and folders are refused.
#include "base/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/escape.h"

namespace ckptlint {
namespace {

Error failure(const std::string& shown, int code) {
  return {fmt::format("cannot read {}: {}", quoted_name(shown), code == ENOENT ? "no such file" : std::strerror(code))};
}

const char* kind(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Error not_regular(const std::string& shown, mode_t mode) {
  return {fmt::format("cannot read {}: it is {}, not a file", quoted_name(shown), kind(mode))};
}

}  // namespace

RegularFile::RegularFile(int descriptor, std::uint64_t size, std::string shown)
    : descriptor_(descriptor), size_(size), shown_(std::move(shown)) {}

RegularFile::RegularFile(RegularFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_), shown_(std::move(other.shown_)) {}

RegularFile& RegularFile::operator=(RegularFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(shown_, other.shown_);
  return *this;
}

RegularFile::~RegularFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<RegularFile> RegularFile::open(const std::string& path, const std::string& shown) {
  const std::string& name = shown.empty() ? path : shown;
  // Looking first keeps devices from being opened at all; O_NONBLOCK and the second look cover a swap in between.
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return failure(name, errno);
  if (!S_ISREG(status.st_mode)) return not_regular(name, status.st_mode);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return failure(name, errno);
  RegularFile file(descriptor, 0, name);
  if (fstat(descriptor, &status) != 0) return failure(name, errno);
  if (!S_ISREG(status.st_mode)) return not_regular(name, status.st_mode);
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

std::optional<Error> RegularFile::why_not(std::uint64_t offset, std::uint64_t length) const {
  if (offset <= size_ && length <= size_ - offset) return std::nullopt;
  return Error{fmt::format("cannot read {} bytes at byte {} of {}: it has {} bytes", length, offset,
                           quoted_name(shown_), size_)};
}

std::optional<Error> RegularFile::read_into(char* bytes, std::uint64_t offset, std::uint64_t length) const {
  std::uint64_t done = 0;
  while (done < length) {
    const ssize_t got = pread(descriptor_, bytes + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(shown_, errno);
    if (got == 0) {
      return Error{fmt::format("cannot read {}: it became shorter while being read (ends at byte {})",
                               quoted_name(shown_), offset + done)};
    }
    done += static_cast<std::uint64_t>(got);
  }
  return std::nullopt;
}

Result<std::string> RegularFile::read(std::uint64_t offset, std::uint64_t length) const {
  if (auto error = why_not(offset, length)) return *error;
  std::string bytes(length, '\0');
  if (auto error = read_into(bytes.data(), offset, length)) return *error;
  return bytes;
}

Result<SharedBytes> RegularFile::read_shared(std::uint64_t offset, std::uint64_t length) const {
  if (auto error = why_not(offset, length)) return *error;
  SharedBytes bytes(length);
  if (auto error = read_into(bytes.data(), offset, length)) return *error;
  return bytes;
}

}  // namespace ckptlint
