// Bytes read from a file, of which views are kept.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace ckptlint {

// Copies share the bytes.  They are not cleared before they are first written, as those of a std::string are.
class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(std::size_t size) : bytes_(new char[size]), size_(size) {}

  char* data() { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {bytes_.get(), size_}; }
  // What keeps the views valid.
  std::shared_ptr<const void> owner() const { return bytes_; }

 private:
  std::shared_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace ckptlint
