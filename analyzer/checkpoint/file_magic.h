// What a file is by its first bytes, whatever it is called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ckptlint/checkpoint.h"

namespace ckptlint {

// How many bytes from the front decide.
constexpr std::uint64_t kMagicBytes = 1024;

struct FileMagic {
  WeightFormat format = WeightFormat::kUnknown;
  std::string what;      // "a Git LFS pointer", "a web page", ...: for people; empty where nothing is recognised
  bool pointer = false;  // it stands for a file that was not fetched
  std::uint64_t pointed_size = 0;  // the size that the pointer names, 0 if it names none
};

// `front` is the file's first bytes, at most kMagicBytes of them.
FileMagic file_magic(std::string_view front);

// Whether the file begins as Python pickles of protocol 2 to 5 do.
bool is_pickle(std::string_view front);

// The format that the extension promises: .safetensors, .bin, .pt, .pth, .ckpt, .gguf.  torch's two formats are one
// promise, told as kTorchZip.
WeightFormat promised_format(std::string_view path);

// "safetensors", "torch zip", ...
std::string_view format_name(WeightFormat format);

}  // namespace ckptlint
