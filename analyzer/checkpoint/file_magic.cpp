// Tells formats of weight files apart by their first bytes, among them the pointers that Git LFS and Xet leave in
// place of a file.
#include "checkpoint/file_magic.h"

#include <array>
#include <charconv>
#include <utility>

namespace ckptlint {
namespace {

using namespace std::string_view_literals;

// The number behind `key`, or 0.
std::uint64_t number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  std::uint64_t size = 0;
  const std::string_view digits = text.substr(at + key.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), size);
  return size;
}

// The number that legacy files begin with, as protocol 2 and later pickle it.
constexpr std::string_view kLegacyMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;

// A header's length in eight bytes, of which no reader accepts more than four, then its brace.
bool is_safetensors(std::string_view front) { return front.size() >= 9 && front.substr(4, 5) == "\0\0\0\0{"sv; }

}  // namespace

bool is_pickle(std::string_view front) {
  return front.size() >= 2 && front[0] == '\x80' && front[1] >= 2 && front[1] <= 5;
}

FileMagic file_magic(std::string_view front) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 11> kOthers = {{
      {"<!DOCTYPE"sv, "a web page"},
      {"<!doctype"sv, "a web page"},
      {"<html"sv, "a web page"},
      {"<?xml"sv, "XML"},
      {"\x1f\x8b"sv, "a gzip archive"},
      {"\x28\xb5\x2f\xfd"sv, "zstd data"},
      {"\x89HDF"sv, "an HDF5 file"},
      {"\x93NUMPY"sv, "a NumPy array"},
      {"Rar!"sv, "a rar archive"},
      {"7z\xbc\xaf"sv, "a 7z archive"},
      {"version https://git-annex"sv, "a git-annex pointer"},
  }};
  // Before all others: a length may look like anything, as 0x280 does like a pickle's first two bytes.
  if (is_safetensors(front)) return {WeightFormat::kSafetensors, "a safetensors file", false, 0};
  if (front.starts_with("version https://git-lfs")) {
    return {WeightFormat::kUnknown, "a Git LFS pointer", true, number_after(front, "\nsize ")};
  }
  if (front.starts_with("# xet version"))
    return {WeightFormat::kUnknown, "a Xet pointer", true, number_after(front, "\nfilesize = ")};
  if (front.starts_with("PK\x03\x04"sv)) return {WeightFormat::kTorchZip, "a zip archive", false, 0};
  if (front.starts_with("GGUF")) return {WeightFormat::kGguf, "a GGUF file", false, 0};
  if (front.size() > 2 && front[0] == '\x80' && front.substr(2).starts_with(kLegacyMagic)) {
    return {WeightFormat::kTorchLegacy, "a pickle", false, 0};
  }
  if (is_pickle(front)) return {WeightFormat::kUnknown, "a pickle", false, 0};
  for (const auto& [magic, what] : kOthers) {
    if (front.starts_with(magic)) return {WeightFormat::kUnknown, what, false, 0};
  }
  if (front.size() > 262 && front.substr(257, 5) == "ustar") return {WeightFormat::kUnknown, "a tar archive", false, 0};
  if (front.starts_with("{")) return {WeightFormat::kUnknown, "JSON", false, 0};
  if (!front.empty() && front.find_first_not_of('\0') == std::string_view::npos) {
    return {WeightFormat::kUnknown, "nothing but zero bytes at its beginning", false, 0};
  }
  return {};
}

WeightFormat promised_format(std::string_view path) {
  if (path.ends_with(".safetensors")) return WeightFormat::kSafetensors;
  if (path.ends_with(".gguf")) return WeightFormat::kGguf;
  for (const std::string_view extension : {".bin", ".pt", ".pth", ".ckpt"}) {
    if (path.ends_with(extension)) return WeightFormat::kTorchZip;
  }
  return WeightFormat::kUnknown;
}

std::string_view format_name(WeightFormat format) {
  switch (format) {
    case WeightFormat::kSafetensors:
      return "safetensors";
    case WeightFormat::kTorchZip:
      return "torch zip";
    case WeightFormat::kTorchLegacy:
      return "legacy torch";
    case WeightFormat::kGguf:
      return "GGUF";
    case WeightFormat::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace ckptlint
