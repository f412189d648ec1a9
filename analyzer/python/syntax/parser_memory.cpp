#include "python/syntax/parser_memory.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace ckptlint::python {

// In front of every block; 16 bytes, so that blocks keep malloc's alignment.
struct ParserMemory::Header {
  union {
    ParserMemory* owner;  // null: from malloc
    Header* next_free;
  };
  std::size_t bytes;  // of the block behind
};

namespace {

thread_local ParserMemory* current = nullptr;

void* allocate_block(std::size_t bytes);
void* allocate_zeroed(std::size_t count, std::size_t bytes);

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;  // AddressSanitizer is to see every block
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

}  // namespace

void ParserMemory::install() {
  static const bool installed = [] {
    if (kPooled) ts_set_allocator(allocate_block, allocate_zeroed, ParserMemory::resize, ParserMemory::free);
    return true;
  }();
  static_cast<void>(installed);
}

ParserMemory::Use::Use(ParserMemory& memory) : outer_(std::exchange(current, &memory)) { install(); }

ParserMemory::Use::~Use() { current = outer_; }

void* ParserMemory::allocate(std::size_t bytes) {
  const std::size_t size_class = (bytes + kStep - 1) / kStep;
  if (size_class >= kClasses) return nullptr;
  Header* header = free_[size_class];
  if (header != nullptr) {
    free_[size_class] = header->next_free;
  } else {
    const std::size_t whole = sizeof(Header) + size_class * kStep;
    if (whole > static_cast<std::size_t>(end_ - next_)) {
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunk));
      next_ = chunks_.back().get();
      end_ = next_ + kChunk;
    }
    header = new (next_) Header;
    next_ += whole;
  }
  header->owner = this;
  header->bytes = size_class * kStep;
  return header + 1;
}

void* ParserMemory::allocate_outside(std::size_t bytes) {
  if (bytes > SIZE_MAX - sizeof(Header)) std::abort();
  auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + bytes));
  if (header == nullptr) std::abort();  // as tree-sitter's own allocator does
  header->owner = nullptr;
  header->bytes = bytes;
  return header + 1;
}

void ParserMemory::free(void* block) {
  if (block == nullptr) return;
  Header* header = static_cast<Header*>(block) - 1;
  if (ParserMemory* owner = header->owner; owner != nullptr) {
    Header*& first = owner->free_[header->bytes / kStep];
    header->next_free = first;
    first = header;
  } else {
    std::free(header);
  }
}

void* ParserMemory::resize(void* block, std::size_t bytes) {
  if (block == nullptr) return allocate_block(bytes);
  Header* header = static_cast<Header*>(block) - 1;
  if (header->owner != nullptr && bytes <= header->bytes) return block;
  void* moved = allocate_block(bytes);
  std::memcpy(moved, block, std::min(bytes, header->bytes));
  free(block);
  return moved;
}

namespace {

void* allocate_block(std::size_t bytes) {
  if (current != nullptr) {
    if (void* block = current->allocate(bytes)) return block;
  }
  return ParserMemory::allocate_outside(bytes);
}

void* allocate_zeroed(std::size_t count, std::size_t bytes) {
  if (bytes != 0 && count > SIZE_MAX / bytes) std::abort();
  void* block = allocate_block(count * bytes);
  std::memset(block, 0, count * bytes);
  return block;
}

}  // namespace
}  // namespace ckptlint::python
