// Pure operations on POSIX paths, as posixpath of Python 3.11 does them.  Nothing here looks at a file system.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptlint::python {

std::string join_paths(const std::vector<std::string_view>& parts);
std::pair<std::string, std::string> split_path(std::string_view path);       // folder, name
std::pair<std::string, std::string> split_extension(std::string_view path);  // "a/b.tar.gz": "a/b.tar", ".gz"
std::string normal_path(std::string_view path);

}  // namespace ckptlint::python
