// First everyone's slices to the rank that adds them, then the sums to everyone.
#include "comm/sliced_sum.hpp"

#include <cstring>

namespace dinobench {
namespace mpi {

bool SlicedSum::is_worth_it(size_t count, int ranks) {
  constexpr size_t least = size_t{1} << 14;
  constexpr int most_ranks = 64;
  return count >= least && ranks > 1 && ranks <= most_ranks;
}

SlicedSum::SlicedSum(MPI_Comm comm, const Elements& values, double divisor, int tag)
    : comm_(comm), values_(values), divisor_(divisor), tag_(tag) {
  check(MPI_Comm_rank(comm_, &rank_), "find the rank");
  check(MPI_Comm_size(comm_, &size_), "find the number of ranks");
  const size_t count = slice(rank_).count, bytes = count * values_.width;
  others_ = std::make_unique_for_overwrite<std::byte[]>(bytes * static_cast<size_t>(size_ - 1));
  std::byte* to = others_.get();
  for (int other = 0; other < size_; ++other) {
    if (other == rank_) continue;
    receive({to, count}, other, tag_);
    to += bytes;
  }
  for (int away = 1; away < size_; ++away) {  // not all to rank 0 first
    const int other = (rank_ + away) % size_;
    send(slice(other), other, tag_);
  }
}

bool SlicedSum::advance() {
  while (stage_ != Stage::done) {
    int arrived = 0;
    check(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &arrived,
                      MPI_STATUSES_IGNORE),
          "sum");
    if (arrived == 0) return false;
    requests_.clear();
    if (stage_ == Stage::adding) {
      add_up();
      spread();
      stage_ = Stage::spreading;
    } else {
      stage_ = Stage::done;
    }
  }
  return true;
}

// In place on ranks 0 and 1, whose values are among the first two; else where rank 0's lie.
void SlicedSum::add_up() {
  const Slice own = slice(rank_);
  const size_t bytes = own.count * values_.width;
  std::byte* sums = rank_ <= 1 ? own.data : others_.get();
  for (int rank = rank_ <= 1 ? 0 : 1; rank < size_; ++rank) {
    const auto place = static_cast<size_t>(rank > rank_ ? rank - 1 : rank);
    const std::byte* of = rank == rank_ ? own.data : others_.get() + bytes * place;
    if (of == sums) continue;
    check(MPI_Reduce_local(of, sums, static_cast<int>(own.count), type_of(values_), MPI_SUM),
          "add");
  }
  if (sums != own.data) std::memcpy(own.data, sums, bytes);
  divide({own.data, own.count, values_.width}, divisor_);
  others_.reset();
}

void SlicedSum::spread() {
  for (int away = 1; away < size_; ++away) {
    const int other = (rank_ + away) % size_;
    receive(slice(other), other, tag_ + 1);
    send(slice(rank_), other, tag_ + 1);
  }
}

void SlicedSum::send(const Slice& slice, int rank, int tag) {
  requests_.push_back(MPI_REQUEST_NULL);
  check(MPI_Isend(slice.data, static_cast<int>(slice.count), type_of(values_), rank, tag, comm_,
                  &requests_.back()),
        "send");
}

void SlicedSum::receive(const Slice& slice, int rank, int tag) {
  requests_.push_back(MPI_REQUEST_NULL);
  check(MPI_Irecv(slice.data, static_cast<int>(slice.count), type_of(values_), rank, tag, comm_,
                  &requests_.back()),
        "receive");
}

}  // namespace mpi
}  // namespace dinobench
