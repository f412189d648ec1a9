// A line on a terminal that says how far long work has come.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace ckptlint {

// Appears after half a second, is drawn anew as time passes, and is gone before anything else is printed.
class Progress {
 public:
  // `err` is a terminal; without `shown` nothing is ever written.  `does` is a participle.
  Progress(std::ostream& err, bool shown, std::size_t total, const char* does = "checking");
  // Of a command that asks about one model, which takes long where that is on the Hub.
  Progress(std::ostream& err, const std::string& path);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So many pieces are done, and this one is next.
  void advance(std::size_t done, const std::string& next);
  // Prints the text in its place.
  void say(const std::string& text);
  // Takes the line away.
  void clear() { say(""); }

 private:
  void draw();
  void run();

  std::ostream& err_;
  const std::size_t total_;
  const char* const does_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  bool drawn_ = false;
  std::size_t done_ = 0;
  std::string next_;
  std::thread thread_;
};

}  // namespace ckptlint
