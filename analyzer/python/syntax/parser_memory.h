// Memory for tree-sitter, which asks for hundreds of thousands of small blocks and gives them back after every parse.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace ckptlint::python {

// Blocks by size class, taken from chunks that are released together.  Blocks go back to the memory they came from,
// whatever thread frees them; one ParserMemory is used by one thread at a time.
class ParserMemory {
 public:
  ParserMemory() = default;
  ParserMemory(const ParserMemory&) = delete;
  ParserMemory& operator=(const ParserMemory&) = delete;

  // Makes tree-sitter ask here for all of its memory, which then comes from malloc where nothing is in use.  Called
  // before it is first asked to parse: a block must go back to where it came from.
  static void install();

  // While it lives, what tree-sitter allocates on this thread comes from here.
  class Use {
   public:
    explicit Use(ParserMemory& memory);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    ParserMemory* outer_;
  };

  void* allocate(std::size_t bytes);  // null: larger than the largest size class
  static void* allocate_outside(std::size_t bytes);
  static void free(void* block);
  static void* resize(void* block, std::size_t bytes);

 private:
  struct Header;
  static constexpr std::size_t kStep = 32;     // bytes between size classes
  static constexpr std::size_t kClasses = 64;  // larger blocks come from malloc
  static constexpr std::size_t kChunk = std::size_t{1} << 18;

  std::array<Header*, kClasses> free_{};
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::vector<std::unique_ptr<char[]>> chunks_;
};

}  // namespace ckptlint::python
