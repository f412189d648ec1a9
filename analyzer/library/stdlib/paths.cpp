// Joins, splits and normalises paths as posixpath of CPython 3.11 does.
#include "library/stdlib/paths.h"

namespace ckptlint::python {

std::string join_paths(const std::vector<std::string_view>& parts) {
  std::string path;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view part = parts[i];
    if (i == 0 || (!part.empty() && part.front() == '/'))
      path = part;
    else if (path.empty() || path.back() == '/')
      path += part;
    else
      path.append("/").append(part);
  }
  return path;
}

std::pair<std::string, std::string> split_path(std::string_view path) {
  std::size_t at = path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1;
  std::string_view head = path.substr(0, at);
  std::size_t last = head.find_last_not_of('/');
  if (last != std::string_view::npos) head = head.substr(0, last + 1);
  return {std::string(head), std::string(path.substr(at))};
}

std::pair<std::string, std::string> split_extension(std::string_view path) {
  std::size_t slash = path.rfind('/'), dot = path.rfind('.');
  std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  while (name < path.size() && path[name] == '.') ++name;  // leading dots belong to the name
  if (dot == std::string_view::npos || dot < name || name >= path.size()) return {std::string(path), ""};
  return {std::string(path.substr(0, dot)), std::string(path.substr(dot))};
}

std::string normal_path(std::string_view path) {
  if (path.empty()) return ".";
  std::size_t slashes = 0;
  while (slashes < path.size() && path[slashes] == '/') ++slashes;
  std::string root = slashes == 0 ? "" : slashes == 2 ? "//" : "/";  // POSIX leaves exactly two alone
  std::vector<std::string_view> kept;
  std::size_t at = 0;
  while (at <= path.size()) {
    std::size_t next = path.find('/', at);
    if (next == std::string_view::npos) next = path.size();
    std::string_view part = path.substr(at, next - at);
    at = next + 1;
    if (part.empty() || part == ".") continue;
    bool climbs = part == "..";
    if (!climbs || (root.empty() && kept.empty()) || (!kept.empty() && kept.back() == ".."))
      kept.push_back(part);
    else if (!kept.empty())
      kept.pop_back();
  }
  std::string result = root;
  for (std::size_t i = 0; i < kept.size(); ++i) result.append(i == 0 ? "" : "/").append(kept[i]);
  return result.empty() ? "." : result;
}

}  // namespace ckptlint::python
