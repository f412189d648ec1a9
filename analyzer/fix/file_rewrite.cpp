// Replaces a file of the user's as a whole or not at all, and makes new ones where none is.
#include "fix/file_rewrite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/escape.h"

namespace ckptlint {
namespace {

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Error cannot_write(const std::string& path, int code) {
  return Error{fmt::format("cannot write {}: {}", quoted_name(path), std::strerror(code))};
}

}  // namespace

std::optional<Error> rewrite_file(const std::string& path, std::string_view text) {
  const auto failed = [&](int code) { return cannot_write(path, code); };
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) return failed(error.value());
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0) return failed(errno);
  if (!S_ISREG(status.st_mode)) return Error{fmt::format("cannot write {}: it is no regular file", quoted_name(path))};

  std::string beside = target.string() + ".XXXXXX";
  const int descriptor = ::mkstemp(beside.data());
  if (descriptor < 0) return failed(errno);
  bool good =
      write_all(descriptor, text) && ::fchmod(descriptor, status.st_mode & 07777) == 0 && ::fsync(descriptor) == 0;
  int code = errno;
  good = ::close(descriptor) == 0 && good;
  if (good && ::rename(beside.c_str(), target.c_str()) == 0) return std::nullopt;
  if (good) code = errno;
  ::unlink(beside.c_str());
  return failed(code);
}

std::optional<Error> write_new_file(const std::string& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(path, errno);
  const bool good = write_all(descriptor, text) && ::fsync(descriptor) == 0;
  const int code = errno;
  if (::close(descriptor) == 0 && good) return std::nullopt;
  ::unlink(path.c_str());
  return cannot_write(path, code);
}

}  // namespace ckptlint
