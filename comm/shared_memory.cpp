// Each rank opens the others' anonymous files by way of /proc.
#include "comm/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <span>

#include "core/error.hpp"

namespace dinobench {
namespace shared_memory {
namespace {

/// Where a rank's memory is, and what stands at its beginning: a process number may mean another
/// process to another rank.
struct Card {
  int64_t process = 0, file = -1;
  uint64_t token = 0;
};

struct File {
  explicit File(int opened) : number(opened) {}
  ~File() {
    if (number >= 0) close(number);
  }
  File(const File&) = delete;
  int number;
};

uint64_t random_token() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

File open_file_of(const Card& card) {
  const std::string path = fmt::format("/proc/{}/fd/{}", card.process, card.file);
  return File(card.file < 0 ? -1 : open(path.c_str(), O_RDWR | O_CLOEXEC));
}

std::vector<Card> exchange(const Card& own, Communicator& comm) {
  std::vector<Card> cards;
  for (const auto& bytes : comm.all_gather(std::as_bytes(std::span(&own, 1)))) {
    cards.emplace_back();
    std::memcpy(&cards.back(), bytes.data(), sizeof(Card));
  }
  return cards;
}

uint64_t token_at(const std::byte* memory) {
  uint64_t token = 0;
  std::memcpy(&token, memory, sizeof(token));
  return token;
}

}  // namespace
}  // namespace shared_memory

bool SharedMemory::map(int file) {
  struct stat found {};
  if (file < 0 || fstat(file, &found) != 0 || found.st_size != static_cast<off_t>(mapped()))
    return false;
  void* memory = mmap(nullptr, mapped(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return false;
  parts_.push_back(static_cast<std::byte*>(memory));
  return true;
}

SharedMemory::~SharedMemory() {
  for (std::byte* part : parts_) munmap(part, mapped());
}

std::shared_ptr<SharedMemory> SharedMemory::make(Communicator& comm, size_t bytes) {
  using namespace shared_memory;
  if (comm.local_size() != comm.size()) return nullptr;
  std::shared_ptr<SharedMemory> memory(new SharedMemory(bytes));
  const File file(memfd_create("dinobench", MFD_CLOEXEC));
  const bool sized =
      file.number >= 0 && ftruncate(file.number, static_cast<off_t>(memory->mapped())) == 0;
  Card own{getpid(), sized ? file.number : -1, random_token()};
  std::vector<std::byte*> mine;
  if (sized && memory->map(file.number)) {
    std::memcpy(memory->parts_.back(), &own.token, sizeof(own.token));
    std::swap(mine, memory->parts_);
  } else {
    own.file = -1;
  }
  int64_t failures = 0;
  for (const Card& card : exchange(own, comm)) {
    const bool seen = card.file >= 0 && memory->map(open_file_of(card).number) &&
                      token_at(memory->parts_.back()) == card.token;
    failures += seen ? 0 : 1;
  }
  comm.all_reduce_sum(std::span(&failures, 1));  // all have looked now
  for (std::byte* part : mine) {
    std::memset(part, 0, sizeof(own.token));
    munmap(part, memory->mapped());
  }
  comm.barrier();
  return failures == 0 ? memory : nullptr;
}

}  // namespace dinobench
